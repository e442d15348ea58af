"""Print the built site as one PDF: every page in the order of the contents, numbered and linked.

    make pdf

Chromium prints each page; what leads to another page of the book leads to its place in the PDF.
"""

import io
import shutil
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Browser, sync_playwright
from pypdf import PdfReader, PdfWriter
from pypdf.generic import ArrayObject, DictionaryObject, NameObject
from sphinx_external_toc.parsing import parse_toc_yaml

ROOT = Path(__file__).parents[2]
MARGIN = {"top": "16mm", "bottom": "20mm", "left": "16mm", "right": "16mm"}


class Quiet(SimpleHTTPRequestHandler):
    """A plain file server without a log."""

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


def serve(folder: Path) -> ThreadingHTTPServer:
    """A plain file server on a port of its own."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


def names(toc: Path) -> list[str]:
    """The pages of the book in the order of its contents."""
    found = parse_toc_yaml(toc)
    order, todo = [], [found.root.docname]
    while todo:
        name = todo.pop(0)
        order.append(name)
        todo = [item for tree in found[name].subtrees for item in tree.items] + todo
    return [str(name) for name in order]


def printed(browser: Browser, address: str, name: str) -> tuple[str, PdfReader]:
    """The title of a page, and the page as PDF."""
    page = browser.new_page()
    page.goto(f"{address}{name}.html")
    page.evaluate("document.fonts.ready")
    title = page.title().partition(" — ")[0]
    pdf = page.pdf(format="A4", margin=MARGIN, scale=0.75)
    page.close()
    return title, PdfReader(io.BytesIO(pdf))


def number(browser: Browser, writer: PdfWriter) -> None:
    """Write its number at the foot of every page."""
    page = browser.new_page()
    count = len(writer.pages)
    feet = "".join(f"<p>{n}</p>" for n in range(1, count + 1))
    style = "body { margin: 0 } p { height: 296mm; margin: 0; padding-top: 282mm }"
    style += "p { box-sizing: border-box; break-after: page; text-align: center; font: 9pt serif }"
    page.set_content(f"<style>{style}</style>{feet}")
    numbers = PdfReader(io.BytesIO(page.pdf(format="A4")))
    for sheet, foot in zip(writer.pages, numbers.pages[:count], strict=True):
        sheet.merge_page(foot)
        sheet.compress_content_streams()


def join(writer: PdfWriter, address: str, starts: dict[str, int]) -> None:
    """Let links from page to page lead to their places in the PDF."""
    for sheet in writer.pages:
        for reference in sheet.get("/Annots", ()):
            link = reference.get_object()
            uri = str(link.get("/A", {}).get("/URI", ""))
            name = urlsplit(uri.removeprefix(address)).path.removesuffix(".html")
            if uri.startswith(address) and name in starts:
                start = writer.pages[starts[name]].indirect_reference
                link[NameObject("/Dest")] = ArrayObject([start, NameObject("/Fit")])
                del link["/A"]
            elif uri.startswith(address):  # a download
                link[NameObject("/A")] = DictionaryObject()


def book(browser: Browser, address: str, pages: list[str]) -> PdfWriter:
    """Pages of a site, bound together."""
    writer, starts = PdfWriter(), {}
    for name in pages:
        title, pdf = printed(browser, address, name)
        starts[name] = len(writer.pages)
        writer.append(pdf, outline_item=title)
    join(writer, address, starts)
    number(browser, writer)
    writer.compress_identical_objects()
    writer.add_metadata({"/Title": "Lossbook", "/Author": "the Lossbook authors"})
    return writer


if __name__ == "__main__":
    target = ROOT / "_build" / "lossbook.pdf"
    server = serve(ROOT / "_build" / "html")
    with sync_playwright() as playwright:
        path = shutil.which("chromium") or shutil.which("google-chrome")
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        address = f"http://127.0.0.1:{server.server_port}/"
        bound = book(browser, address, names(ROOT / "_toc.yml"))
        browser.close()
    server.shutdown()
    bound.write(target)
    print(f"{target.relative_to(ROOT)}: {len(bound.pages)} pages")
