"""A briefing of a page other than the overview: its map, its sentences, its tables on one sheet.

What a page says is gathered as a `PageView`, by the page's own builders; here it is laid out, and
`pageview.typ` sets it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Final

from dashboard.briefing.captions import MapBoard, Sizes, label_areas, label_grids, label_roads
from dashboard.briefing.drawing import PALETTE, Disc, Pen
from dashboard.briefing.formats import GAP_PT, PEN_SHARE, VIEW_FORMATS, Format
from dashboard.briefing.kinds import Kind, Order
from dashboard.briefing.land import Land, read_land
from dashboard.briefing.look import part_of
from dashboard.briefing.marks import Marks
from dashboard.briefing.other_pages.as_report import report_of
from dashboard.briefing.other_pages.blocks import Block
from dashboard.briefing.other_pages.overlays import CLEAR, number_dots, overlay_of
from dashboard.briefing.page import (
    Made,
    Page,
    board_of,
    document,
    facts_of,
    footer_of,
    frame_of,
    joined,
    legend_of,
    lines_legend,
    map_of,
    nothing_to_draw,
    place_of,
)
from dashboard.briefing.press import press
from dashboard.briefing.runs import runs_of
from dashboard.briefing.writing import OFFICE, written
from dashboard.maps import Legend, MapState
from dashboard.services.territory import Scope
from dashboard.state import PageState
from geo.layers import LAYERS
from geo.papers.drawing import View, look
from geo.papers.wording import clean
from geo.words import _

STRIP_SHARE: Final = 0.46
"""The line that says what was asked is lower than the strip of figures of a view."""

MAP_SHARE: Final = 0.86
"""Of a view's map above its words: the pages have more tables."""

EMPTY: Final = ("", "transparent")


def _as_read(land: Land) -> Land:
    return land


@dataclass(frozen=True, kw_only=True)
class PageView:
    """What a page shows.

    Attributes
    ----------
    scope
        Whose map it is: the grids drawn are those of its plans.
    name
        What the page or its open part is called.
    sub
        A remark above the title, such as the period.
    asked
        What the reader chose: name and value.
    shown
        What the map shows; None for a page without one.
    blocks
        Beside the map, the most important first; Markdown.
    notes
        What was left out, and why.
    columns
        Of blocks, on a page without a map.
    placed
        Puts buildings into the grids drawn, where these are not those in force.
    """

    scope: Scope
    name: str
    shown: MapState | None
    blocks: list[Block]
    sub: str = ""
    asked: tuple[tuple[str, str], ...] = ()
    notes: tuple[str, ...] = ()
    columns: int = 1
    placed: Callable[[Land], Land] = field(default=_as_read)


def kind_of(
    label: str, view_of: Callable[[Order], PageView], stamp: Callable[[Order], str]
) -> Kind:
    """Make a kind of briefing of a page.

    Parameters
    ----------
    label
        Message id of its name.
    view_of
        Gathers what the page shows.
    stamp
        As in `Kind`.
    """

    def body(order: Order) -> bytes:
        view = view_of(order)
        if order.ending in OFFICE:
            page = document_of(view, VIEW_FORMATS["slide"], order.made, order.state)
            return written(report_of(page), order)
        # Tables alone may run over several pages, a picture may not.
        flows = order.ending == "pdf" and view.shown is None and view.columns == 1
        made = {**document_of(view, order.form, order.made, order.state), "flows": flows}
        return press(made, order.made.at, order.ending, order.form.ppi, template="pageview")

    def title(order: Order) -> str:
        return _("{place} {about} briefing", place=place_of(order.scope), about=_(label))

    return Kind(label, VIEW_FORMATS, ("png", "pdf", *OFFICE), body, title, stamp=stamp)


# -------------------------------------------------------------------------------- the document


def document_of(view: PageView, form: Format, made: Made, asked: PageState) -> Page:
    """Compose what `pageview.typ` sets, as plain data: words, numbers, SVG.

    Parameters
    ----------
    view
        What the page shows.
    form
        One of `dashboard.briefing.formats.VIEW_FORMATS`.
    made
        Who makes it, and when.
    asked
        May say where the page's map looks.
    """
    fitted = _fitted(form, view)
    title = _("{place}: {indicator}", place=place_of(view.scope), indicator=view.name)
    drawn = _drawn(view, fitted, asked)
    sub = [clean(f"{view.scope.street.place} {view.scope.street.name}"), clean(view.sub)]
    return document(
        fitted,
        title,
        made,
        {
            "heading": {
                "title": title,
                "sub": sub,
                "facts": facts_of(view.scope, made, drawn.scale),
            },
            "asked": [{"label": clean(name), "value": clean(value)} for name, value in view.asked],
            "map": drawn.map,
            "legends": drawn.legends,
            "blocks": [block.json() for block in view.blocks],
            "columns": view.columns,
            "notes": [runs_of(note) for note in (*drawn.notes, *view.notes)],
            "left_out": _("No room here for: {names}.", names="\u0001"),
            "separator": _(", "),
            "footer": footer_of(view.scope, made, schematic=drawn.schematic),
        },
    )


def _fitted(form: Format, view: PageView) -> Format:
    """Give the page's map and words the room a view's figures would take."""
    strip = form.strip * STRIP_SHARE if view.asked else 0.0
    if view.shown is None:
        return replace(form, strip=strip, legend=-GAP_PT, map_w=0.0, map_h=-GAP_PT)
    if form.arrange == "across":
        freed = form.strip - strip + (0.0 if strip else GAP_PT)
        return replace(form, strip=strip, map_h=form.map_h + freed)
    return replace(form, strip=strip, map_h=form.map_h * MAP_SHARE)


@dataclass(frozen=True)
class Drawn:
    """A map with all that explains it."""

    map: Page | None = None
    legends: list[Page] = field(default_factory=list)
    notes: tuple[str, ...] = ()
    scale: int | None = None
    schematic: bool = False


def _drawn(view: PageView, form: Format, asked: PageState) -> Drawn:
    shown = view.shown
    if shown is None:
        return Drawn()
    land = read_land(view.scope)
    if land is None:
        return Drawn(nothing_to_draw(form), [])
    land = view.placed(land)
    frame = frame_of(land, form, part_of(asked, land.terrain.crs, land.terrain.bounds))
    seen = look(land.terrain, frame)
    pen = Pen(form.text * PEN_SHARE, hatch_lowest=_below(shown))
    board = board_of(seen, pen)
    overlay = overlay_of(land, seen, shown, form.text)
    marks, legend = _facilities(land, seen, shown, form.text, lettered=bool(overlay.dots))
    dots = [*marks, *overlay.dots]
    number_dots(board, dots)
    if shown.labels:
        _words(land, seen, board, shown, form)
    colours = [
        _legend(one, hatch_lowest=pen.hatch_lowest and place == 0)
        for place, one in enumerate(shown.legends)
        if one.title != _("Facilities")
    ]
    return Drawn(
        map_of(land, seen, shown, board, dots, pen, overlay.over),
        [*colours, *legend, lines_legend(land, shown)],
        _undrawn(shown),
        frame.scale if form.round_scale else None,
        land.schematic,
    )


def _below(shown: MapState) -> bool:
    """Tell whether some grid is below a norm: that is hatched, as it is as dark as far above."""
    tint = shown.choropleth
    return tint is not None and tint.colors[:1] == PALETTE.norm[:1] and 0 in tint.classes.values()


def _words(land: Land, view: View, board: MapBoard, shown: MapState, form: Format) -> None:
    """Label the map: the grids first, roads and places where room is left."""
    sizes = Sizes(grid=form.text, road=form.text * 0.72, place=form.text * 0.66)
    label_grids(land, view, board, shown.grid_labels, sizes)
    label_roads(land, view, board, sizes.road)
    label_areas(land, view, board, sizes.place, land.grid_names)


def _facilities(
    land: Land, view: View, shown: MapState, text_pt: float, *, lettered: bool
) -> tuple[list[Disc], list[Page]]:
    """Mark the facilities the page shows: with letters where numbers mean something else."""
    if "facility" not in shown.layers:
        return [], []
    kinds = tuple(filter(None, shown.filters.get("kind", "").split(",")))
    found = Marks(land, view, kinds, text_pt)
    legend = found.legend()
    if legend is None:
        return [], []
    single = len(found.kinds) == 1

    def sign(number: str) -> str:
        return "" if single else chr(ord("A") + int(number) - 1) if lettered else number

    rows = [{**row, "mark": sign(str(row["mark"]))} for row in legend["rows"]]  # type: ignore[attr-defined]  # a list
    discs = [replace(disc, number=sign(disc.number)) for disc in found.discs]
    return discs, [{**legend, "rows": rows}]


def _legend(legend: Legend, *, hatch_lowest: bool) -> Page:
    """Take over a legend; what is not filled is white on paper."""
    made = legend_of(legend, hatch_lowest=hatch_lowest)
    rows = [
        {**row, "color": CLEAR if row["color"] in EMPTY and "fill" in row["sign"] else row["color"]}
        for row in made["rows"]
    ]
    return {**made, "rows": rows}


def _undrawn(shown: MapState) -> tuple[str, ...]:
    left = [_(LAYERS[key].label) for key in shown.layers if key in LAYERS and key != "facility"]
    return (_("Not drawn here: {layers}.", layers=joined(left)),) if left else ()
