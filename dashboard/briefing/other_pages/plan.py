"""Briefings of the pages about plans: the one drawn, two compared, the staff on its grids.

People are numbers here, and what somebody wrote to sign an exception is not told.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final

import numpy as np

from dashboard import figures, plan_compare_map, plan_map, plan_rows, plan_staff, theme, wording
from dashboard.briefing.kinds import Kind, Order
from dashboard.briefing.land import NO_GRID, Land
from dashboard.briefing.other_pages.blocks import Block, Cell, Table, of_frame, quiet, said
from dashboard.briefing.other_pages.content import PageView, kind_of
from dashboard.briefing.other_pages.overlays import CLEAR
from dashboard.maps import BuildingClasses, Focus, MapState
from dashboard.parts.check_list import CheckRow
from dashboard.parts.plan_list import TargetRow
from dashboard.plan_map import Hand
from dashboard.services import comparing, planning, rostering, territory
from dashboard.services.comparing import Sides
from dashboard.services.planning import Desk
from dashboard.services.rostering import Row
from dashboard.services.territory import Scope
from dashboard.state import PageState
from geo.errors import N_
from geo.papers.wording import minute
from geo.words import _

OUT: Final = 1
"""Class of a building in no grid, where only those are painted."""


def _community(scope: Scope, asked: PageState) -> tuple[Scope, int]:
    """Return one community: of a whole street the first, as the pages about plans do."""
    if scope.community is not None:
        return scope, scope.community.id
    first = scope.communities[0]
    found = territory.resolve(replace(asked, community=first.code)) or scope
    return found, first.id


def _of_plan(scope: Scope, desk: Desk) -> Scope:
    """Return the scope whose grids are those of a plan."""
    if scope.community is None:
        return scope
    return replace(scope, community=replace(scope.community, plan_id=desk.plan.id))


def _placed(desk: Desk) -> Callable[[Land], Land]:
    """Put each building into its grid of the plan on the table."""
    ids = np.array([*(one.id for one in desk.plan.grids), NO_GRID])
    held = dict(zip(desk.land.ids.tolist(), ids[desk.plan.grid].tolist(), strict=True))

    def placed(land: Land) -> Land:
        grids = land.buildings["id"].map(held).fillna(NO_GRID).astype("int64")
        return replace(land, buildings=land.buildings.assign(grid_id=grids))

    return placed


def _which(desk: Desk) -> tuple[str, str]:
    return _("Plan"), plan_rows.plan_names(desk.plans)[str(desk.plan.id)]


def _nothing(scope: Scope, name: str, sentence: str) -> PageView:
    """Show the ground alone, and say why there is no more."""
    shown = MapState(
        community=scope.community.code if scope.community else "",
        community_name=scope.community.name if scope.community else "",
        bounds_lon_lat=scope.bounds or (73.5, 18.0, 135.0, 53.6),
        boundary_urls=[],
        grids_urls=[],
        version=scope.edition.version,
        building_mode="plain",
    )
    return PageView(scope=scope, name=name, shown=shown, blocks=said(sentence))


# ------------------------------------------------------------------------------------ the plan


def plan(scope: Scope, asked: PageState) -> PageView:
    """Gather the plan on the table: its grids, targets and checks."""
    scope, community_id = _community(scope, asked)
    desk, name = planning.desk(community_id, asked.plan), _("Grid plan")
    if desk is None:
        return _nothing(scope, name, _("This community has no plan of grids yet."))
    shown = plan_map.map_state(scope, desk, Hand(), None, version=desk.version)
    return PageView(
        scope=_of_plan(scope, desk),
        name=name,
        asked=(_which(desk),),
        shown=_with_out(replace(shown, draft=None, focus=Focus()), desk),
        blocks=[
            *said(plan_rows.facts_line(desk, _based_on(desk), minute)),
            targets(desk),
            *_checks(desk),
        ],
        placed=_placed(desk),
    )


def _based_on(desk: Desk) -> str:
    names = {row["id"]: row["name"] for row in desk.plans}
    return str(names.get(desk.plan.based_on_id, ""))


def _with_out(shown: MapState, desk: Desk) -> MapState:
    """Paint the buildings in no grid, as drawing on the page does."""
    out = desk.land.ids[desk.plan.grid < 0].tolist()
    if not out:
        return shown
    colors = (CLEAR, theme.palette().tickets["overdue"])
    return replace(shown, building_classes=BuildingClasses(dict.fromkeys(out, OUT), colors))


def targets(desk: Desk) -> Table:
    """List the grids against the norm, what is in none on top."""
    head, *heads = plan_rows.heads(desk)
    rows = plan_rows.targets(desk)
    top = max((row.value for row in rows), default=0.0) or 1.0
    norm = desk.norms["grid_households"]
    hint = _("norm {range}", range=figures.bounds(norm.low, norm.high)) if desk.counted else ""
    return Table(
        _("Grids"),
        (head, heads[1], heads[2]),
        tuple(_target_cells(row, top) for row in rows),
        hint,
    )


def _target_cells(row: TargetRow, top: float) -> tuple[Cell, ...]:
    plain = wording.plain
    share = row.value / top
    return (
        Cell(plain(row.name)),
        Cell(plain(row.text), share=share, color=row.color, hatched=row.hatched),
        Cell(plain(row.state), row.tone),
    )


def _numbers(desk: Desk) -> dict[int, str]:
    """Return what the staff are called where nobody is named, by id.

    Those who lead or work grids come first: they have the numbers of the table of norms.
    """
    busy = sorted({duty.staff for duty in desk.duties or () if duty.grids})
    others = sorted({row["id"] for row in rostering.staff(desk)} - set(busy))
    return {one: _("No. {n}", n=at) for at, one in enumerate([*busy, *others], 1)}


_TONES: Final = {"incomplete": "bad", "violated": "bad", "warning": "warn", "ok": "good"}


def _checks(desk: Desk) -> list[Block]:
    """List the checks that are not passed; reasons and people stay on the page."""
    found = tuple(replace(one, reason="") for one in desk.findings)
    rows = plan_rows.check_rows(replace(desk, findings=found), _numbers(desk))
    signed = [bool(one.reason) for one in desk.findings]
    told = [
        _check_cells(row, signed=yes)
        for row, yes in zip(rows, signed, strict=True)
        if row.state != "ok"
    ]
    passed = sum(row.state == "ok" for row in rows)
    lines = _("{n} checks passed.", n=figures.integer(passed)) if passed else ""
    if not told:
        return said(lines, heading=_("Checks"))
    head = (_("Finding"), _("Grid or person"), _("State"))
    blocking = len(desk.blocking)
    hint = _("{n} to settle before publishing", n=blocking) if blocking else ""
    return [Table(_("Checks"), head, tuple(told), hint), *quiet(lines)]


def _check_cells(row: CheckRow, *, signed: bool) -> tuple[Cell, ...]:
    plain = wording.plain
    word, tone = (_("Signed"), "muted") if signed else (row.word, _TONES.get(row.state, ""))
    return (Cell(plain(row.text)), Cell(plain(row.who)), Cell(plain(word), tone))


# ------------------------------------------------------------------------------- two plans


def compare(scope: Scope, asked: PageState) -> PageView:
    """Gather two plans side by side: what moves, grid by grid, and the replay of last year."""
    scope, community_id = _community(scope, asked)
    found, name = comparing.sides(community_id, asked.plan, asked.other), _("Two plans compared")
    if found is None:
        return _nothing(scope, name, _("This community has fewer than two plans."))
    names = plan_rows.plan_names(found.second.plans)
    return PageView(
        scope=_of_plan(scope, found.second),
        name=name,
        asked=(_which(found.second), (_("Compared with"), names[str(found.first.id)])),
        shown=_fates(plan_compare_map.map_state(scope, found), found),
        blocks=_compared(found),
        placed=_placed(found.second),
    )


def _fates(shown: MapState, found: Sides) -> MapState:
    """Paint each building by what becomes of it; on the page the tools for drafts do."""
    order = list(plan_compare_map.FATES)
    ids = found.second.land.ids.tolist()
    classes = {one: order.index(fate) for one, fate in zip(ids, found.found.fate, strict=True)}
    colors = theme.palette().fates
    return replace(
        shown,
        choropleth=None,
        draft=None,
        building_mode="plain",
        building_classes=BuildingClasses(classes, colors),
    )


def _compared(found: Sides) -> list[Block]:
    blocks: list[Block] = [
        *said(f"**{plan_rows.moved_line(found.second, found.found)}**"),
        of_frame(_("How even"), plan_rows.balance_table(found.found)),
        of_frame(_("Grids"), plan_rows.comparison_table(found.first, found.second, found.found)),
    ]
    if found.found.flows:
        flows = plan_rows.flow_table(found.first, found.second, found.found)
        blocks.append(of_frame(_("Who moves where"), flows))
    if found.loads:
        norm = found.second.norms["worker_households"]
        table = plan_rows.load_table(found.loads, _numbers(found.second), norm)
        blocks.append(of_frame(_("Staff"), table, hint=_("numbers, not names")))
    return [*blocks, *_replayed(found)]


def _replayed(found: Sides) -> list[Block]:
    """Count last year's tickets again on either plan: a sum for each grid."""
    if not found.second.land.tickets.any():
        return []
    return [
        _year(found, at, comparing.replay(at, found.second, "tickets"))
        for at in (found.second.plan, found.first)
    ]


def _year(found: Sides, at: Any, counted: Any) -> Table:
    numbers = [at.grids[place].number for place in at.used.tolist()]
    months = [f"{month.start:%y-%m}" for month in found.second.land.months]
    return of_frame(
        _("{plan}: tickets of last year", plan=at.name),
        plan_rows.replay_table(numbers, months, counted),
        total=True,
    )


# ------------------------------------------------------------------------------------- staff


def staff(scope: Scope, asked: PageState) -> PageView:
    """Gather the staff on a plan's grids: by worker and by grid, without names."""
    scope, community_id = _community(scope, asked)
    desk, name = planning.desk(community_id, asked.plan), _("Staff on grids")
    if desk is None:
        return _nothing(scope, name, _("This community has no plan of grids yet."))
    return PageView(
        scope=_of_plan(scope, desk),
        name=name,
        asked=(_which(desk),),
        shown=plan_staff.map_state(scope, desk),
        blocks=_staff_blocks(desk),
        placed=_placed(desk),
    )


def _staff_blocks(desk: Desk) -> list[Block]:
    people = rostering.staff(desk)
    if not people:
        return said(_("No staff are on record for this community."))
    numbers = _numbers(desk)
    busy = {duty.staff for duty in desk.duties or () if duty.grids}
    holding = [row for row in people if row["id"] in busy]
    hint = _("norm {range}", range=plan_staff.norm_range(desk))
    roles = _unnamed(rostering.roles(desk), "staff_id", numbers)
    return [
        *said(plan_staff.verdict(desk)),
        of_frame(
            _("By worker"),
            plan_staff.by_worker(desk, _unnamed(holding, "id", numbers)),
            hint=" · ".join((hint, _("numbers, not names"))),
        ),
        *quiet(_idle(len(people) - len(holding))),
        of_frame(_("By grid"), plan_staff.by_grid(desk, roles)),
    ]


def _idle(count: int) -> str:
    if not count:
        return ""
    return _("{n} more on record lead or work no grid.", n=figures.integer(count))


def _unnamed(rows: list[Row], key: str, numbers: dict[int, str]) -> list[Row]:
    """Call everybody by a number."""
    return [{**row, "name": numbers.get(row[key], figures.MISSING)} for row in rows]


def _stamp(order: Order) -> str:
    return "-".join(str(one) for one in (order.state.plan, order.state.other) if one)


def _kind(label: str, view: Callable[[Scope, PageState], PageView]) -> Kind:
    return kind_of(label, lambda order: view(order.scope, order.state), _stamp)


PLAN: Final = _kind(N_("Grid plan"), plan)
COMPARE: Final = _kind(N_("Two plans compared"), compare)
STAFF: Final = _kind(N_("Staff on grids"), staff)
