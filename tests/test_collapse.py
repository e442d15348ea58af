"""The figure on CTC's alignments: the same strings in Python and on the page."""

import json
import re
import xml.etree.ElementTree as ET
from itertools import product

import numpy as np
import pytest

from lossbook import CTCLoss, explorer
from lossbook.component import Component

ALIGNMENTS = ["hh-el-lo", "h--ello", "----", "a<b>&"]
SAYS = ["with a blank", "without", "silence", "</script><b>"]


def page(monkeypatch, **changes):
    shown = []
    monkeypatch.setattr(Component, "show", lambda self: shown.append(self.html))
    given = {"alignments": ALIGNMENTS, "says": SAYS} | changes
    assert explorer.collapse("c", "Title & more", **given) is None
    return shown[0]


def rows(html):
    table = ET.fromstring(re.search("<table>.*</table>", html)[0])
    return {
        row.findtext("th"): [span.text or "" for span in row.iter("span")]
        for row in table.iter("tr")
    }


@pytest.mark.parametrize(
    ("alignment", "merged", "reading"),
    [
        ("hh-el-lo", "h-el-lo", "hello"),
        ("hheello", "helo", "helo"),
        ("-a--a-", "-a-a-", "aa"),
        ("aa", "a", "a"),
        ("----", "-", ""),
        ("", "", ""),
    ],
)
def test_repeats_merge_before_blanks_drop(alignment, merged, reading):
    assert explorer.collapsed(alignment) == (merged, reading)


def test_another_blank():
    assert explorer.collapsed("aa__a", "_") == ("a_a", "aa")


def test_alignments_that_collapse_to_a_target_make_up_its_loss():
    p = np.random.default_rng(0).dirichlet(np.ones(3), size=4)
    for target in ("", "a", "ab", "aa", "aba", "abab"):
        sums = sum(
            np.prod([p[t, "-ab".index(c)] for t, c in enumerate(a)])
            for a in product("-ab", repeat=4)
            if explorer.collapsed("".join(a))[1] == target
        )
        labels = ["-ab".index(c) for c in target]
        loss = CTCLoss(reduction="sum")(np.log(p), labels, 4, len(labels))
        np.testing.assert_allclose(-np.log(sums), loss)


def test_table_stands_where_no_script_runs(monkeypatch):
    html = page(monkeypatch)
    assert rows(html) == {
        "alignment": [*"hh-el-lo"],
        "repeats merged": ["h", "", *"-el-lo"],
        "blanks dropped": ["h", "", "", "e", "l", "", "l", "o"],
    }
    said = re.search("<output>(.*?)</output>", html)[1]
    assert said == "Repeats merged: h-el-lo. Blanks dropped: hello. with a blank"
    assert 'aria-label="Title &amp; more"' in html


def test_rows_of_the_table_are_what_collapsed_says(monkeypatch):
    for start, alignment in enumerate(ALIGNMENTS):
        shown = rows(page(monkeypatch, start=start))
        letters = ("".join(row) for row in shown.values())
        assert tuple(letters) == (alignment, *explorer.collapsed(alignment))


def test_what_is_given_is_escaped(monkeypatch):
    html = page(monkeypatch, start=3)
    assert html.count("</script>") == 2
    data = re.search(r'json">(.*?)</script>', html)[1]
    assert json.loads(data)["says"] == SAYS


def test_sentences_must_be_as_many_as_alignments(monkeypatch):
    with pytest.raises(ValueError, match="1 sentences for 4 alignments"):
        page(monkeypatch, says=["one"])


def test_sentences_may_be_left_out(monkeypatch):
    said = re.search("<output>(.*?)</output>", page(monkeypatch, says=None, start=2))[1]
    assert said == "Repeats merged: -. Blanks dropped: nothing left."
