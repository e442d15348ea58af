"""A map: well-formed, every box and line a link with a name, kinds told apart without colour."""

import re
import xml.etree.ElementTree as ET

import pytest

from lossbook import graph
from lossbook.graph import Edge, Node

NODES = {
    "A": Node(["A"], (100, 100), "a.html"),
    'B & "C"': Node(["B &", '"C"'], (300, 100), "b.html?x=1&y=2"),
    "<D>": Node(["<D>"], (100, 300), "d.html", dotted=True),
}
EDGES = [
    Edge("A", 'B & "C"', "contains", ["x < 1", "& y"], "proof.html#a&b"),
    Edge("A", "<D>", "limit", ["x"], "proof.html#d", at=0.25),
]
FAMILIES = {"P & Q": (4.0, 60.0)}


def drawn(nodes=NODES, edges=EDGES, families=FAMILIES):
    return graph.svg(nodes, edges, families, (400, 400))


def numbers(path):
    return [float(number) for number in re.findall(r"-?[\d.]+", path.get("d"))]


def test_every_line_and_every_box_is_a_link_with_a_name():
    links = ET.fromstring(drawn()).findall("a")
    assert [link.get("href") for link in links] == [
        *("proof.html#a&b", "proof.html#d"),
        *("a.html", "b.html?x=1&y=2", "d.html"),
    ]
    names = [link.get("aria-label") for link in links]
    assert names == ['A contains B & "C": x < 1 & y', "A tends to <D>: x", *NODES]
    assert [link.findtext("title") for link in links] == names


def test_all_text_is_there_as_it_was_given():
    picture = ET.fromstring(drawn())
    words = ["".join(text.itertext()) for text in picture.iter("text")]
    key = [words for words, _ in graph.KINDS.values()]
    assert words == [*key, "P & Q", "x < 1& y", "x", "A", 'B &"C"', "<D>"]


def test_a_line_goes_from_rim_to_rim_and_its_text_stands_on_it():
    picture = ET.fromstring(drawn())
    across, down = (numbers(path) for path in picture.iter("path") if path.get("class"))
    (wide, _), (_, high) = NODES["A"].half, NODES["<D>"].half
    assert across == pytest.approx([104 + wide, 100, 296 - NODES['B & "C"'].half[0], 100], abs=0.1)
    assert down == pytest.approx([100, 104 + high, 100, 296 - high], abs=0.1)
    (place,) = (s for s in picture.iter("tspan") if s.text == "x")
    quarter = down[1] + 0.25 * (down[3] - down[1])
    assert float(place.get("x")) == 100
    assert float(place.get("y")) == pytest.approx(quarter, abs=5)  # of its letters' feet


def test_kinds_differ_in_shape_and_not_only_in_colour():
    shapes = set()
    for kind in graph.KINDS:
        edge = Edge("A", "<D>", kind, ["x"], "")
        look = drawn(edges=[edge]).split("</g>")[-2].split("<g ")[1]
        shapes.add(re.sub("#[0-9a-f]{6}", "", look))
    assert len(shapes) == len(graph.KINDS) == 4


def test_the_box_around_a_map_has_a_name_and_scrolls(monkeypatch):
    shown = []
    monkeypatch.setattr(graph, "display", shown.append)
    graph.show('A "map"', NODES, EDGES, FAMILIES, (400, 400))
    page = shown[0].data
    assert drawn() in page
    box = ET.fromstring(f"<p>{page}</p>").find("div")
    assert (box.get("role"), box.get("tabindex"), box.get("aria-label")) == (
        *("region", "0", 'A "map"'),
    )
    assert ".lossbook-graph{overflow-x:auto}" in page


def test_a_line_needs_a_kind_and_two_boxes():
    with pytest.raises(KeyError, match="rhymes"):
        drawn(edges=[Edge("A", "<D>", "rhymes", ["x"], "")])
    with pytest.raises(KeyError, match="E"):
        drawn(edges=[Edge("A", "E", "equal", ["x"], "")])


def test_the_key_stands_in_one_column_above_the_map():
    picture = ET.fromstring(drawn())
    left, top, wide, high = map(float, picture.get("viewBox").split())
    assert (left, wide, high + top) == (0, 400, 400)
    places = [text.find("tspan") for text in picture.findall("text[@class='key']")]
    assert {place.get("x") for place in places} == {"60.0"}
    feet = [float(place.get("y")) for place in places]
    assert top < feet[0] < feet[1] < feet[2] < feet[3] < 0
