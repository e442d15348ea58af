"""The figure on CTC's alignments in a browser: what is typed there reads as it does in Python."""

from itertools import product

import pytest
from playwright.sync_api import Browser, Page, expect

from lossbook import explorer
from lossbook.component import Component

ALIGNMENTS = ["hh-el-lo", "h--ello", "----", "a<b>&"]
SAYS = ["with a blank", "without", "silence", "</script><b>"]


def figure(browser: Browser, monkeypatch: pytest.MonkeyPatch, start: int) -> Page:
    """A page that holds the figure alone."""
    shown: list[str] = []
    monkeypatch.setattr(Component, "show", lambda self: shown.append(self.html))
    explorer.collapse("c", "Title & more", ALIGNMENTS, SAYS, start=start)
    page = browser.new_page()
    page.set_content(shown[0])
    return page


def test_typing_gives_what_python_gives(browser: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    page = figure(browser, monkeypatch, 0)
    field, said = page.get_by_role("textbox"), page.locator("output")
    for alignment in [*("".join(a) for a in product("-ab", repeat=3)), "a-aab--bb", "你-你好"]:
        field.fill(alignment)
        merged, reading = explorer.collapsed(alignment)
        text = f"Repeats merged: {merged}. Blanks dropped: {reading or 'nothing left'}."
        expect(said).to_have_text(text)
        letters = [
            "".join(row.locator("span").all_inner_texts()) for row in page.locator("tr").all()
        ]
        assert letters == [alignment, merged, reading]
    field.fill("")
    expect(said).to_have_text("Repeats merged: nothing left. Blanks dropped: nothing left.")
    page.close()


def test_keyboard_steps_through_the_alignments(
    browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = figure(browser, monkeypatch, 1)
    field, slider = page.get_by_role("textbox"), page.get_by_role("slider")
    page.keyboard.press("Tab")
    expect(field).to_be_focused()
    page.keyboard.press("Tab")
    expect(slider).to_be_focused()
    for key, place in ("ArrowLeft", 0), ("End", 3), ("ArrowLeft", 2):
        page.keyboard.press(key)
        expect(field).to_have_value(ALIGNMENTS[place])
        expect(slider).to_have_attribute("aria-valuetext", ALIGNMENTS[place])
        expect(page.locator("output")).to_contain_text(SAYS[place])
    page.close()
