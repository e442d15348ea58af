"""Worked traces: what a loss computed, in the words of the line that computed it.

A loss passes every quantity worth showing through ``step``::

    error = step(input - target)

To get a value, ``step`` is :func:`silent` and hands its argument straight back. To explain a
value it is a :class:`Recorder`, which also keeps the array, under the name and the expression it
reads from that very source line. One line computes the step and documents it, so the two cannot
drift apart, and no loss is written twice.
"""

import ast
import linecache
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from html import escape
from typing import Any, Literal, Protocol, TypeVar

import numpy as np

T = TypeVar("T")


class Stepper(Protocol):
    """A function that returns its argument, and may take note of it."""

    def __call__(self, value: T, /) -> T: ...


def silent(value: T, /) -> T:
    """The step of an evaluation that nobody asked to see."""
    return value


@dataclass(frozen=True, eq=False)
class Step:
    """One line of a trace: ``name = expression``, the value it had, and the part it belongs to."""

    part: str
    name: str
    expression: str
    value: Any

    @property
    def digits(self) -> str:
        """The value with four digits."""
        value = np.asarray(self.value)
        if value.dtype.kind != "f":
            return str(value)
        value = value.round(4) + 0.0  # no minus zero
        whole = np.array_equal(value, np.trunc(value), equal_nan=True)
        mode: Literal["fixed", "maxprec_equal"] = "maxprec_equal" if whole else "fixed"
        return np.array2string(value, precision=4, suppress_small=True, floatmode=mode)

    def __str__(self) -> str:
        title = f"{self.name} = {self.expression}" if self.expression else self.name
        return "\n    ".join([title, *self.digits.splitlines()])


@dataclass(frozen=True, eq=False)
class Trace:
    """The steps of one evaluation in order; ``trace["name"]`` is the value of a step.

    Text in a terminal, a table in a notebook.
    """

    loss: str
    steps: tuple[Step, ...]

    def __getitem__(self, name: str) -> Any:
        values = {step.name: step.value for step in self.steps}
        if name not in values:
            raise KeyError(f"no step {name!r} in this trace: it has {', '.join(values)}")
        return values[name]

    def __iter__(self) -> Iterator[Step]:
        return iter(self.steps)

    @property
    def parts(self) -> dict[str, list[Step]]:
        """The steps of each part: what was given, the way to the value, the way back."""
        parts: dict[str, list[Step]] = {}
        for step in self.steps:
            parts.setdefault(step.part, []).append(step)
        return parts

    def __repr__(self) -> str:
        lines = [self.loss]
        for part, steps in self.parts.items():
            lines += [f"-- {part}", *map(str, steps)]
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        bodies = []
        for part, steps in self.parts.items():
            rows = "".join(
                f'<tr><th scope="row"><code>{escape(step.name)}</code></th>'
                f"<td><code>{escape(step.expression)}</code></td>"
                f"<td><pre>{escape(step.digits)}</pre></td></tr>"
                for step in steps
            )
            heading = f'<tr><th colspan="3" scope="rowgroup">{escape(part)}</th></tr>'
            bodies.append(f"<tbody>{heading}{rows}</tbody>")
        return (
            f'<table class="lossbook-trace"><caption><code>{escape(self.loss)}</code></caption>'
            '<thead><tr><th scope="col">name</th><th scope="col">how it is computed</th>'
            f'<th scope="col">value</th></tr></thead>{"".join(bodies)}</table>'
        )


@dataclass
class Recorder:
    """A step that keeps what passes through it."""

    part: str = "value"
    steps: list[Step] = field(default_factory=list)

    def __call__(self, value: T, /) -> T:
        frame = sys._getframe(1)
        filename = frame.f_code.co_filename
        linecache.checkcache(filename)  # the file may have been edited and reloaded
        source = "".join(linecache.getlines(filename, frame.f_globals))
        name, expression = _marked_lines(source).get(frame.f_lineno, ("", ""))
        kept = np.array(value)[()]  # a copy, of OneHot the full array
        self.steps.append(Step(self.part, name or frame.f_code.co_name, expression, kept))
        return value


@cache
def _marked_lines(source: str) -> dict[int, tuple[str, str]]:
    """The lines that hold ``name = step(expression)`` or ``return step(expression)``."""
    marked = {}
    for statement in ast.walk(ast.parse(source)):
        match statement:
            case ast.Assign([ast.Name(name)], value) | ast.AnnAssign(ast.Name(name), _, value):
                pass
            case ast.Return(ast.expr() as value):
                name = ""  # known by the function it is returned from
            case _:
                continue
        match value:
            case ast.Call(ast.Name("step"), [argument]):
                marked[value.lineno] = name, ast.unparse(_Plain().visit(argument))
    return marked


class _Plain(ast.NodeTransformer):
    """Drops the ``np.`` and ``self.`` that Python needs and a reader does not."""

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        match node.value:
            case ast.Name("np" | "self"):
                return ast.Name(node.attr)
        return self.generic_visit(node)
