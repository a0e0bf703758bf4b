"""Numbers on a briefing's map: those that would overlap counted together.

The ground is divided into equal rooms, fixed to it so that panning does not change who is counted
with whom; each holds one mark, which stays inside where it can. So thousands of tickets are some
hundred numbers, which can be read and weigh little. A mark is a tally, symbols with their numbers,
or a bubble: a disc that grows with its number, and an arc around it for the share that is urgent.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import numpy.typing as npt

from dashboard import figures
from dashboard.briefing.captions import MapBoard
from dashboard.briefing.drawing import PER_MM
from dashboard.briefing.heaps import Heaps
from dashboard.briefing.signs import Bubble
from geo.papers.frame import Frame
from geo.papers.labels import Label
from geo.papers.wording import MM_PER_PT, width_em

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Box = tuple[float, float, float, float]
Numbers = tuple[int, ...]

SIZE_SHARE: Final = 0.66
"""Size of the numbers, of running text."""

MOST_ROWS: Final = 3
ROW_EM, SIGN_EM, GAP_EM, PAD_EM = 1.12, 1.05, 0.12, 0.22
RADIUS_EM: Final = 0.36
BUBBLE_EM: Final = (0.9, 1.55)
"""Radius of the least and of the largest bubble."""

TIGHT: Final = 0.82
"""A bubble's number takes this much of its width at most."""

ROOM_EM: Final = (4.0, 2.4)
"""Least width and height of a room."""

AIR_EM: Final = 0.3
"""Between the marks of neighbouring rooms."""

TRIES: Final = tuple(share / 4 for share in range(-4, 9))
"""Where a mark is tried whose own place is taken: in its room (0 to 1), then beside it."""

REACHES: Final = (0.8, 2.0)
"""A mark is tried at least so far beside its room, of its own size; then further away."""

ALONE: Final = 1


@dataclass(frozen=True)
class Mark:
    """What stands in a room.

    Attributes
    ----------
    numbers
        Of each column of the heaps.
    size
        Width and height, mm.
    x, y
        Its middle, mm.
    room
        Where it should stand: left, top, right, bottom, mm.
    """

    numbers: Numbers
    size: tuple[float, float]
    x: float
    y: float
    room: Box

    @property
    def box(self) -> Box:
        """Left, top, right, bottom."""
        wide, high = self.size
        return self.x - wide / 2, self.y - high / 2, self.x + wide / 2, self.y + high / 2


def put_marks(
    heaps: Heaps, frame: Frame, board: MapBoard, text_pt: float, spread: float = 1.0
) -> list[Mark]:
    """Put numbers on a map.

    Parameters
    ----------
    heaps
        What is counted, and where.
    frame
        What part of the ground is seen.
    board
        Words keep off what is put there, and it off what stands there already where it can.
    text_pt
        Size of running text.
    spread
        How much wider and higher rooms are made than a mark needs, so that other layers' marks
        find a place too.
    """
    em = text_pt * SIZE_SHARE * MM_PER_PT
    marks = marks_of(heaps, frame, em, spread)
    if heaps.bubble:
        most = max((sum(mark.numbers) for mark in marks), default=0)
        marks = [replace(mark, size=_bubble_size(mark, most, em)) for mark in marks]
    placed = []
    for mark in marks:
        kept = _aside(mark, board)
        board.reserve(kept.box)
        placed.append(kept)
    for mark in placed:
        if heaps.bubble:
            _draw_bubble(mark, heaps.bubble, board, em)
        else:
            _draw_tally(mark, heaps, board, em)
    return placed


def marks_of(heaps: Heaps, frame: Frame, em: float, spread: float = 1.0) -> list[Mark]:
    """Count together what would overlap; a room is as large as the largest mark needs.

    Parameters
    ----------
    em
        Size of the words, mm.
    """
    xy = _on_paper(heaps.xy, frame)
    seen = ((xy >= 0) & (xy <= (frame.width_mm, frame.height_mm))).all(axis=1)
    shown = replace(heaps, xy=heaps.xy[seen], counts=heaps.counts[seen])
    if not len(shown.xy):
        return []
    room = (ROOM_EM[0] * em, ROOM_EM[1] * em)
    while True:
        made = _marks(shown, frame, (room[0] * spread, room[1] * spread), em)
        wide = max(mark.size[0] for mark in made) + AIR_EM * em
        high = max(mark.size[1] for mark in made) + AIR_EM * em
        if wide <= room[0] and high <= room[1]:
            return made
        room = max(wide, room[0]), max(high, room[1])


def _on_paper(xy: Floats, frame: Frame) -> Floats:
    x = (xy[:, 0] - frame.x) * frame.mm_per_m + frame.width_mm / 2
    y = (frame.y - xy[:, 1]) * frame.mm_per_m + frame.height_mm / 2
    return np.column_stack([x, y])


def _marks(heaps: Heaps, frame: Frame, room: tuple[float, float], em: float) -> list[Mark]:
    side = np.array(room) / frame.mm_per_m
    names, row = np.unique(np.floor(heaps.xy / side), axis=0, return_inverse=True)
    row = row.reshape(-1)
    counts = np.zeros((len(names), len(heaps.keys)), dtype=np.int64)
    np.add.at(counts, row, heaps.counts)
    weight = heaps.counts.sum(axis=1).astype(float)
    middle = [np.bincount(row, weight * heaps.xy[:, axis]) for axis in (0, 1)]
    wanted = _on_paper(np.column_stack(middle) / np.bincount(row, weight)[:, None], frame)
    corners = _on_paper((names + np.array([0, 1])) * side, frame)
    found = zip([tuple(row) for row in counts.tolist()], wanted, corners, strict=True)
    return [
        _mark(numbers, at, (*corner, *(corner + room)), frame, _size(heaps, numbers, em))
        for numbers, at, corner in found
    ]


def _mark(numbers: Numbers, at: Floats, room: Box, frame: Frame, size: tuple[float, float]) -> Mark:
    """Place a mark as near to its own place as its room and the map allow."""
    pane = (
        *(max(room[0], 0.0), max(room[1], 0.0)),
        *(min(room[2], frame.width_mm), min(room[3], frame.height_mm)),
    )
    x = _inside(at[0], (pane[0], pane[2]), size[0], frame.width_mm)
    y = _inside(at[1], (pane[1], pane[3]), size[1], frame.height_mm)
    return Mark(numbers, size, x, y, pane)


def _inside(middle: float, bounds: tuple[float, float], size: float, end: float) -> float:
    """Move a middle as little as it takes to keep a size between bounds, on the map in any case."""
    low, high = bounds
    kept = min(max(middle, low + size / 2), max(high - size / 2, low + size / 2))
    return float(min(max(kept, size / 2), end - size / 2))


def _aside(mark: Mark, board: MapBoard) -> Mark:
    """Move a mark in its room, or as little as it takes beside it, where its own place is taken."""
    asked = [mark]
    for reach in REACHES:
        asked = [mark, *_others(mark, reach)]
        free = np.flatnonzero(board.free(np.array([one.box for one in asked])))
        if len(free):
            return asked[int(free[0])]
    return mark


def _others(mark: Mark, reach: float) -> list[Mark]:
    """Return other places for a mark, the nearest first."""
    left, top, right, bottom = mark.room
    wide, high = mark.size
    spare_x = max(right - left - wide, reach * wide)
    spare_y = max(bottom - top - high, reach * high)
    others = [
        replace(mark, x=left + wide / 2 + across * spare_x, y=top + high / 2 + down * spare_y)
        for across in TRIES
        for down in TRIES
    ]
    return sorted(others, key=lambda other: math.hypot(other.x - mark.x, other.y - mark.y))


# --------------------------------------------------------------------------------------- tallies


@dataclass(frozen=True)
class Entry:
    """A symbol in a tally: its column of the heaps; its text, and its place in the box, em."""

    column: int
    text: str
    x: float
    y: float


def _entries(numbers: Numbers) -> tuple[list[Entry], tuple[float, float]]:
    """Lay out a tally; return its entries, and its width and height in em."""
    some = [(column, number) for column, number in enumerate(numbers) if number]
    if len(some) == 1 and some[0][1] == ALONE:
        return [Entry(some[0][0], "", 0.0, SIGN_EM / 2)], (SIGN_EM, SIGN_EM)
    rows = math.ceil(len(some) / math.ceil(len(some) / MOST_ROWS))
    entries, left = [], PAD_EM
    for first in range(0, len(some), rows):
        part = [(column, figures.integer(number)) for column, number in some[first : first + rows]]
        for place, (column, text) in enumerate(part):
            entries.append(Entry(column, text, left, PAD_EM + (place + 0.5) * ROW_EM))
        left += SIGN_EM + GAP_EM + max(width_em(text) for _column, text in part) + PAD_EM
    return entries, (left, rows * ROW_EM + 2 * PAD_EM)


def _size(heaps: Heaps, numbers: Numbers, em: float) -> tuple[float, float]:
    """Return the size of a mark, mm; all bubbles have the room of the largest."""
    if heaps.bubble:
        return 2 * BUBBLE_EM[1] * em, 2 * BUBBLE_EM[1] * em
    wide, high = _entries(numbers)[1]
    return wide * em, high * em


def _draw_tally(mark: Mark, heaps: Heaps, board: MapBoard, em: float) -> None:
    entries, _size_em = _entries(mark.numbers)
    left, top, right, bottom = mark.box
    if entries[0].text:
        x, y, wide, high, turn = (
            round(value * PER_MM) for value in (left, top, right - left, bottom - top, 0.3 * em)
        )
        board.signs.append(
            f'<rect x="{x}" y="{y}" width="{wide}" height="{high}" rx="{turn}" fill="#FFFFFF" '
            f'fill-opacity="0.86" stroke="#B7C0C8" stroke-width="8"/>'
        )
    for entry in entries:
        sign_x, sign_y = left + (entry.x + SIGN_EM / 2) * em, top + entry.y * em
        board.signs.append(heaps.signs[entry.column].svg(sign_x, sign_y, RADIUS_EM * em))
        if entry.text:
            text_x = left + (entry.x + SIGN_EM + GAP_EM + width_em(entry.text) / 2) * em
            board.labels.append(Label(text_x, sign_y, (entry.text,), em / MM_PER_PT, "tally"))


# --------------------------------------------------------------------------------------- bubbles


def _bubble_size(mark: Mark, most: int, em: float) -> tuple[float, float]:
    """Return the size of a bubble, mm: its area grows with the number."""
    least, largest = BUBBLE_EM
    across = 2 * (least + (largest - least) * math.sqrt(sum(mark.numbers) / most)) * em
    return across, across


def _draw_bubble(mark: Mark, bubble: Bubble, board: MapBoard, em: float) -> None:
    number, radius = sum(mark.numbers), mark.size[0] / 2
    urgent = sum(mark.numbers[column] for column in bubble.urgent)
    board.signs.extend(_disc(bubble, (mark.x, mark.y), radius, urgent / number))
    text = figures.integer(number)
    size = min(em, 2 * TIGHT * radius / width_em(text))
    board.labels.append(Label(mark.x, mark.y, (text,), size / MM_PER_PT, "tally"))


def _disc(bubble: Bubble, at: tuple[float, float], radius: float, share: float) -> Iterator[str]:
    x, y, r = (round(value * PER_MM) for value in (*at, radius))
    circle = f'<circle cx="{x}" cy="{y}" r="{r}"'
    yield f'{circle} fill="#FFFFFF" fill-opacity="0.9"/>'
    look = f'fill="{bubble.color}" fill-opacity="0.3" stroke="{bubble.color}" stroke-width="20"'
    yield f"{circle} {look}/>"
    if share <= 0:
        return
    look = f'stroke="{bubble.urgent_color}" stroke-width="{round(0.24 * r)}"'
    if share >= 1:
        yield f"{circle} {look}/>"
        return
    turn = 2 * math.pi * share
    end = f"{round(x + r * math.sin(turn))} {round(y - r * math.cos(turn))}"
    large = int(share > 0.5)  # noqa: PLR2004 - half a turn
    yield f'<path d="M{x} {y - r}A{r} {r} 0 {large} 1 {end}" stroke-linecap="butt" {look}/>'
