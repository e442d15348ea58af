"""Figures, sliders and tables: the same each time, well-formed, readable without a picture."""

import json
import re
import xml.etree.ElementTree as ET

import numpy as np
import pytest
from matplotlib.figure import Figure

from lossbook import CrossEntropyLoss, compare, explorer, plot
from lossbook.component import Component

MARGIN = np.linspace(-2, 2, 9)
SCORES = np.stack([MARGIN, np.zeros(9)], 1), np.zeros(9, int)
P = np.array([0.75, 0.25])


def drawing():
    figure = Figure()
    figure.subplots().plot([0, 1], [0.123456789, 1], label="loss")
    return figure


def test_svg_is_the_same_each_time_and_has_no_date():
    first, second = plot.svg(drawing()), plot.svg(drawing())
    assert first == second
    assert "<metadata" not in first
    assert "Matplotlib v" not in first


def test_svg_brings_its_dark_colours_and_short_numbers():
    svg = plot.svg(drawing())
    ET.fromstring(svg)
    assert "prefers-color-scheme:dark" in svg
    paths = " ".join(re.findall(r' d="([^"]*)"', svg))
    assert not re.search(r"\d\.\d{3}", paths)


@pytest.mark.parametrize(
    "draw",
    [
        lambda: plot.curves(MARGIN, {"a": MARGIN, "b": MARGIN**2}, "x", "y", mark=0),
        lambda: plot.curves(MARGIN, {"a": MARGIN}, "x", "y", points={"here": (0.0, 0.0)}),
        lambda: plot.pull(np.array([1.0, 2.0]), 0, ["cat", "dog"]),
        lambda: plot.shares({"mean": np.full((2, 3), 1 / 6), "ignored": np.array([[1.0], [0]])}),
        lambda: plot.number_lines({"a": MARGIN, "b": MARGIN[::2]}, "x", mark=0.5),
        lambda: plot.log_curves(
            10**MARGIN, {"a": 10**-MARGIN}, "x", "y", shaded={"far": (10, 100)}
        ),
        lambda: plot.surprise_areas({"own": (P, P), "wrong": (P, P[::-1])}, ["sun", "rain"]),
        lambda: plot.landscapes(
            MARGIN,
            MARGIN,
            {"a": np.outer(MARGIN, MARGIN)},
            "x",
            "y",
            levels=[0.0, 1.0, 2.0],
            points={"a": [(0.0, 0.0)]},
        ),
        lambda: plot.squares(
            MARGIN, MARGIN**2, {"flat": (1.0, 0.0), "steep": (1.0, 2.0)}, "x", "y"
        ),
        lambda: plot.fitted(MARGIN, {"a": MARGIN}, {"points": (MARGIN, MARGIN)}, "x", "y"),
        lambda: plot.valley(
            MARGIN,
            MARGIN,
            MARGIN**2 + MARGIN[:, None] ** 2,
            {"path": np.array([[1.0, 1.0], [0.0, 0.5]])},
            "x",
            "y",
            lines={"a": (MARGIN, -MARGIN)},
        ),
        lambda: plot.lowest({"x": (MARGIN, {"a": MARGIN**2, "b": MARGIN})}, "y"),
        lambda: plot.reliability({"a": (P, P > 0.5), "b": (P, P < 0.5)}, "said", "came true"),
        lambda: plot.stacked(MARGIN, {"a": MARGIN, "b": MARGIN**2}, "x", mark=0.5),
        lambda: plot.side_by_side(MARGIN, {"a": {"p": MARGIN}, "b": {"p": MARGIN}}, "x"),
        lambda: plot.lowest({"x": (MARGIN, {"a": MARGIN**2}), "z": (P, {"b": P})}, "y"),
        lambda: plot.bands(MARGIN, MARGIN**3, {"a": (MARGIN, np.ones(9))}, "x", "y"),
        lambda: plot.framed(np.eye(4)[None], {"a": np.array([[2.0, 2, 2, 2]])}),
        lambda: plot.arrows({"right": np.eye(2)}, {"right": np.eye(2)}),
        lambda: plot.plane(
            {"t": {"a": np.zeros(2), "p": np.ones(2)}},
            circles={"c": np.ones(1)},
            moves={"t": {"p": -np.ones(2)}},
        ),
        lambda: plot.histograms({"a": {"p": MARGIN}, "b": {"p": MARGIN, "q": P}}, "x", mark=0.5),
        lambda: plot.strips(
            {"p": {"a": {"value": np.abs(MARGIN)}, "b": {"value": P}}}, "x", marks={"p": 10.0}
        ),
        lambda: plot.glyphs({"a": np.eye(3)[:, :2], "b": np.eye(3)[:, 1:]}, list("123")),
        lambda: plot.glyphs({"a": np.eye(3)[:, :2]}, list("123"), loud="2"),
        lambda: plot.layers({"picture": np.eye(4), "said": {"a": P, "b": 1 - P}}, 4.0, "column"),
        lambda: plot.trellis(np.eye(20), list("abcdefghijklmnopqrst"), np.ones((19, 20, 20), bool)),
    ],
)
def test_drawing_returns_nothing_and_shows_one_svg(draw, monkeypatch):
    shown = []
    monkeypatch.setattr(plot, "display", shown.append)
    assert draw() is None
    (svg,) = shown
    ET.fromstring(svg.data)


@pytest.mark.parametrize("numbers", [True, False])
def test_trellis_shows_one_svg_with_its_numbers(numbers, monkeypatch):
    shown = []
    monkeypatch.setattr(plot, "display", shown.append)
    weight = np.array([[0.25, 0.75, 0.0], [0.0, 0.5, 0.125]])
    moves = np.array([[[1, 1, 0], [0, 1, 1], [0, 0, 0]]], bool)
    assert plot.trellis(weight, [*"-a-"], moves, numbers=numbers) is None
    text = " ".join(ET.fromstring(shown[0].data).itertext())
    assert ("0.125" in text) == numbers


def test_table_is_well_formed_and_marks_what_is_bold(monkeypatch):
    shown = []
    monkeypatch.setattr(plot, "display", shown.append)
    plot.table(["x", "y"], [["1", "a < b"], ["2", "c"]], "numbers", [[False, True], [False] * 2])
    box = ET.fromstring(shown[0].data)
    assert box.get("aria-label") == "numbers"
    assert [th.get("scope") for th in box.iter("th")] == ["col", "col", "row", "row"]
    assert [b.text for b in box.iter("b")] == ["a < b"]


def test_table_has_no_empty_heads(monkeypatch):
    shown = []
    monkeypatch.setattr(plot, "display", shown.append)
    plot.table(["", "y"], [["1", "a"]], "numbers")
    heads = [(th.get("scope"), th.text) for th in ET.fromstring(shown[0].data).iter("th")]
    assert heads == [("col", "y"), ("row", "1")]


def page(monkeypatch, **changes):
    shown = []
    monkeypatch.setattr(Component, "show", lambda self: shown.append(self.html))
    explorer.explore(
        CrossEntropyLoss, "label_smoothing", [0.0, 0.5], MARGIN, SCORES, changes.get("x", "margin")
    )
    return shown[0]


def test_slider_holds_the_numbers_of_the_loss(monkeypatch):
    data = re.search(r'json">(.*?)</script>', page(monkeypatch))[1]
    told = json.loads(data)
    each = CrossEntropyLoss(label_smoothing=0.5, reduction="none")
    np.testing.assert_allclose(told["curves"][0][1], each(*SCORES), rtol=1e-3)
    np.testing.assert_allclose(told["curves"][1][1], each.grad(*SCORES)[:, 0], rtol=1e-3)
    assert told["values"] == [0.0, 0.5]
    assert told["says"][0] == "The loss falls all the way to the right."
    assert told["says"][1].startswith("The loss is least, 0.")


def test_slider_has_a_picture_with_a_title_where_no_script_runs(monkeypatch):
    svg = ET.fromstring(re.search(r"<svg.*?</svg>", page(monkeypatch))[0])
    assert svg.get("role") == "img"
    assert "label_smoothing" in svg.findtext("title")
    assert svg.findtext("desc") == "The loss falls all the way to the right."
    assert len([path for path in svg.iter("path") if path.get("data-curve")]) == 2


def test_slider_escapes_what_it_is_given(monkeypatch):
    assert "</svg><script>alert" not in page(monkeypatch, x="</svg><script>alert(1)</script>")


@pytest.mark.parametrize(
    ("curve", "says", "sentence"),
    [
        (np.zeros((3, 9)), ["a", "b"], r"shape \(3, 9\), must be \(positions, points\) = \(2, 9\)"),
        (np.zeros((2, 9)), ["a"], "1 sentences for 2 positions"),
    ],
)
def test_slider_refuses_what_does_not_fit(curve, says, sentence):
    with pytest.raises(ValueError, match=sentence):
        explorer.show("id", "title", MARGIN, {"loss": curve}, [0, 1], "label", says, "x", "y")


def test_trace_is_a_table_with_headings():
    html = CrossEntropyLoss(weight=[1, 2]).explain([[1, 2], [1, 3]], [0, 1])._repr_html_()
    table = ET.fromstring(html)
    assert table.findtext("caption/code") == "CrossEntropyLoss(weight=[1.0, 2.0])"
    assert [th.get("scope") for th in table.iterfind("thead/tr/th")] == ["col"] * 3
    rows = [row for body in table.iterfind("tbody") for row in body.iterfind("tr")]
    groups = [row[0].text for row in rows if len(row) == 1]
    assert groups == ["given", "value", "gradient"]
    named = {row[0].findtext("code"): row[2].findtext("pre") for row in rows if len(row) == 3}
    assert named["loss"] == "[1.3133 0.2539]"
    assert named["total"] == "1.5671"


def test_trace_is_text_in_a_terminal():
    text = repr(CrossEntropyLoss().explain([[1, 2]], [0]))
    assert text.splitlines()[0] == "CrossEntropyLoss()"
    assert "mean = total / divisor\n    1.3133" in text


def test_trace_names_the_steps_it_has():
    trace = CrossEntropyLoss().explain([[1, 2]], [0])
    with pytest.raises(
        KeyError, match="no step 'los' in this trace: it has input, target, weight, log_p"
    ):
        trace["los"]


def test_errors_says_what_torch_and_lossbook_say(capsys):
    compare.errors(CrossEntropyLoss, np.zeros((2, 3), np.float32), [0, 3])
    torchs, ours, _ = capsys.readouterr().out.splitlines()
    assert torchs == "torch:    IndexError: Target 3 is out of bounds."
    assert ours.startswith("lossbook: IndexError: target[1] = 3, but input has C = 3 classes")


def test_agreement_is_not_claimed_where_there_is_none(monkeypatch):
    monkeypatch.setattr(compare, "by_torch", lambda *a: (np.float64(0.5), np.zeros((1, 2))))
    with pytest.raises(AssertionError, match="CrossEntropyLoss"):
        compare.agree(CrossEntropyLoss(), [[1, 2]], [0])
