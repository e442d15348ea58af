"""axe finds nothing to object to: on every page, in both themes, folded out, with dialogs open."""

from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from built_site import CHAPTER, MODES, PAGES, PHONE, WIDE, Open, Serve, unfold
from playwright.sync_api import Page, expect

# Code has thousands of coloured words: blocks with no kind of word that another has not shown
# already are left out, and so are the letters of formulas, which are read from MathML.
ALIKE = """() => {
    const seen = new Set();
    for (const block of document.querySelectorAll(".highlight")) {
        const kinds = [...block.querySelectorAll("span")].map(word => word.className);
        if (kinds.every(kind => seen.has(kind))) block.dataset.alike = "";
        kinds.forEach(kind => seen.add(kind));
    }
}"""


def axe_faults(page: Page) -> str:
    """What axe finds, all its rules applied; nothing if it finds nothing."""
    page.evaluate(ALIKE)
    left_out = {"exclude": [["[data-alike]"], [".katex-html"]]}
    results = Axe().run(page, left_out, {"preload": False})  # it would ask for styles again
    return results.generate_report() if results.violations_count else ""


@pytest.mark.parametrize("scheme", MODES)
@pytest.mark.parametrize("name", PAGES)
def test_axe_finds_nothing(address: str, visit: Open, name: str, scheme: str) -> None:
    page = visit(f"{address}{name}.html", color_scheme=scheme, reduced_motion="reduce", **WIDE)
    unfold(page)
    assert not axe_faults(page)


@pytest.mark.parametrize("scheme", MODES)
@pytest.mark.parametrize("side", ["primary", "secondary"])
def test_axe_finds_nothing_in_a_sidebar_on_a_phone(
    address: str, visit: Open, side: str, scheme: str
) -> None:
    page = visit(address + CHAPTER, color_scheme=scheme, reduced_motion="reduce", **PHONE)
    toggle = page.locator(f".{side}-toggle")
    toggle.click()
    dialog = page.locator(f"#pst-{side}-sidebar-modal")
    expect(dialog).to_be_visible()
    unfold(page)
    assert not axe_faults(page)
    page.keyboard.press("Escape")
    expect(dialog).not_to_be_visible()
    expect(toggle).to_be_visible()


@pytest.mark.parametrize("scheme", MODES)
@pytest.mark.parametrize("size", [PHONE, WIDE], ids=["phone", "wide"])
def test_axe_finds_nothing_in_the_search_dialog(
    address: str, visit: Open, size: dict[str, Any], scheme: str
) -> None:
    page = visit(address + CHAPTER, color_scheme=scheme, reduced_motion="reduce", **size)
    page.keyboard.press("Control+k")
    expect(page.locator("#pst-search-dialog input")).to_be_focused()
    assert not axe_faults(page)


@pytest.mark.parametrize("scheme", MODES)
def test_axe_finds_nothing_on_the_search_page(address: str, visit: Open, scheme: str) -> None:
    page = visit(
        f"{address}search.html?q=entropy", color_scheme=scheme, reduced_motion="reduce", **WIDE
    )
    expect(page.locator("#search-results li").first).to_be_visible()
    assert not axe_faults(page)


@pytest.mark.parametrize("scheme", MODES)
@pytest.mark.parametrize("size", [PHONE, WIDE], ids=["phone", "wide"])
def test_published_page_fits_and_axe_finds_nothing(
    published_site: Path, serve: Serve, visit: Open, size: dict[str, Any], scheme: str
) -> None:
    page = visit(serve(published_site), color_scheme=scheme, reduced_motion="reduce", **size)
    expect(page.get_by_role("link", name="Report a mistake")).to_be_visible()
    assert not axe_faults(page)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
