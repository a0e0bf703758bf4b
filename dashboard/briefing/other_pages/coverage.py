"""Briefings of the page about workload and coverage: one for each of its parts.

The parts about visits, party contact and services are in `dashboard.briefing.other_pages.homes`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final

from dashboard import (
    load_map,
    load_rows,
    norm_lines,
    picture_map,
    state,
    trend_rows,
    wording,
)
from dashboard.briefing.kinds import Order
from dashboard.briefing.other_pages.blocks import (
    Block,
    Curves,
    of_areas,
    of_breakdown,
    of_frame,
    of_months,
    quiet,
    said,
)
from dashboard.briefing.other_pages.content import PageView, kind_of
from dashboard.briefing.other_pages.homes import party, services, visits
from dashboard.briefing.other_pages.words import no_figures, no_grids, period_words
from dashboard.load_rows import Load
from dashboard.norm_lines import Line
from dashboard.services import overview, trending, weighing
from dashboard.services.overview import Picture
from dashboard.services.territory import Scope
from dashboard.services.weighing import Norms
from dashboard.state import PageState
from geo.errors import N_
from geo.indicators import INDICATORS
from geo.words import _

# -------------------------------------------------------------------------------------- norms


def norms(scope: Scope, asked: PageState) -> PageView:
    """Gather the part about norms: the map of households, every norm with its arithmetic."""
    picture = overview.picture(scope, asked.period)
    shown = replace(
        asked,
        ind="households",
        mode="indicator",
        pick=None,
        layers=tuple(one for one in asked.layers if one in ("facility", "label")),
    )
    classes = picture_map.classes(scope, picture.grids, shown.ind)
    in_force = weighing.norms(scope)
    if scope.community is None:
        blocks = _street_norms(scope, picture, in_force)
    else:
        blocks = _community_norms(scope, picture, in_force[scope.community.id], asked)
    return PageView(
        scope=scope,
        name=_("Norms kept and broken"),
        sub=period_words(picture.period),
        shown=picture_map.map_state(scope, picture.grids, shown, classes, {}),
        blocks=blocks,
    )


def _norm_block(line: Line) -> list[Block]:
    return [
        *said(norm_lines.headline(line), norm_lines.arithmetic(line)),
        *quiet(norm_lines.standing_on(line)),
    ]


def _community_norms(scope: Scope, picture: Picture, norms: Norms, asked: PageState) -> list[Block]:
    accounts = norm_lines.accounts(scope, picture, weighing.norms(scope))
    made = norm_lines.lines(accounts[0])
    blocks = [block for line in made for block in _norm_block(line)]
    if not made:
        blocks = said(no_figures(_("Households")))
    if not picture.areas:
        return [*blocks, *said(no_grids())]
    chosen, people = picture.area(asked.grid), weighing.people(scope)
    if chosen is not None:
        blocks += said(norm_lines.grid_sentence(picture, norms, chosen))
    blocks.append(of_areas(_("Every grid"), norm_lines.grids(picture, norms), chosen=asked.grid))
    if people:
        table = norm_lines.workers(picture, people, norms)
        blocks.append(of_areas(_("Every worker"), table, hint=_("numbers, not names")))
        blocks += quiet(norm_lines.unstaffed(picture, people))
    return blocks


def _street_norms(scope: Scope, picture: Picture, in_force: Mapping[int, Norms]) -> list[Block]:
    found = norm_lines.accounts(scope, picture, in_force)
    title = _("Communities against the norms")
    blocks: list[Block] = [of_areas(title, norm_lines.communities(found))]
    for account in found:
        lines = [norm_lines.arithmetic(line) for line in norm_lines.lines(account)]
        blocks += said(*lines, heading=wording.plain(account.community.name))
    return blocks


# --------------------------------------------------------------------------------------- load


def load(scope: Scope, asked: PageState) -> PageView:
    """Gather the part about the workload."""
    known = asked if asked.term in load_rows.choices() else state.with_default(asked, "term")
    picture = overview.picture(scope, known.period)
    ground = load_rows.load(picture.grids, known.scale)
    made = ground if picture.of_grids else load_rows.load(picture, known.scale)
    return PageView(
        scope=scope,
        name=_("Workload"),
        sub=period_words(picture.period),
        asked=(
            (_("Colour grids by"), load_rows.choices()[known.term]),
            (_("Terms made comparable by"), wording.word(load_rows.SCALE_NAMES, known.scale)),
        ),
        shown=load_map.map_state(scope, picture.grids, known, ground),
        blocks=_load_blocks(scope, made, known),
    )


def _load_blocks(scope: Scope, made: Load, asked: PageState) -> list[Block]:
    if not made.order:
        return said(no_figures(_("Workload")))
    shared = load_rows.shared(made.picture.grids, weighing.people(scope))
    even = load_rows.balance_sentences(shared)
    area = made.picture.area(asked.grid) or made.order[0]
    heading = _("{name}: what the load is made of", name=area.label)
    return [
        *said(load_rows.verdict(made), *even[:1]),
        of_breakdown(heading, load_rows.breakdown(made, area)),
        *quiet(load_rows.told(made)),
        of_areas(_("Measured terms"), load_rows.table(made), chosen=asked.grid),
        *quiet(load_rows.sampling_text()),
        of_frame(_("How evenly it is shared out"), load_rows.balance_frame(shared)),
        *said(*even[1:]),
        Curves(_("Lorenz curves"), tuple(load_rows.curves(shared)), dict(load_rows.curve_axes())),
    ]


# ------------------------------------------------------------------------------------- trends


def trends(scope: Scope, asked: PageState) -> PageView:
    """Gather the part about trends; it has no map."""
    indicator = asked.ind if asked.ind in trending.kept() else "tickets"
    trend = trending.trend(scope, indicator)
    norm = overview.picture(scope, asked.period).norms["small_denominator"]
    position, label = trend.position(asked.month), _(INDICATORS[indicator].label)
    blocks: list[Block]
    if any(figure.value is not None for figure in trend.total):
        month, of_grids = trend.months[position].key, scope.community is not None
        heading = _("By grid, {month}") if of_grids else _("By community, {month}")
        names = (_("this year"), _("the same month a year before"))
        table = trend_rows.table(trend, position, norm, of_grids=of_grids)
        blocks = [
            *said(trend_rows.verdict(trend, position, norm)),
            of_months(label, trend_rows.months(trend, norm), names, month),
            *quiet(
                _(INDICATORS[indicator].formula),
                _(
                    "Each month is counted on the grid plan in force then. "
                    "The hatched month is not over."
                ),
            ),
            of_frame(_("By month"), trend_rows.months_frame(trend, norm)),
            of_areas(heading.format(month=month), table, chosen=asked.grid),
        ]
    else:
        blocks = said(no_figures(label))
    return PageView(
        scope=scope,
        name=_("Trends"),
        asked=((_("Indicator"), label), (_("Month"), trend.months[position].key)),
        shown=None,
        blocks=blocks,
        columns=2,
    )


PARTS: Final[dict[str, Callable[[Scope, PageState], PageView]]] = {
    "norms": norms,
    "load": load,
    "visits": visits,
    "party": party,
    "services": services,
    "trends": trends,
}
"""One for each of `dashboard.state.VIEWS`."""


def _stamp(order: Order) -> str:
    return f"{order.state.view}-{order.state.period}"


KIND: Final = kind_of(
    N_("Workload & coverage"),
    lambda order: PARTS[order.state.view](order.scope, order.state),
    _stamp,
)
