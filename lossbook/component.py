"""Web components: figures that move and fields that answer, in a notebook and on the site."""

import json
from html import escape
from importlib.resources import files
from typing import Any


class Component:
    """A web component: what stands without its script, and the data that the script reads.

    In a notebook it brings its style and script along; the site loads those of all components
    from two files. As text it is what it says at first.
    """

    def __init__(
        self, tag: str, inner: str, data: dict[str, Any], text: str, name: str = ""
    ) -> None:
        encoded = json.dumps(data, allow_nan=False).replace("</", "<\\/")
        place = f' id="{escape(name)}"' if name else ""
        style, script = (source(tag, kind) for kind in ("css", "js"))
        self.text = text
        self.html = (
            f'<{tag}{place}>{inner}<script type="application/json">{encoded}</script>'
            f'</{tag}><style>{style}</style><script type="module">{script}</script>'
        )

    def _repr_html_(self) -> str:
        return self.html

    def __repr__(self) -> str:
        return self.text

    def show(self) -> None:
        """Show it, or its text where no notebook is."""
        try:
            from IPython.display import display
        except ImportError:  # the package needs NumPy alone
            print(self.text)
        else:
            display(self)  # type: ignore[no-untyped-call]


def source(tag: str, kind: str) -> str:
    """The style ('css') or the script ('js') of a component."""
    return (files("lossbook") / f"{tag.removeprefix('loss-')}.{kind}").read_text("utf-8")
