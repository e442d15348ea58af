"""The site as `make book` built it, and a browser to look at it with."""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pdf
import pytest
import yaml
from built_site import FLAGS, ROOT, SITE, SMALL_BOOK, SUB_PATH, Build, Open, Serve, missing
from playwright.sync_api import Browser, Page, sync_playwright


@pytest.fixture(scope="session")
def site() -> Path:
    """The folder of the built site."""
    if not (SITE / "index.html").exists():
        missing(f"the site is not built: there is no {SITE / 'index.html'}; run `make book` first")
    return SITE


@pytest.fixture(scope="session")
def build() -> Build:
    """A function that builds a book of one page with the settings of this one."""

    def build(folder: Path, text: str, **settings: Any) -> subprocess.CompletedProcess[str]:
        book = folder / "book"
        ignore = shutil.ignore_patterns("__pycache__")
        for part in ("_ext", "_templates", "_assets", "_vendor"):
            shutil.copytree(ROOT / "book" / part, book / part, ignore=ignore)
        shutil.copy(ROOT / "book" / "references.bib", book)
        (book / "index.md").write_text(text, "utf8")
        (folder / "_toc.yml").write_text("format: jb-book\nroot: index\n", "utf8")
        config = yaml.safe_load((ROOT / "_config.yml").read_text("utf8"))
        config["sphinx"]["config"] |= settings
        (folder / "_config.yml").write_text(yaml.safe_dump(config), "utf8")
        command = Path(sys.executable).with_name("jupyter-book")
        return subprocess.run(
            [
                *(command, "build", "book", "--path-output", ".", "-W", "-n", "--keep-going"),
                *("--toc", folder / "_toc.yml", "--config", folder / "_config.yml"),
            ],
            cwd=folder,
            capture_output=True,
            text=True,
        )

    return build


@pytest.fixture(scope="session")
def published_site(tmp_path_factory: pytest.TempPathFactory, build: Build) -> Path:
    """A book of one page whose repository has an address."""
    folder = tmp_path_factory.mktemp("published")
    result = build(folder, SMALL_BOOK, lossbook_repository="https://github.com/owner/name")
    assert result.returncode == 0, result.stderr
    return folder / "_build" / "html"


@pytest.fixture(scope="session")
def serve(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serve]:
    """A function that serves a folder below a path and returns its address."""
    servers = []

    def serve(folder: Path) -> str:
        root = tmp_path_factory.mktemp("www")
        (root / SUB_PATH).parent.mkdir(parents=True)
        (root / SUB_PATH).symlink_to(folder, target_is_directory=True)
        server = pdf.serve(root)
        servers.append(server)
        return f"http://127.0.0.1:{server.server_port}/{SUB_PATH}/"

    yield serve
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.fixture(scope="session")
def address(site: Path, serve: Serve) -> str:
    """The address of the built site."""
    return serve(site)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """A Chromium of the system, or Playwright's own."""
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    with sync_playwright() as playwright:
        found = [path for name in names if (path := shutil.which(name))]
        path = found[0] if found else playwright.chromium.executable_path
        if not Path(path).exists():
            missing("there is no browser: install Chromium, or run `playwright install chromium`")
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def visit(browser: Browser) -> Iterator[Open]:
    """A function that opens an address, given a browser context's options.

    Wherever the test went: no page may have logged an error or a warning, asked for a file that
    is not there, or asked another host for anything.
    """
    contexts, faults = [], []
    # Sphinx's search looks for an id as if its dots were classes, and then takes the whole page.
    harmless = "Anchored content block not found"

    def visit(address: str, **options: Any) -> Page:
        context = browser.new_context(**options)
        contexts.append(context)
        page = context.new_page()
        host = "/".join(address.split("/")[:3]) + "/"
        page.on(
            "console",
            lambda message: (
                faults.append(f"console {message.type}: {message.text}")
                if message.type in ("error", "warning") and not message.text.startswith(harmless)
                else None
            ),
        )
        page.on("pageerror", lambda error: faults.append(f"script error: {error}"))
        page.on(
            "request",
            lambda request: (
                None
                if request.url.startswith((host, "data:"))
                else faults.append(f"request to another host: {request.url}")
            ),
        )
        page.on(
            "response",
            lambda response: (
                faults.append(f"{response.status}: {response.url}")
                if response.status >= 400
                else None
            ),
        )
        page.goto(address)
        return page

    yield visit
    for context in contexts:
        context.close()
    assert not faults
