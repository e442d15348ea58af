"""The fields of the site: one filters the rows of a page, one checks the answer to an exercise."""

import pytest
from built_site import PAGES, WIDE, Open
from playwright.sync_api import Page, expect

ERRORS = "clinic/errors.html"
TRACEBACK = """Traceback (most recent call last):
  File "/home/me/train.py", line 88, in <module>
    loss = criterion(model(images), labels)
  File "/opt/lib/python3.12/site-packages/torch/nn/modules/loss.py", line 1310, in forward
    return F.cross_entropy(
  File "/opt/lib/python3.12/site-packages/torch/nn/functional.py", line 3494, in cross_entropy
    return torch._C._nn.cross_entropy_loss(
IndexError: Target 17 is out of bounds."""


def shown(page: Page) -> list[str]:
    """The headings of the rows that are to be seen."""
    headings = page.locator("article h3").all()
    return [heading.inner_text() for heading in headings if heading.is_visible()]


@pytest.mark.parametrize(
    "typed",
    ["Target 3 is out of bounds.", "target 17 is out of bounds", "out of boun", TRACEBACK],
)
def test_a_message_is_found_whole_or_in_part(address: str, visit: Open, typed: str) -> None:
    page = visit(address + ERRORS, **WIDE)
    rows = len(shown(page))
    assert rows >= 60
    page.locator("loss-filter input").fill(typed)
    found = shown(page)
    assert any("out of bounds" in heading for heading in found)
    assert len(found) <= 6
    expect(page.locator("loss-filter output")).to_have_text(f"{len(found)} of {rows} fit.")
    page.locator("loss-filter input").fill("")
    assert len(shown(page)) == rows


def test_every_message_of_the_clinic_is_found_by_itself(address: str, visit: Open) -> None:
    page = visit(address + ERRORS, **WIDE)
    field = page.locator("loss-filter input")
    lost = []
    for heading in page.locator("article h3").all():
        text = heading.evaluate("h3 => h3.firstChild.textContent || h3.textContent")
        field.fill(text)
        if not heading.is_visible():
            lost.append(text)
    assert not lost


def test_what_is_not_there_is_said(address: str, visit: Open) -> None:
    page = visit(address + ERRORS, **WIDE)
    page.locator("loss-filter input").fill("quux frobnicated")
    assert shown(page) == []
    expect(page.locator("loss-filter output")).to_contain_text("Nothing like it here")
    expect(page.locator("h1")).to_be_visible()


def test_the_first_page_takes_a_message_to_the_clinic(address: str, visit: Open) -> None:
    page = visit(address + "index.html", **WIDE)
    page.get_by_label("Paste an error message").fill("multi-target not supported")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/{ERRORS}?q=*")
    found = shown(page)
    assert any("multi-target" in heading for heading in found)
    assert len(found) <= 6


@pytest.mark.parametrize("name", PAGES)
def test_answers_are_checked_on_the_page(address: str, visit: Open, name: str) -> None:
    page = visit(f"{address}{name}.html", **WIDE)
    for answer in page.locator("loss-answer").all():
        data = answer.evaluate("e => JSON.parse(e.querySelector('script').textContent)")
        field, said = answer.locator("input"), answer.locator("output")
        field.fill("twelve")
        field.press("Enter")
        expect(said).to_contain_text("is not a number")
        field.fill(", ".join(map(str, data["correct"])))
        answer.get_by_role("button", name="Check").press("Enter")
        expect(said).to_have_text(f"Right: {data['shown']}.")
        for wrong, hint in data["hints"]:
            field.fill(
                ", ".join(map(str, wrong * (len(data["correct"]) if len(wrong) == 1 else 1)))
            )
            field.press("Enter")
            expect(said).to_contain_text(hint)
