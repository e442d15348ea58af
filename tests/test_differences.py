"""Where torch's answer is not followed: every row of the table holds, and is shown as it is."""

import xml.etree.ElementTree as ET
from dataclasses import replace

import numpy as np
import pytest

from lossbook import differences
from lossbook.differences import DIFFERENCES, UNDEFINED

ROWS = [row for rows in DIFFERENCES.values() for row in rows]
every_row = pytest.mark.parametrize(
    "row", [pytest.param(row, id=f"{row.loss.__name__}: {row.why}") for row in ROWS]
)


@every_row
def test_difference_from_torch(row):
    row.checked()


@every_row
def test_the_call_that_is_shown_is_the_call_that_is_made(row):
    def loss(*positional, **settings):
        return lambda *arguments: (positional, settings, arguments)

    shown = eval(row.call, vars(np) | vars(differences) | {row.loss.__name__: loss})
    np.testing.assert_equal(shown, (row.positional, row.settings, row.arguments))


@pytest.mark.parametrize("change", [{"torchs": 2.0}, {"ours": 2.0}, {"ours": "another sentence"}])
def test_a_row_that_does_not_hold_is_noticed(change):
    for row in ROWS:
        if row.torchs is not UNDEFINED and row.torchs != 2.0:
            with pytest.raises(AssertionError):
                replace(row, **change).checked()


def test_a_row_without_a_difference_is_noticed():
    row = replace(ROWS[0], arguments=([1.0], [1.0]), torchs=0.3133, ours=0.3133)
    with pytest.raises(AssertionError, match="no difference: SoftMarginLoss"):
        row.checked()


@pytest.mark.parametrize("heading", DIFFERENCES)
def test_the_table_shows_every_call_and_both_answers(heading):
    table = differences.show(heading)
    page = ET.fromstring(table._repr_html_())
    for text in (" ".join(page.itertext()), repr(table)):
        for row, torchs, ours in table.rows:
            assert all(words in text for words in (row.why, row.call, torchs.text, ours.text))
    assert {th.get("scope") for th in page.iter("th")} == {"row", "rowgroup"}
