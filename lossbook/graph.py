"""A map of how things are related: boxes and lines in one drawing, each of them a link.

The kind of a line shows in its shape as well as in its colour. Places are the caller's choice.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from html import escape
from math import hypot

from IPython.display import HTML, display

from lossbook.plot import COLOURS

KINDS = {
    "equal": ("equal", "equals"),
    "contains": ("contains, as a special case", "contains"),
    "limit": ("tends to, in a limit", "tends to"),
    "up to": ("equal, up to a factor or a constant", "equals, up to a factor or a constant,"),
}
"""How two things may be related: the words in the key, and between the names of the two."""

STYLE = (
    ".lossbook-graph{overflow-x:auto}"
    ".lossbook-graph svg{display:block;width:100%;height:auto;color:inherit;font:13px sans-serif}"
    ".lossbook-graph text{fill:currentColor}"
    ".lossbook-graph a{text-decoration:none}"
    ".lossbook-graph a text{text-anchor:middle}"
    ".lossbook-graph .family{font-weight:700}"
    ".lossbook-graph rect{fill:currentColor;fill-opacity:.06;stroke:currentColor;stroke-width:1.2}"
    ".lossbook-graph .idea{fill-opacity:0;stroke-dasharray:2 3}"
    ".lossbook-graph path{fill:none;stroke-width:1.8;stroke-linecap:round}"
    ".lossbook-graph .reach{stroke:transparent;stroke-width:14}"
    ".lossbook-graph .says{font-size:11.5px}"
    # The text of a line stands on the ground of the page: the site's, JupyterLab's, or any.
    ".lossbook-graph .ground{fill:var(--pst-color-background,var(--jp-layout-color1,Canvas));"
    "fill-opacity:1;stroke:none}"
    ".lossbook-graph a:is(:hover,:focus-visible) :is(rect,path:not(.reach)){stroke-width:3.5}"
    ".lossbook-graph a:is(:hover,:focus-visible) text{text-decoration:underline}"
)

Point = tuple[float, float]


@dataclass(frozen=True)
class Node:
    """A box around some lines of text, its middle, where it leads, and whether it is dotted."""

    lines: list[str]
    middle: Point
    href: str
    dotted: bool = False

    @property
    def half(self) -> Point:
        """Half of its width and half of its height."""
        return 3.7 * max(map(len, self.lines)) + 9, 8.0 * len(self.lines) + 6


@dataclass(frozen=True)
class Edge:
    """A line between two names, its kind of `KINDS`, its lines of text, and where it leads."""

    start: str
    end: str
    kind: str
    lines: list[str]
    href: str
    at: float = 0.5
    """Where on the line its text stands, from 0 at the start to 1 at the end."""


def show(
    label: str,
    nodes: Mapping[str, Node],
    edges: Iterable[Edge],
    families: Mapping[str, Point],
    size: tuple[int, int],
) -> None:
    """Show a map in a box that scrolls where the page is narrow.

    Parameters
    ----------
    label
        What the map shows, for those who do not see it.
    nodes, edges
        The boxes by their names, and the lines between them.
    families
        Names of groups of boxes, and where each name begins.
    size
        Width and height, in the units of all places; the key stands above, where y is negative.
    """
    picture = svg(nodes, edges, families, size)
    page = (
        f'<div class="lossbook-graph" role="region" tabindex="0" aria-label="{escape(label)}">'
        f"{picture}</div>"
    )
    display(HTML(page))  # type: ignore[no-untyped-call]


def svg(
    nodes: Mapping[str, Node],
    edges: Iterable[Edge],
    families: Mapping[str, Point],
    size: tuple[int, int],
) -> str:
    """A key to the lines, and below it the map: families' names, the lines, and the boxes."""
    parts, key = [], 22 * len(KINDS)  # in one column, to be seen whole on a phone
    for number, (kind, (words, _)) in enumerate(KINDS.items()):
        top = 12.0 + 22 * number - key
        parts.append(_line(kind, (4, top), (48, top)))
        parts.append(_text([words], (60, top), "key"))
    parts += [_text([name], place, "family") for name, place in families.items()]
    for edge in edges:
        a, b = nodes[edge.start], nodes[edge.end]
        start, end = _rim(a, b.middle), _rim(b, a.middle)
        x, y = (p + edge.at * (q - p) for p, q in zip(start, end, strict=True))
        name = f"{edge.start} {KINDS[edge.kind][1]} {edge.end}: {' '.join(edge.lines)}"
        reach = f'<path class="reach" d="{_path(start, end)}"/>'
        ground = _box((x, y), (3.1 * max(map(len, edge.lines)) + 3, 7.5 * len(edge.lines)))
        text = f'{ground} class="ground"/>{_text(edge.lines, (x, y), "says")}'
        parts.append(_link(edge.href, name, reach + _line(edge.kind, start, end) + text))
    for name, node in nodes.items():
        look = 'class="idea" rx="14"' if node.dotted else 'rx="5"'
        text = f"{_box(node.middle, node.half)} {look}/>{_text(node.lines, node.middle, 'name')}"
        parts.append(_link(node.href, name, text))
    wide, high = size
    return (
        f'<svg viewBox="0 {-key} {wide} {high + key}" style="min-width:{0.9 * wide:g}px">'
        f"<style>{STYLE}</style>{''.join(parts)}</svg>"
    )


def _link(href: str, name: str, body: str) -> str:
    """A part of the drawing that leads somewhere, with its name for eyes and for ears."""
    name = escape(name)
    return f'<a href="{escape(href)}" aria-label="{name}"><title>{name}</title>{body}</a>'


def _text(lines: list[str], middle: Point, kind: str) -> str:
    """Lines of text, one below the other."""
    x, y = middle[0], middle[1] + 4.5 - 7.5 * (len(lines) - 1)
    spans = (
        f'<tspan x="{x:.1f}" y="{y + 15 * row:.1f}">{escape(line)}</tspan>'
        for row, line in enumerate(lines)
    )
    return f'<text class="{kind}">{"".join(spans)}</text>'


def _box(middle: Point, half: Point) -> str:
    """The beginning of a rectangle."""
    (x, y), (wide, high) = middle, half
    place = f'x="{x - wide:.1f}" y="{y - high:.1f}"'
    return f'<rect {place} width="{2 * wide:.1f}" height="{2 * high:.1f}"'


def _rim(node: Node, towards: Point) -> Point:
    """Where the way from a box's middle to a point leaves the box, and a little further."""
    (x, y), (wide, high) = node.middle, node.half
    dx, dy = towards[0] - x, towards[1] - y
    share = min(wide / abs(dx) if dx else 9, high / abs(dy) if dy else 9) + 4 / hypot(dx, dy)
    return x + share * dx, y + share * dy


def _path(*points: Point) -> str:
    """A line through points."""
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points)


def _line(kind: str, start: Point, end: Point) -> str:
    """A line from point to point: two that are equal, a full head, an open one, or dots."""
    (x, y), (x2, y2) = start, end
    length = hypot(x2 - x, y2 - y)
    along, across = (x2 - x) / length, (y2 - y) / length

    def beside(far: float, aside: float) -> Point:
        return x2 - far * along - aside * across, y2 - far * across + aside * along

    head = _path(beside(9, 5), end, beside(9, -5))
    twice = "".join(_path(beside(length, side), beside(0, side)) for side in (2, -2))
    ways = {
        "equal": f'd="{twice}"',
        "contains": f'd="{_path(start, end)}"/><path d="{head}Z" style="fill:{COLOURS[1]}"',
        "limit": f'd="{_path(start, end)}" stroke-dasharray="8 5"/><path d="{head}"',
        "up to": f'd="{_path(start, end)}" stroke-dasharray="1 5"',
    }
    colour = dict(zip(KINDS, COLOURS, strict=False))[kind]
    return f'<g stroke="{colour}"><path {ways[kind]}/></g>'
