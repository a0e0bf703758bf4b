"""What a block of a report becomes on slides."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from dashboard.briefing.office.charts import Look, lying, slices, top_of
from dashboard.briefing.office.deck import ROOM, Slide
from dashboard.briefing.office.drawingml import Box
from dashboard.briefing.office.plates import Drawn, drawn
from dashboard.briefing.office.tables import Grid
from dashboard.briefing.office.texts import (
    FULL,
    TITLE_HIGH,
    Cards,
    Item,
    draw_heading,
    draw_note,
    note_high,
)
from dashboard.briefing.page import Made
from dashboard.briefing.report import Block, Chart, Kpis, Plate, Table

MOST_BARS: Final = 22
MOST_NARROW: Final = 12
"""So many bars stand beside each other in half a slide."""

BAR_HIGH: Final = 15.0


@dataclass(frozen=True)
class Graph:
    """A chart."""

    chart: Chart
    top: float | None = None
    grows: bool = True

    @property
    def title(self) -> str:
        """What the chart is of."""
        return self.chart.title

    @property
    def share(self) -> float:
        """Half a slide; all of it for many bars that stand."""
        standing = self.chart.kind != "lines" and not lying(self.chart)
        return 1.0 if standing and len(self.chart.categories) > MOST_NARROW else 0.45

    def height(self, wide: float) -> float:
        """Return the height at which its bars are still told apart."""
        bars = len(self.chart.categories) * BAR_HIGH if lying(self.chart) else 190.0
        note = note_high(self.chart.note, wide)
        return min(max(bars + 70.0, 190.0) + note, FULL)

    def good(self, wide: float) -> float:
        """Return the same: what is more than needed is shared later."""
        return self.height(wide)

    def draw(self, slide: Slide, box: Box) -> None:
        """Draw it; without bars it only says its title."""
        note = note_high(self.chart.note, box.wide)
        if not (self.chart.categories and self.chart.series):
            draw_heading(slide, self.chart.title, box)
        else:
            size = 10.0 if len(self.chart.categories) <= MOST_BARS * 0.75 else 9.0
            place = replace(box, high=box.high - note)
            slide.chart(place, self.chart, Look(size, self.top))
        draw_note(slide, self.chart.note, box)

    def cut(self, high: float) -> list[Item]:  # noqa: ARG002 - `items_of` cut it already
        """Return it whole."""
        return [self]


@dataclass(frozen=True)
class Picture:
    """A map."""

    plate: Plate
    shown: Drawn

    @property
    def title(self) -> str:
        """What the map is of."""
        return self.plate.title

    @property
    def share(self) -> float:
        """A small map stands beside others."""
        return 0.3 if self.shown.wide < ROOM * 0.35 else 0.5

    @property
    def grows(self) -> bool:
        """Say that it fills what height there is."""
        return True

    def _above(self) -> float:
        return TITLE_HIGH if self.plate.title else 0.0

    def height(self, wide: float) -> float:
        """Return the height at which its words are still read."""
        whole = wide * self.shown.high / self.shown.wide
        return min(whole * 0.75, FULL * 0.74) + self._above() + note_high(self.plate.note, wide)

    def width(self, high: float, wide: float) -> float:
        """Return how wide it becomes in a height."""
        inner = high - self._above() - note_high(self.plate.note, wide)
        return min(wide, inner * self.shown.wide / self.shown.high)

    def good(self, wide: float) -> float:
        """Return the same: what is more than needed is shared later."""
        return self.height(wide)

    def draw(self, slide: Slide, box: Box) -> None:
        """Show it as large as it fits, its proportions kept."""
        draw_heading(slide, self.plate.title, box)
        wide = self.width(box.high, box.wide)
        high = wide * self.shown.high / self.shown.wide
        place = Box(box.x, box.y + self._above(), wide, high)
        slide.picture(place, self.shown.png, self.shown.alt)
        below = self._above() + high + note_high(self.plate.note, box.wide)
        draw_note(slide, self.plate.note, replace(box, high=below))

    def cut(self, high: float) -> list[Item]:  # noqa: ARG002 - a map is one piece
        """Return it whole."""
        return [self]


def items_of(block: Block, made: Made) -> list[Item]:
    """Return what a block of a report becomes on slides.

    Raises
    ------
    WanggeError
        If a map cannot be drawn.
    """
    if isinstance(block, Kpis):
        return [Cards(block)] if block.figures else []
    if isinstance(block, Table):
        return [Grid(block)] if block.head else []
    if isinstance(block, Plate):
        return [Picture(block, drawn(block, made))]
    parts = slices(block, MOST_BARS)
    top = top_of(block) if len(parts) > 1 else None
    return [Graph(part, top) for part in parts]
