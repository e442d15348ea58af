"""The book as a PDF: numbered, with bookmarks, its links within it."""

from io import BytesIO

import pdf
from built_site import PAGES, ROOT
from playwright.sync_api import Browser
from pypdf import PdfReader


def test_pages_come_in_the_order_of_the_contents() -> None:
    names = pdf.names(ROOT / "_toc.yml")
    assert sorted(names) == PAGES
    assert (names[0], names[-1]) == ("index", "references")
    chapter, package = "foundations/information", "reference/losses"
    assert names.index(chapter) < names.index(package)


def test_pages_are_bound_numbered_and_linked(browser: Browser, address: str) -> None:
    file = BytesIO()
    pdf.book(browser, address, ["glossary", "reference/index", "reference/losses"]).write(file)
    bound = PdfReader(file)
    numbers = [sheet.extract_text().split()[-1] for sheet in bound.pages]
    assert numbers == [str(n + 1) for n in range(len(bound.pages))]
    starts = [bound.get_destination_page_number(item) for item in bound.outline]
    assert [item.title for item in bound.outline] == ["Glossary", "The package", "Losses"]
    links = [link.get_object() for link in bound.pages[starts[1]]["/Annots"]]
    ends = [link["/Dest"][0].get_object() for link in links if "/Dest" in link]
    assert bound.pages[starts[2]].get_object() in ends
    addresses = [str(link.get("/A", {}).get("/URI", "")) for link in links]
    assert not [address for address in addresses if "127.0.0.1" in address]
