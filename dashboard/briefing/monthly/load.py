"""Load and norms in a monthly report: the map of the load, who carries most, what breaks a norm."""

from __future__ import annotations

from typing import Final

from dashboard import figures, load_map, load_rows, norm_lines, verdicts, wording
from dashboard.briefing.drawing import PALETTE
from dashboard.briefing.monthly.maps import Atlas
from dashboard.briefing.monthly.words import Told, joined, n_of, said, table_of
from dashboard.briefing.report import Block, Chart, Section, Series, Table
from dashboard.norm_lines import Account
from dashboard.services import weighing
from dashboard.state import DEFAULT
from geo.indicators import INDICATORS
from geo.words import _

MOST_ROWS: Final = 80
"""Grids listed by their load, the most loaded first; a street may have hundreds."""

MOST_BARS: Final = 24
"""More areas than this are not drawn as bars: the table has them all."""


# -------------------------------------------------------------------------------------- load


def load(told: Told, atlas: Atlas) -> Section:
    """Return the section about the load."""
    made = told.load
    state = load_map.map_state(told.found.scope, told.picture.grids, DEFAULT, made)
    people = weighing.people(told.found.scope)
    shared = load_rows.shared(told.picture.grids, people)
    sentences = [load_rows.verdict(made), *load_rows.balance_sentences(shared)]
    if not made.order:
        sentences = [_("{n} grids: no load can be told of any.", n=n_of(len(made.picture.areas)))]
    blocks: list[Block] = [atlas.plate(_("Map of the load"), state)]
    if made.order:
        blocks.append(_load_table(told))
    return Section(_("Load of the grids"), said(*sentences), tuple(blocks))


def _load_table(told: Told) -> Table:
    """Set the grids against each other, the most loaded first."""
    keys = ("households", "care_elderly", "tickets", "tickets_open", "visits_due", "workload_hours")
    made, picture = told.load, told.load.picture
    rest = len(made.order) - MOST_ROWS
    rows = []
    for area in made.order[:MOST_ROWS]:
        place = made.place(area)
        cells = [wording.number(key, picture.figure(key, area.id).value) for key in keys]
        score = load_rows.score_text(made.score(area))
        rows.append((area.label, score, load_rows.rank_text(made.ranges, place), *cells))
    heads = (_("Grid"), _("Load"), _("Rank"), *(_(INDICATORS[key].label) for key in keys))
    return Table(
        _("Load by grid"),
        heads,
        tuple(rows),
        (False, *[True] * (len(heads) - 1)),
        joined(
            _("Load: weighted sum of standard deviations from the mean of the grids; 0 is it."),
            _("{n} more grids are not listed.", n=rest) if rest > 0 else "",
            load_rows.told(made),
            load_rows.sampling_text(),
        ),
    )


# ------------------------------------------------------------------------------------- norms


def norms(told: Told) -> Section:
    """Return the section about norms."""
    scope, picture = told.found.scope, told.picture
    rules = weighing.norms(scope)
    accounts = norm_lines.accounts(scope, picture, rules)
    if scope.community is None:
        return Section(
            _("Norms"),
            said(*_street(accounts)),
            (table_of(_("Communities against their norms"), norm_lines.communities(accounts)),),
        )
    account = accounts[0]
    sentences = [_line(one) for one in norm_lines.lines(account)]
    sentences += [_counted(told), norm_lines.unstaffed(picture, weighing.people(scope))]
    return Section(
        _("Norms"),
        said(*sentences) or said(_none(account)),
        tuple(_community(told, account)),
    )


def _line(line: norm_lines.Line) -> str:
    return _(
        "**{title}** (norm {norm}): {arithmetic}",
        title=line.title,
        norm=line.norm,
        arithmetic=_ended(norm_lines.arithmetic(line)),
    )


def _ended(text: str) -> str:
    return text if text.endswith(("。", ".")) else text + _(".")


def _none(account: Account) -> str:
    return _("{n} grids, and no households on record to hold against a norm.", n=account.grids)


def _counted(told: Told) -> str:
    """Count the grids outside the norm of their size, and name the worst."""
    norm = told.picture.norms["grid_households"]
    values = [told.picture.figure("households", area.id).value for area in told.picture.areas]
    known = [value for value in values if figures.known(value)]
    if not known:
        return ""
    above = sum(norm.verdict(value) == "above" for value in known)
    below = sum(norm.verdict(value) == "below" for value in known)
    first = _(
        "Of {n} grids **{above}** are above the norm of {range} households, {below} below it.",
        n=len(known),
        above=above,
        below=below,
        range=figures.bounds(norm.low, norm.high),
    )
    over = verdicts.over_ceiling(told.picture)[:3]
    worst = [
        _(
            "{name}: {n} households, **{times} times** the ceiling.",
            name=load_rows.name(area),
            n=n_of(value),
            times=figures.decimal(value / norm.high),
        )
        for area, value in over
        if norm.high
    ]
    return joined(first, *worst)


def _community(told: Told, account: Account) -> list[Block]:
    scope, picture = told.found.scope, told.picture
    if not picture.areas:
        empty = _("There are no grids yet: nothing to compare.")
        return [Table(_("Grids against the norms"), (_("Grid"),), (), (False,), empty=empty)]
    people = weighing.people(scope)
    found: list[Block] = [*_bars(told)]
    grids = norm_lines.grids(picture, account.norms)
    found.append(table_of(_("Grids against the norms"), grids, told.withheld))
    if people:
        workers = norm_lines.workers(picture, people, account.norms)
        note = _("Numbers stand for people; nobody is named here.")
        found.append(table_of(_("Workers against the norm"), workers, note=note))
    return found


def _bars(told: Told) -> list[Chart]:
    """Draw the households of the grids against the norm."""
    picture, norm = told.picture, told.picture.norms["grid_households"]
    areas = picture.areas
    values = [picture.figure("households", area.id).value for area in areas]
    if len(areas) > MOST_BARS or not any(map(figures.known, values)):
        return []
    band = (norm.low or 0.0, norm.high) if norm.high is not None else None
    series = Series(_("Households"), tuple(values), PALETTE.plain_bar)
    return [
        Chart(
            _("Households per grid"),
            "bars",
            _("households"),
            tuple(area.label for area in areas),
            (series,),
            band,
            tuple(map(n_of, values)),
            _("Green: the norm, {range}.", range=figures.bounds(norm.low, norm.high)),
        )
    ]


def _street(accounts: list[Account]) -> list[str]:
    """Count what breaks a norm in a street."""
    grids = sum(one.grids for one in accounts)
    if not grids:
        return [_("{n} communities, 0 grids: nothing to hold against a norm.", n=len(accounts))]
    over = sum(one.over for one in accounts)
    missing = sum(one.hands.missing for one in accounts if one.hands)
    add = sum(one.sizes.to_add for one in accounts if one.sizes)
    return [
        _(
            "Of {n} grids in {communities} communities **{over}** are above the ceiling of "
            "households.",
            n=n_of(grids),
            communities=len(accounts),
            over=n_of(over),
        ),
        _(
            "To keep to the norms, **{add} grids** and **{missing} workers** are lacking in all.",
            add=n_of(add),
            missing=n_of(missing),
        ),
    ]
