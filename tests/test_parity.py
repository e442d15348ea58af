"""The parity table: every loss is in it, and close enough to torch."""

import numpy as np
import parity
import pytest

import lossbook


@pytest.mark.filterwarnings("ignore:reduction. 'mean' divides the total loss by both")  # of KLDiv
def test_every_row_of_the_parity_table_is_within_bounds():
    rows = parity.table()
    assert {row["loss"] for row in rows} == set(lossbook.__all__) - {"Loss"}
    for row in rows:
        assert max(row["value"], row["gradient"]) <= parity.BOUNDS[row["dtype"]], row


def test_a_difference_is_relative_and_infinite_where_nan_is_elsewhere():
    assert parity.difference([10.0, 1.0, np.inf], [10.0, 2.0, np.inf]) == 0.1
    assert parity.difference([np.nan], [1.0]) == np.inf
    assert parity.difference([1.0], [np.nan]) == np.inf
    assert parity.difference([], []) == 0
