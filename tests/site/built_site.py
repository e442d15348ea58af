"""Where the site is, which pages it has, and what its tests share."""

import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

import pytest
from playwright.sync_api import Page
from sphinx_external_toc.parsing import parse_toc_yaml

ROOT = Path(__file__).resolve().parents[2]
SITE = Path(os.environ.get("LOSSBOOK_SITE", ROOT / "_build" / "html"))
PAGES = sorted(parse_toc_yaml(ROOT / "_toc.yml"))
CHAPTER = "classification/cross_entropy.html"
SUB_PATH = "some/sub/path"
FLAGS = [
    *("--no-sandbox", "--disable-gpu", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
]
SMALL_BOOK = """\
# A small book

A sentence that is long enough to describe the page to a search engine, and a formula $x^2$.

## A section
"""
PHONE: dict[str, Any] = {"viewport": {"width": 360, "height": 740}}
WIDE: dict[str, Any] = {"viewport": {"width": 1280, "height": 900}}
MODES = ("light", "dark")

Build = Callable[..., subprocess.CompletedProcess[str]]
Serve = Callable[[Path], str]
Open = Callable[..., Page]


def missing(what: str) -> NoReturn:
    """Skip a test for want of something; where CI is set, nothing may be wanting."""
    if os.environ.get("CI"):
        pytest.fail(what)
    pytest.skip(what)


# What scrolls sideways, but cannot be reached with the keyboard.
STUCK = """[...document.querySelectorAll("article *")].filter(element =>
    ["auto", "scroll"].includes(getComputedStyle(element).overflowX)
    && element.scrollWidth > element.clientWidth && element.tabIndex !== 0)"""


def unfold(page: Page) -> None:
    """Open whatever is folded; all that scrolls must come within the keyboard's reach."""
    page.evaluate("document.querySelectorAll('details').forEach(details => details.open = true)")
    page.wait_for_function(f"{STUCK}.length === 0", timeout=5000)
