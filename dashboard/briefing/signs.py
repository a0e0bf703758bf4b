"""Point symbols of a briefing, the page's own: shape tells first, colour supports it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from dashboard.briefing.drawing import INK, PALETTE, PER_MM

CORNERS: Final = {
    "triangle": ((0.0, -1.5), (1.43, 1.12), (-1.43, 1.12)),
    "square": ((-0.8, -0.8), (0.8, -0.8), (0.8, 0.8), (-0.8, 0.8)),
    "diamond": ((0.0, -1.45), (1.3, 0.0), (0.0, 1.45), (-1.3, 0.0)),
    "house": ((0.0, -1.4), (1.25, -0.3), (1.25, 1.15), (-1.25, 1.15), (-1.25, -0.3)),
}
"""Of symbols that are not round, for a radius of 1; as in `pieces.typ` and on the page's map."""

HALO: Final = "#FFFFFF"
PAPER: Final = "#FFFFFF"
THIN, THICK = 0.12, 0.3
"""Widths of a halo and of a hollow symbol's line, of its radius."""


@dataclass(frozen=True)
class Sign:
    """A symbol: its shape, its colour, and whether that is only its line's."""

    shape: str
    color: str
    hollow: bool = False
    share: float = 1.0

    def svg(self, x: float, y: float, radius: float) -> str:
        """Draw it; mm."""
        size = radius * self.share
        fill, line = (PAPER, self.color) if self.hollow else (self.color, HALO)
        width = round(size * (THICK if self.hollow else THIN) * PER_MM)
        look = f'fill="{fill}" stroke="{line}" stroke-width="{width}"'
        if self.shape not in CORNERS:
            at = f'cx="{round(x * PER_MM)}" cy="{round(y * PER_MM)}"'
            return f'<circle {at} r="{round(size * PER_MM)}" {look}/>'
        corners = [
            f"{round((x + dx * size) * PER_MM)} {round((y + dy * size) * PER_MM)}"
            for dx, dy in CORNERS[self.shape]
        ]
        return f'<path d="M{"L".join(corners)}Z" {look}/>'


TICKETS: Final = {
    "overdue": Sign("triangle", PALETTE.tickets["overdue"], share=0.8),
    "pending": Sign("circle", INK, hollow=True),
    "active": Sign("circle", PALETTE.tickets["active"]),
    "closed": Sign("circle", PALETTE.tickets["closed"]),
    "void": Sign("square", PALETTE.tickets["void"]),
}
"""By what the map shows of a ticket, the most urgent first."""

PARTY: Final = Sign("house", PALETTE.party, share=0.85)


@dataclass(frozen=True)
class Bubble:
    """A disc with a number: its colour, the columns that are urgent, the colour of their arc."""

    color: str
    urgent_color: str
    urgent: tuple[int, ...]


URGENT_CARE: Final = ("high_risk", "key")
"""Classes of care that the arc of a bubble shows, as on the page."""


def care_bubble(classes: tuple[str, ...]) -> Bubble:
    """Return the bubble for people of some classes of care."""
    care = PALETTE.care
    urgent = tuple(at for at, key in enumerate(classes) if key in URGENT_CARE)
    # Where all are urgent, an arc all around would say nothing.
    shown = urgent if len(urgent) < len(classes) else ()
    return Bubble(care["general"], care["high_risk"], shown)
