"""The drawings of a plan: one sheet of the community, one page per grid."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import shapely

from geo.errors import N_, RequestError
from geo.papers.captions import label_community, label_grid, label_nothing
from geo.papers.drawing import HATCHED, STATES, look, svg_of
from geo.papers.forms import (
    community_facts,
    footer,
    grid_facts,
    grid_table,
    heading,
    signatures,
)
from geo.papers.frame import Frame, bar_m, fit
from geo.papers.labels import Board
from geo.papers.model import PlanPaper
from geo.papers.press import press
from geo.papers.sides import bounds_in_words
from geo.papers.terrain import Shapes, Terrain, survey
from geo.papers.wording import clean, count
from geo.schema import HOUSEHOLD_STATES
from geo.words import _, language

Page = dict[str, Any]
Box = tuple[float, float, float, float]

GRID_MARGIN_MM = 11.0
"""Ground beside a grid, for its neighbours' names."""

COMMUNITY_MARGIN_MM = 5.0

BESIDE = 45
"""So many grids are listed beside the community's map; more have pages of their own …"""

LIST_ROWS, LIST_COLUMNS = 48, 3
"""… of so many rows and columns."""

ARROW_MM = (9.0, 15.0)
OWN_WEIGHT = 10.0
"""The arrow hides a neighbour rather than the grid itself."""

_INSET_MM = 2.0


@dataclass(frozen=True)
class Format:
    """A sheet of paper and the map on it, mm; `paper.typ` fits the rest around it.

    Attributes
    ----------
    key
        Which arrangement of `paper.typ`.
    width_mm, height_mm
        The sheet.
    map_w_mm, map_h_mm
        The map.
    """

    key: str
    width_mm: float
    height_mm: float
    map_w_mm: float
    map_h_mm: float


UPRIGHT = Format("upright", 210, 297, 182, 170)
ACROSS = Format("across", 297, 210, 187, 147)
COMMUNITY = Format("community", 420, 297, 276, 234)
COMMUNITY_WIDE = Format("wide", 420, 297, 392, 234)
LIST = Format("list", 420, 297, 0, 0)

NOWHERE = Frame(1.0, 1.0, 1_000, 0.0, 0.0)


def drawings_pdf(paper: PlanPaper, grid_codes: Sequence[str] | None = None) -> bytes:
    """Draw a plan: the community's sheet first, then a page per grid.

    Parameters
    ----------
    paper : PlanPaper
        Shapes in EPSG:4326.
    grid_codes
        Only the pages of these grids, in this order; None for everything.

    Returns
    -------
    bytes
        A PDF (A3 and A4 sheets) in the language of this context. The same paper gives the same
        bytes.

    Raises
    ------
    RequestError
        If the plan has no grid with one of the codes.
    WanggeError
        If there is no Chinese font to print with, or the pages cannot be set.
    """
    return press(document_of(paper, grid_codes), paper.made_at)


def document_of(paper: PlanPaper, grid_codes: Sequence[str] | None = None) -> Page:
    """Compose what `paper.typ` sets, as plain data: words, numbers, SVG."""
    wanted = _positions(paper, grid_codes)
    terrain = survey(paper)
    bounds = bounds_in_words(paper, terrain, wanted, whole_codes=False)
    pages = [] if grid_codes is not None else _community_pages(paper, terrain)
    pages += [_grid_page(paper, terrain, grid, bounds[grid]) for grid in wanted]
    return {
        "title": _(
            "{community}: drawings of grid plan {plan}",
            community=clean(paper.community),
            plan=clean(paper.plan),
        ),
        "author": clean(paper.made_by),
        "lang": language(),
        "badge": _("SCHEMATIC") if paper.schematic else "",
        "watermark": {"draft": _("DRAFT"), "retired": _("NO LONGER IN FORCE")}.get(paper.state, ""),
        "footer": footer(paper, terrain),
        "pages": pages,
    }


def _positions(paper: PlanPaper, grid_codes: Sequence[str] | None) -> list[int]:
    """Find the grids asked for."""
    if grid_codes is None:
        return list(range(len(paper.grids)))
    known = {sheet.code: place for place, sheet in enumerate(paper.grids)}
    unknown = [code for code in grid_codes if code not in known]
    if unknown:
        raise RequestError(N_("There is no grid {code} in this plan."), code=unknown[0])
    return [known[code] for code in grid_codes]


# --------------------------------------------------------------------------------------- pages


def _grid_page(
    paper: PlanPaper, terrain: Terrain | None, grid: int, bounds: dict[str, str]
) -> Page:
    sheet = paper.grids[grid]
    form, frame = _grid_frame(terrain, grid)
    drawn = _empty_map(form) if terrain is None else _grid_map(paper, terrain, grid, frame)
    return {
        **_sheet(form, drawn, frame),
        "heading": heading(paper, sheet),
        "facts": grid_facts(paper, sheet, bounds),
        "legend": _legend(paper, grid),
        "signatures": signatures(paper),
    }


def _grid_frame(terrain: Terrain | None, grid: int) -> tuple[Format, Frame]:
    """Choose upright or across: whichever allows the larger scale, then whichever suits better."""
    if terrain is None:
        return UPRIGHT, NOWHERE
    shape = terrain.grids[grid]
    bounds = terrain.bounds if shape.is_empty else shape.bounds
    frames = [
        (form, fit(bounds, form.map_w_mm, form.map_h_mm, GRID_MARGIN_MM))
        for form in (UPRIGHT, ACROSS)
    ]
    wide = bounds[2] - bounds[0] > bounds[3] - bounds[1]
    return min(frames, key=lambda pair: (pair[1].scale, (pair[0] is ACROSS) != wide))


def _grid_map(paper: PlanPaper, terrain: Terrain, grid: int, frame: Frame) -> Page:
    view = look(terrain, frame)
    board = Board(frame.width_mm, frame.height_mm)
    weights = np.where(np.arange(len(view.grids)) == grid, OWN_WEIGHT, 1.0)
    arrow = _corner(board, view.grids, weights)
    label_grid(paper, terrain, view, board, grid)
    return _map(board, arrow, svg_of(paper, terrain, view, grid, arrow))


def _community_pages(paper: PlanPaper, terrain: Terrain | None) -> list[Page]:
    beside = len(paper.grids) <= BESIDE
    form = COMMUNITY if beside else COMMUNITY_WIDE
    frame = NOWHERE
    drawn = _empty_map(form)
    if terrain is not None:
        frame = fit(terrain.bounds, form.map_w_mm, form.map_h_mm, COMMUNITY_MARGIN_MM)
        drawn = _community_map(paper, terrain, frame)
    first = {
        **_sheet(form, drawn, frame),
        "heading": heading(paper, None),
        "facts": community_facts(paper),
        "table": grid_table(paper, 0, len(paper.grids)) if beside else None,
        "legend": _legend(paper, None),
        "signatures": signatures(paper),
    }
    return [first] if beside else [first, *_list_pages(paper)]


def _community_map(paper: PlanPaper, terrain: Terrain, frame: Frame) -> Page:
    view = look(terrain, frame)
    board = Board(frame.width_mm, frame.height_mm)
    arrow = _corner(board, view.grids, 1.0)
    label_community(paper, view, board)
    return _map(board, arrow, svg_of(paper, terrain, view, None, arrow))


def _list_pages(paper: PlanPaper) -> list[Page]:
    """List many grids on sheets of their own, several columns each."""
    starts = range(0, len(paper.grids), LIST_ROWS)
    tables = [grid_table(paper, start, start + LIST_ROWS) for start in starts]
    return [
        {
            **_paper(LIST),
            "heading": heading(paper, None),
            "facts": community_facts(paper),
            "tables": tables[first : first + LIST_COLUMNS],
            "signatures": signatures(paper),
        }
        for first in range(0, len(tables), LIST_COLUMNS)
    ]


# -------------------------------------------------------------------------------------- pieces


def _paper(form: Format) -> Page:
    return {"form": form.key, "width": form.width_mm, "height": form.height_mm}


def _sheet(form: Format, drawn: Page, frame: Frame) -> Page:
    return {
        **_paper(form),
        "map": {"width": form.map_w_mm, "height": form.map_h_mm, **drawn},
        "scale": None if frame is NOWHERE else _scale(frame),
    }


def _map(board: Board, arrow: Box, svg: str) -> Page:
    north = {"x": (arrow[0] + arrow[2]) / 2, "y": arrow[3] - 2.2, "text": _("N")}
    labels = [asdict(label) for label in board.labels]
    return {"svg": svg, "labels": labels, "north": north, "alt": _("Map of the grid plan")}


def _empty_map(form: Format) -> Page:
    board = Board(form.map_w_mm, form.map_h_mm)
    label_nothing(board, _("There is nothing to draw yet: no boundary, no grids, no buildings."))
    labels = [asdict(label) for label in board.labels]
    return {"svg": "", "labels": labels, "north": None, "alt": ""}


def _corner(board: Board, shapes: Shapes, weights: Any) -> Box:
    """Choose the corner for the north arrow that hides least, and keep it free of words.

    Parameters
    ----------
    board
        The map.
    shapes, weights : arrays of (n,)
        What is on it, mm, and how much hiding it matters.
    """
    wide, high = ARROW_MM
    right, low = board.width_mm - _INSET_MM - wide, board.height_mm - _INSET_MM - high
    boxes = [(x, y, x + wide, y + high) for y in (_INSET_MM, low) for x in (right, _INSET_MM)]
    hidden = [
        round(float((shapely.area(shapely.clip_by_rect(shapes, *box)) * weights).sum()), 1)
        for box in boxes
    ]
    best = boxes[hidden.index(min(hidden))]
    board.reserve(best)
    return best


def _scale(frame: Frame) -> Page:
    """Say the scale, and how long its bar is."""
    length_m = bar_m(frame.scale)
    return {
        "text": _("Scale 1:{n}", n=count(frame.scale)),
        "bar": length_m * frame.mm_per_m,
        "ticks": ["0", count(length_m // 2), _("{n} m", n=count(length_m))],
    }


def _legend(paper: PlanPaper, grid: int | None) -> Page:
    """Explain colours, with how many buildings have them, and lines."""
    shown = [o for o in paper.buildings if grid is None or o.grid == grid]
    counts = Counter(o.dominant if o.dominant in STATES else "none" for o in shown)
    words = {**HOUSEHOLD_STATES, "none": N_("No dwellings")}
    if not paper.counted:
        words = {"none": N_("Buildings")}
    states = [
        {"sign": "hatch" if state == HATCHED else "fill", "color": STATES[state]}
        | {"text": _(text), "count": count(counts[state])}
        for state, text in words.items()
    ]
    lines = [("border", _("Border of this grid")), ("neighbour", _("Neighbouring grid"))]
    if grid is None:
        lines = [("grid", _("Border of a grid"))]
    if paper.boundary is not None:
        lines.append(("edge", _("Community boundary")))
    title = _("Colour of a building: what most of its dwellings are (number of buildings)")
    return {
        "title": title if paper.counted else _("No dwellings are on record."),
        "entries": [
            *states,
            *({"sign": sign, "color": "", "text": text, "count": ""} for sign, text in lines),
        ],
    }
