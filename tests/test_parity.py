"""The parity table: every loss is in it, and close enough to torch."""

import json
import xml.etree.ElementTree as ET
from dataclasses import replace

import numpy as np
import pytest

import lossbook
from lossbook import BCELoss, parity


@pytest.fixture(scope="module")
def rows():
    return parity.table()


def test_every_row_of_the_parity_table_is_within_bounds(rows):
    assert {row.loss for row in rows} == set(lossbook.__all__) - {"Loss"}
    for row in rows:
        assert row.largest <= parity.BOUNDS[row.dtype], row


def test_the_summary_has_every_setting_and_a_bound_with_room(rows):
    summary = parity.Summary(rows)
    page = ET.fromstring(summary._repr_html_())
    bounds = [td.text for td in page.iter("td") if td.text.startswith("<")]
    assert set(bounds) == {"< 1e-13", "< 2e-05"}
    assert len(bounds) == 2 * len({(row.loss, row.setting) for row in rows})
    calls = sum(int(td.text) for td in page.iter("td") if td.text.isdigit())
    assert 2 * calls == sum(row.calls for row in rows)
    for text in (" ".join(page.itertext()), repr(summary)):
        assert all(row.loss in text and row.setting in text for row in rows)
    with pytest.raises(AssertionError, match=r"2e-13 is not < 1e-13"):
        repr(parity.Summary([replace(row, gradient=2e-14) for row in rows]))


def test_the_table_is_printed_and_written(rows, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(parity, "table", lambda: rows)
    path = tmp_path / "build" / "parity.json"
    parity.main(str(path))
    assert len(json.loads(path.read_text())["rows"]) == len(rows)
    printed = capsys.readouterr().out.splitlines()
    assert len(printed) == len(rows) + 3
    assert printed[-1].startswith(f"{len(rows) // 2} settings, with ")


def test_a_difference_is_relative_and_infinite_where_nan_is_elsewhere():
    assert parity.difference([10.0, 1.0, np.inf], [10.0, 2.0, np.inf]) == 0.1
    assert parity.difference([np.nan], [1.0]) == np.inf
    assert parity.difference([1.0], [np.nan]) == np.inf
    assert parity.difference([], []) == 0


def test_a_setting_shows_large_weights_by_their_shape():
    loss = BCELoss(weight=np.ones((2, 4)), reduction="sum")
    assert parity.setting(loss) == "reduction='sum', weight (2, 4)"
    assert parity.setting(BCELoss(weight=[1, 2])) == "weight=[1.0, 2.0]"
