"""Lighthouse's scores of the built site: the median of five visits, on a phone and a desktop.

    make lighthouse

Needs Node.js, which fetches Lighthouse and a file server that compresses. Audits that cost points
are named below the scores. For information: nothing depends on it.
"""

import json
import shutil
import subprocess
import sys
import time
from pathlib import Path
from statistics import median
from typing import Any

SITE = Path(__file__).parents[2] / "_build" / "html"
PAGES = ["index", "classification/cross_entropy", "clinic/errors"]
PORT = 8917
VISITS = 5
FORMS = {"phone": [], "desktop": ["--preset=desktop"]}


def visit(page: str, flags: list[str]) -> dict[str, Any]:
    """One report."""
    npx = ["npx", "--yes", "lighthouse@12.8.2", f"http://localhost:{PORT}/{page}.html"]
    chrome = "--chrome-flags=--headless=new --no-sandbox --disable-gpu"
    done = subprocess.run(
        [*npx, *flags, "--output=json", "--quiet", chrome], capture_output=True, text=True
    )
    report: dict[str, Any] = json.loads(done.stdout)
    return report


def main() -> None:
    """Print a line for each page and form."""
    if not shutil.which("npx"):
        sys.exit("Node.js is missing: on Debian and Ubuntu, apt-get install nodejs npm")
    server = subprocess.Popen(
        ["npx", "--yes", "serve@14.2.7", "--listen", str(PORT), "--no-port-switching", SITE],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    time.sleep(10)  # it may have to be fetched
    try:
        for page in PAGES:
            for form, flags in FORMS.items():
                reports = [visit(page, flags) for _ in range(VISITS)]
                print(f"{page}, {form}:", end=" ")
                for name, category in reports[0]["categories"].items():
                    score = median(100 * r["categories"][name]["score"] for r in reports)
                    weighty = [audit["id"] for audit in category["auditRefs"] if audit["weight"]]
                    scores = {audit: reports[0]["audits"][audit]["score"] for audit in weighty}
                    lost = [audit for audit, x in scores.items() if x is not None and x < 0.9]
                    print(f"{name} {score:.0f}", *lost, end="; ")
                print(flush=True)
    finally:
        server.terminate()


if __name__ == "__main__":
    main()
