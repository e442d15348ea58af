"""The site as its readers meet it: with a keyboard, a phone, a dark room, no scripts, a query."""

import gzip
import re
from io import BytesIO
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from built_site import CHAPTER, MODES, PAGES, PHONE, ROOT, SUB_PATH, WIDE, Open, unfold
from fontTools.ttLib import TTFont
from PIL import Image, ImageStat
from playwright.sync_api import Locator, expect


def brightness(element: Locator) -> float:
    """How bright an element looks, from 0 to 255."""
    picture = Image.open(BytesIO(element.screenshot())).convert("L")
    return float(ImageStat.Stat(picture).mean[0])


@pytest.mark.parametrize("name", PAGES)
def test_phone_scrolls_no_page_sideways(address: str, visit: Open, name: str) -> None:
    """What is too wide scrolls within itself, where the keyboard can reach it: see `unfold`."""
    page = visit(f"{address}{name}.html", **PHONE)
    unfold(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    page.set_viewport_size({"width": 390, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


@pytest.mark.parametrize("name", ["index.html", CHAPTER, "reference/losses.html"])
def test_keyboard_reaches_everything_and_shows_where_it_is(
    address: str, visit: Open, name: str
) -> None:
    page = visit(address + name, reduced_motion="reduce", **WIDE)
    page.evaluate(
        """() => {
            const inSight = element => element.checkVisibility({visibilityProperty: true});
            const named = "a[href], button, input, summary, [tabindex='0']";
            window.goals = new Set([...document.querySelectorAll(named)].filter(inSight));
        }"""
    )
    for _ in range(page.evaluate("goals.size") + 5):
        page.keyboard.press("Tab")
        seen = page.evaluate(
            """() => {
                const at = document.activeElement, style = getComputedStyle(at);
                goals.delete(at);
                const parts = [at, ...at.children, at.closest(".sd-card")].filter(Boolean);
                const ring = style => style.outlineStyle !== "none" || style.boxShadow !== "none";
                return at === document.body || parts.some(part => ring(getComputedStyle(part)));
            }"""
        )
        assert seen, page.evaluate("document.activeElement.outerHTML.slice(0, 200)")
    assert page.evaluate("[...goals].map(goal => goal.outerHTML.slice(0, 200))") == []


def test_skip_link_comes_first_and_leads_to_the_text(address: str, visit: Open) -> None:
    page = visit(address + CHAPTER, **WIDE)
    page.keyboard.press("Tab")
    link = page.get_by_role("link", name="Skip to main content")
    expect(link).to_be_focused()
    expect(link).to_be_in_viewport()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.querySelector('main').contains(document.activeElement)")


@pytest.mark.parametrize("scheme", MODES)
def test_page_can_be_read_without_scripts(address: str, visit: Open, scheme: str) -> None:
    page = visit(address + CHAPTER, java_script_enabled=False, color_scheme=scheme, **WIDE)
    expect(page.locator("h1")).to_be_visible()
    expect(page.locator("article .katex").first).to_be_visible()
    expect(page.locator("article img").first).to_be_visible()
    expect(page.locator("body")).to_have_css("background-color", "rgb(255, 255, 255)")
    link = page.locator("article p a.reference").first
    expect(link).not_to_have_css("color", "rgb(255, 255, 255)")
    expect(link).to_have_css("color", "rgb(29, 78, 137)")
    expect(page.locator(".theme-switch-button")).not_to_be_visible()


def test_phone_without_scripts_has_the_contents_of_the_book(address: str, visit: Open) -> None:
    page = visit(address + CHAPTER, java_script_enabled=False, **PHONE)
    page.locator(".bd-sidebar-primary").get_by_role("link", name="Glossary").click()
    expect(page.locator("h1")).to_contain_text("Glossary")
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_theme_follows_the_system_and_the_button(address: str, visit: Open) -> None:
    page = visit(address + CHAPTER, color_scheme="dark", **WIDE)
    html, button = page.locator("html"), page.locator(".theme-switch-button")
    expect(html).to_have_attribute("data-theme", "dark")
    page.emulate_media(color_scheme="light")
    expect(html).to_have_attribute("data-theme", "light")
    button.click()
    expect(html).to_have_attribute("data-theme", "dark")
    page.reload()
    expect(html).to_have_attribute("data-theme", "dark")


def test_figures_follow_the_theme(address: str, visit: Open) -> None:
    """Also where the system is light, and the button has made the page dark."""
    page = visit(address + CHAPTER, color_scheme="light", **WIDE)
    figure = page.locator("article figure img").first
    light = brightness(figure)
    page.locator(".theme-switch-button").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    dark = brightness(figure)
    assert light > 200
    assert dark < 80


def names() -> list[tuple[str, str]]:
    """The name of every loss, and one of its Chinese names, each with its chapter."""
    found = []
    for path in sorted((ROOT / "book").rglob("*.ipynb")):
        text = path.read_text("utf8")
        if row := re.search(r"\| also called \| .*?([\u4e00-\u9fff]{2,})", text):
            title = re.search(r'"# (\w+Loss)', text)
            assert title
            page = path.relative_to(ROOT / "book").with_suffix(".html").as_posix()
            found += [(title[1], page), (row[1], page)]
    return found


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("label smoothing", CHAPTER),
        ("Target 3 is out of bounds", CHAPTER),
        ("熵", "glossary.html"),
        *names(),
    ],
)
def test_search_finds(address: str, visit: Open, query: str, found: str) -> None:
    page = visit(address + "glossary.html", **WIDE)
    page.keyboard.press("Control+k")
    page.keyboard.type(query)
    page.keyboard.press("Enter")
    page.wait_for_url("**/search.html?*")
    result = page.locator(f"#search-results a[href*='{found}']").first
    expect(result).to_be_visible()
    result.click()
    page.wait_for_url(lambda url: urlsplit(url).path == f"/{SUB_PATH}/{found}")
    expect(page.locator("h1")).to_be_visible()


@pytest.mark.parametrize("name", PAGES)
def test_explorers_move_with_the_keyboard(address: str, visit: Open, name: str) -> None:
    page = visit(f"{address}{name}.html", **WIDE)
    for explorer in page.locator("loss-explorer").all():
        slider = explorer.locator("input[type=range]").first
        before = explorer.locator("svg").inner_html()
        slider.focus()
        page.keyboard.press("ArrowRight" if slider.input_value() == "0" else "ArrowLeft")
        expect(slider).to_have_attribute("aria-valuetext")
        assert explorer.locator("svg").inner_html() != before
    for explorer in page.locator("loss-collapse").all():
        slider, said = explorer.locator("input[type=range]"), explorer.locator("output")
        before = said.inner_text()
        slider.focus()
        page.keyboard.press("ArrowRight" if slider.input_value() == "0" else "ArrowLeft")
        expect(said).not_to_have_text(before)


@pytest.mark.parametrize("name", PAGES)
def test_first_visit_weighs_at_most_250_kb(address: str, visit: Open, name: str) -> None:
    """All that a browser fetches: text compressed as servers do, fonts as they are."""
    page = visit(f"{address}{name}.html", **WIDE)
    urls = page.evaluate("performance.getEntriesByType('resource').map(entry => entry.name)")
    weight = 0
    for url in {page.url, *urls}:
        body = page.request.get(url).body()
        weight += len(body) if url.endswith((".woff2", ".png")) else len(gzip.compress(body))
    assert weight <= 250_000


def test_icons_are_in_their_font(site: Path, address: str, visit: Open) -> None:
    characters = set()
    for name, size in (("index.html", PHONE), (CHAPTER, WIDE), ("reference/loss.html", WIDE)):
        page = visit(address + name, **size)
        unfold(page)
        characters |= set(
            page.evaluate(
                """[...document.querySelectorAll("*")]
                    .filter(element => !element.closest(".katex"))
                    .flatMap(element => ["::before", "::after"].map(part =>
                        getComputedStyle(element, part)))
                    .filter(style => style.fontFamily.includes("Font Awesome"))
                    .map(style => style.content.replaceAll('"', ""))
                    .filter(content => content.length === 1)"""
            )
        )
    font = TTFont(site / "_static/vendor/fontawesome/webfonts/fa-solid-900.woff2")
    assert characters
    assert {ord(character) for character in characters} <= set(font.getBestCmap())


def test_nothing_moves_for_readers_who_ask_for_that(address: str, visit: Open) -> None:
    page = visit(address + CHAPTER, reduced_motion="reduce", **WIDE)
    unfold(page)
    moving = page.evaluate("document.getAnimations().length")
    assert moving == 0
    expect(page.locator("html")).to_have_css("scroll-behavior", "auto")


def test_print_is_unfolded_and_black_on_white(address: str, visit: Open) -> None:
    page = visit(address + CHAPTER, color_scheme="dark", **WIDE)
    folded = page.locator("article details:not([open])")
    count = folded.count()
    page.emulate_media(media="print", color_scheme="dark")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert folded.count() == 0
    expect(page.locator("h1")).to_be_visible()
    expect(page.locator("html")).to_have_attribute("data-theme", "light")
    for part in ("#pst-primary-sidebar", "#pst-secondary-sidebar", ".bd-header-article"):
        expect(page.locator(part)).not_to_be_visible()
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert folded.count() == count
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
