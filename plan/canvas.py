"""SVG primitives of the picture: boxes, texts, arrows and icons, as text without dependencies."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

FONT = "Inter, 'Segoe UI', 'Helvetica Neue', Arial, 'Noto Sans', 'DejaVu Sans', sans-serif"

INK = "#17202b"
MUTED = "#5b6775"
LINE = "#c9d1da"
PAPER = "#ffffff"

# Icons on a 24 by 24 grid, drawn as strokes.
ICONS = {
    "client": "M4 5h16v10H4z M2 19h20 M9 15v4 M15 15v4",
    "agent": "M12 3l8 4.5v9L12 21l-8-4.5v-9z M12 12l8-4.5 M12 12v9 M12 12L4 7.5",
    "balancer": "M12 4v5 M5 20v-5h14v5 M12 9v6 M3 20h4 M10 20h4 M17 20h4 M10 4h4",
    "task": "M4 7h16v12H4z M4 11h16 M8 7V4h8v3 M8 15h3",
    "bucket": "M4 6c0-1.7 3.6-3 8-3s8 1.3 8 3l-2 13c-.3 1.2-3 2-6 2s-5.7-.8-6-2z "
    "M4 6c0 1.7 3.6 3 8 3s8-1.3 8-3",
    "plug": "M9 3v5 M15 3v5 M6 8h12v4a6 6 0 0 1-12 0z M12 18v3",
    "gate": "M4 20V8l8-5 8 5v12 M9 20v-7h6v7",
    "nat": "M4 8h12l-3-3 M20 16H8l3 3",
    "cloud": "M7 18a4.5 4.5 0 0 1-.5-9 6 6 0 0 1 11.5 1.5A3.8 3.8 0 0 1 17.5 18z",
}


@dataclass(frozen=True)
class Box:
    """A rectangle on the canvas."""

    x: float
    y: float
    width: float
    height: float

    @property
    def right(self) -> float:
        """The x of the right edge."""
        return self.x + self.width

    @property
    def bottom(self) -> float:
        """The y of the lower edge."""
        return self.y + self.height

    @property
    def middle(self) -> float:
        """The x of the centre."""
        return self.x + self.width / 2

    @property
    def centre(self) -> float:
        """The y of the centre."""
        return self.y + self.height / 2


class Canvas:
    """Collects elements in drawing order."""

    def __init__(self, width: float) -> None:
        self.width = width
        self._elements: list[str] = []

    def box(
        self,
        box: Box,
        *,
        fill: str = PAPER,
        stroke: str = LINE,
        radius: float = 10,
        dash: str = "",
        thickness: float = 1.2,
    ) -> None:
        """A rounded rectangle."""
        dashes = f' stroke-dasharray="{dash}"' if dash else ""
        self._elements.append(
            f'<rect x="{box.x:g}" y="{box.y:g}" width="{box.width:g}" height="{box.height:g}" '
            f'rx="{radius:g}" fill="{fill}" stroke="{stroke}" '
            f'stroke-width="{thickness:g}"{dashes}/>'
        )

    def text(
        self,
        x: float,
        y: float,
        words: str,
        *,
        size: float = 13,
        colour: str = INK,
        weight: int = 400,
        anchor: str = "start",
    ) -> None:
        """One line of text; ``y`` is its baseline."""
        self._elements.append(
            f'<text x="{x:g}" y="{y:g}" font-size="{size:g}" fill="{colour}" '
            f'font-weight="{weight}" text-anchor="{anchor}">{escape(words)}</text>'
        )

    def icon(self, name: str, x: float, y: float, *, colour: str, size: float = 24) -> None:
        """An icon with its upper left corner at this place."""
        scale = size / 24
        self._elements.append(
            f'<path d="{ICONS[name]}" transform="translate({x:g} {y:g}) scale({scale:g})" '
            f'fill="none" stroke="{colour}" stroke-width="1.7" stroke-linejoin="round" '
            f'stroke-linecap="round"/>'
        )

    def dot(self, x: float, y: float, colour: str, radius: float = 5) -> None:
        """A filled circle."""
        self._elements.append(f'<circle cx="{x:g}" cy="{y:g}" r="{radius:g}" fill="{colour}"/>')

    def card(self, box: Box, *, icon: str, colour: str, title: str, lines: Sequence[str]) -> None:
        """A white box with a coloured edge, an icon, a title and lines below it."""
        self.box(box, stroke=colour, thickness=1.5)
        edge = Box(box.x, box.y + 8, 5, box.height - 16)
        self.box(edge, fill=colour, stroke=colour, radius=2.5, thickness=0)
        self.icon(icon, box.x + 16, box.y + 13, colour=colour, size=26)
        self.text(box.x + 54, box.y + 25, title, size=15, weight=600)
        for index, line in enumerate(lines):
            self.text(box.x + 54, box.y + 44 + index * 17, line, size=12.5, colour=MUTED)

    def arrow(
        self,
        points: Sequence[tuple[float, float]],
        *,
        colour: str,
        label: str = "",
        at: tuple[float, float] | None = None,
        dash: str = "",
        anchor: str = "start",
    ) -> None:
        """A bent arrow through ``points``; the label stands at ``at`` on a white ground."""
        path = " ".join(
            f"{'M' if index == 0 else 'L'}{x:g} {y:g}" for index, (x, y) in enumerate(points)
        )
        dashes = f' stroke-dasharray="{dash}"' if dash else ""
        self._elements.append(
            f'<path d="{path}" fill="none" stroke="{colour}" stroke-width="2" '
            f'stroke-linejoin="round" marker-end="url(#head-{colour[1:]})"{dashes}/>'
        )
        if label and at:
            self._label(at, label, colour, anchor)

    def _label(self, at: tuple[float, float], label: str, colour: str, anchor: str) -> None:
        width = len(label) * 6.7 + 12
        shift = {"start": 0.0, "middle": width / 2, "end": width}[anchor]
        ground = Box(at[0] - shift, at[1] - 14, width, 20)
        self.box(ground, fill=PAPER, stroke=PAPER, radius=6, thickness=0)
        self.text(ground.x + 6, at[1], label, size=12, colour=colour, weight=600)

    def render(self, height: float, title: str, colours: Sequence[str]) -> str:
        """The whole document; ``colours`` are those of arrows."""
        heads = "".join(
            f'<marker id="head-{colour[1:]}" viewBox="0 0 10 10" refX="8.5" refY="5" '
            f'markerWidth="7" markerHeight="7" orient="auto-start-reverse">'
            f'<path d="M0 0.5L9 5L0 9.5z" fill="{colour}"/></marker>'
            for colour in colours
        )
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {self.width:g} {height:g}" '
            f'width="{self.width:g}" height="{height:g}" font-family="{FONT}" role="img">\n'
            f"<title>{escape(title)}</title>\n<defs>{heads}</defs>\n"
            f'<rect width="100%" height="100%" fill="#f6f8fa"/>\n'
            + "\n".join(self._elements)
            + "\n</svg>\n"
        )
