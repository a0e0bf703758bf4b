"""A report as slides that can be changed: native words, tables and charts, maps as pictures.

What belongs together stands side by side where it fits, else one below the other; what is too long
for a slide goes on to the next.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from dashboard.briefing.office.deck import BOTTOM, MARGIN, ROOM, TOP, Deck, Slide
from dashboard.briefing.office.drawingml import Box, Para
from dashboard.briefing.office.dress import LINE, line_count, plain_run
from dashboard.briefing.office.items import Picture, items_of
from dashboard.briefing.office.texts import GAP, Item, Words
from dashboard.briefing.page import Made
from dashboard.briefing.report import Kpis, Report, Section
from geo.words import _

COVER_FROM: Final = 3
"""A report of fewer sections begins at once."""

BELOW: Final = 14.0
"""Between what stands one below the other."""

TITLE_SIZE: Final = 18.0
"""A title is no smaller for saying more."""

MOST_BESIDE: Final = 4
WIDE_SHARE: Final = 0.62
"""Of a map beside sentences, at most."""


@dataclass(frozen=True)
class Band:
    """What stands side by side."""

    items: tuple[Item, ...]

    @property
    def grows(self) -> bool:
        """Say whether it fills what height there is."""
        return any(item.grows for item in self.items)

    def widths(self, high: float = 0.0) -> list[float]:
        """Share the slide's width; sentences get what a map leaves.

        Parameters
        ----------
        high
            What there is for it; 0 for as much as it needs.
        """
        count = len(self.items)
        room = ROOM - GAP * (count - 1)
        if count == 2 and isinstance(self.items[0], Picture):  # noqa: PLR2004 - a pair
            first = room * WIDE_SHARE
            first = self.items[0].width(high, first) if high else first
            first = max(first, room * (1 - WIDE_SHARE))
            return [first, room - first]
        if count == 2 and isinstance(self.items[0], Words):  # noqa: PLR2004 - a pair
            return [room * 0.4, room * 0.6]
        return [room / count] * count

    @property
    def height(self) -> float:
        """Return the least height."""
        return max(item.height(wide) for item, wide in zip(self.items, self.widths(), strict=True))

    @property
    def good(self) -> float:
        """Return the height it would rather have."""
        return max(item.good(wide) for item, wide in zip(self.items, self.widths(), strict=True))

    def draw(self, slide: Slide, y: float, high: float) -> None:
        """Draw it from `y` on."""
        x = MARGIN
        for item, wide in zip(self.items, self.widths(high), strict=True):
            item.draw(slide, Box(x, y, wide, high))
            x += wide + GAP


def slides(report: Report, made: Made) -> bytes:
    """Write a report as PPTX.

    Parameters
    ----------
    report
        What is told.
    made
        When, and by whom.

    Returns
    -------
    bytes
        The same for the same report and time.

    Raises
    ------
    WanggeError
        If a map cannot be drawn: no Chinese font is installed.
    """
    deck = Deck(report, made)
    if not 0 < len(report.sections) < COVER_FROM:
        _cover(deck, report)
    for number, section in enumerate(report.sections):
        bands = _bands(_items(section, made, first=number == 0))
        pages = _pages(bands)
        for at, page in enumerate(pages, start=1):
            _fill(deck.slide(_title(section.heading, page, at, len(pages))), page)
    return deck.save()


def _title(heading: str, page: Sequence[Band], at: int, count: int) -> str:
    """Name a slide: among several of a section also by what is on it, where a line has room."""
    if count == 1:
        return heading
    titles = dict.fromkeys(item.title for band in page for item in band.items if item.title)
    known = [title for title in titles if title != heading]
    named = _(
        "{heading} ({part}/{parts}): {titles}",
        heading=heading,
        part=at,
        parts=count,
        titles=_(", ").join(known),
    )
    if known and line_count(named, TITLE_SIZE, ROOM) == 1:
        return named
    return _("{heading} ({part}/{parts})", heading=heading, part=at, parts=count)


def _cover(deck: Deck, report: Report) -> None:
    """Say what the report is, and what is in it."""
    slide = deck.cover()
    facts = "    ".join(part for part in report.facts if part)
    if facts:
        slide.words(Box(60, 240, 840, 22), [Para([plain_run(facts, "muted")], 12.0)])
    _contents(slide, [section.heading for section in report.sections])


def _contents(slide: Slide, headings: Sequence[str]) -> None:
    """List the sections in two columns."""
    size, half = 14.0, -(-len(headings) // 2)
    if headings and half * size * LINE * 1.5 > BOTTOM - 290:
        size = max((BOTTOM - 290) / (half * LINE * 1.5), 5.0)
    for column, start in enumerate(range(0, len(headings), half or 1)):
        listed = [
            Para([plain_run(f"{number}  {heading}")], size, before=size * 0.5)
            for number, heading in enumerate(headings[start : start + half], start=start + 1)
        ]
        slide.words(Box(60 + column * 425, 284, 410, BOTTOM - 286), listed)


def _items(section: Section, made: Made, *, first: bool) -> list[Item]:
    """Put a section in order; the first one shows its figures before it speaks of them."""
    ahead = [block for block in section.blocks if first and isinstance(block, Kpis)]
    rest = [block for block in section.blocks if block not in ahead]
    said: list[Item] = [Words(section.sentences)] if section.sentences else []
    return [
        *(item for block in ahead for item in items_of(block, made)),
        *said,
        *(item for block in rest for item in items_of(block, made)),
    ]


def _bands(items: Sequence[Item]) -> list[Band]:
    """Put side by side what follows each other and fits."""
    bands: list[list[Item]] = []
    for item in items:
        beside = [*bands[-1], item] if bands else []
        if beside and sum(one.share for one in beside) <= 1 and len(beside) <= MOST_BESIDE:
            bands[-1].append(item)
        else:
            bands.append([item])
    return [Band(_ordered(band)) for band in bands]


def _ordered(band: list[Item]) -> tuple[Item, ...]:
    """Put a map before the sentences about it."""
    return tuple(sorted(band, key=lambda item: not isinstance(item, Picture)))


def _pages(bands: Sequence[Band]) -> list[list[Band]]:
    """Fill slide after slide."""
    room, pages = BOTTOM - TOP, [[]]  # type: float, list[list[Band]]
    left = room
    for band in bands:
        if pages[-1] and band.height > left:
            pages.append([])
            left = room
        for piece in _pieces(band, room):
            if pages[-1] and piece.height > left:
                pages.append([])
                left = room
            pages[-1].append(piece)
            left -= piece.height + BELOW
    return pages


def _pieces(band: Band, room: float) -> list[Band]:
    if band.height <= room:
        return [band]
    return _bands([piece for item in band.items for piece in item.cut(room)])


def _fill(slide: Slide, page: Sequence[Band]) -> None:
    """Draw the bands; what height is left makes words larger first, then maps and charts."""
    room = BOTTOM - TOP - BELOW * (len(page) - 1)
    heights = [min(band.height, room) for band in page]
    for at, band in enumerate(page):
        left = max(room - sum(heights), 0.0)
        heights[at] = min(max(band.good, heights[at]), heights[at] + left)
    growing = [at for at, band in enumerate(page) if band.grows]
    more = max(room - sum(heights), 0.0) / max(len(growing), 1)
    y = TOP
    for at, band in enumerate(page):
        high = heights[at] + (more if at in growing else 0.0)
        band.draw(slide, y, high)
        y += high + BELOW
