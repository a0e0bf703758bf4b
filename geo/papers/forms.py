"""The words around the maps: headings, forms, the table of grids, signatures, the foot."""

from __future__ import annotations

from typing import Any

from geo.papers.model import CHANGES, SIDES, GridSheet, PlanPaper
from geo.papers.terrain import Terrain
from geo.papers.wording import (
    LEADERS,
    NOTHING,
    clean,
    count,
    day,
    grid_name,
    made,
    minute,
    named,
    people,
    plan_name,
)
from geo.schema import GRID_ROLES, HOUSEHOLD_STATES
from geo.words import _

Pairs = list[tuple[str, str]]

MOST_NAMES = 12
"""A page names so many people of one role; the register names all."""

MOST_WORKERS = 3


def heading(paper: PlanPaper, sheet: GridSheet | None) -> dict[str, str]:
    """Title a page: of a grid, or of the community."""
    place = clean(f"{paper.street} {paper.community}")
    if sheet is None:
        return {
            "title": _("{community}: grid plan", community=clean(paper.community)),
            "code": paper.community_code,
            "place": place,
            "plan": plan_name(paper),
        }
    return {
        "title": grid_name(sheet),
        "code": sheet.code,
        "place": _("{place}: drawing of a grid", place=place),
        "plan": plan_name(paper),
    }


def grid_facts(paper: PlanPaper, sheet: GridSheet, bounds: dict[str, str]) -> dict[str, Pairs]:
    """Return the form of a grid: short facts, and those that need room."""
    roles = [role for role in GRID_ROLES if any(p.role == role for p in sheet.staff)]
    shown = [*LEADERS, *(role for role in roles if role not in LEADERS)]
    staff = [(_(GRID_ROLES[role]), named(sheet.staff, (role,), MOST_NAMES)) for role in shown]
    sides = [_("{side}: {what}", side=_(SIDES[side]), what=what) for side, what in bounds.items()]
    wide = [*staff, (_("Bounds"), _("; ").join(sides))]
    wide.append((_("Former grids"), _(", ").join(sheet.former) or NOTHING))
    if clean(sheet.note):
        wide.append((_("Remarks"), clean(sheet.note)))
    lead = [(_("Grid code"), sheet.code), (_("Plan"), plan_name(paper))]
    return {"lead": lead, "short": _short_facts(paper, sheet), "wide": wide}


def _short_facts(paper: PlanPaper, sheet: GridSheet) -> Pairs:
    dwellings = [
        (_(label), people(paper, sheet.dwellings.get(state, 0)))
        for state, label in HOUSEHOLD_STATES.items()
    ]
    return [
        (_("Community"), clean(paper.community)),
        (_("Sub-district"), clean(sheet.sub_district) or NOTHING),
        (_("Area"), _("{n} m²", n=count(round(sheet.area_m2)))),
        (_("Buildings"), count(sheet.buildings)),
        (_("Households"), people(paper, sheet.households)),
        *dwellings,
        (_("Residents"), people(paper, sheet.residents)),
        (_("Residents 60+"), people(paper, sheet.age60)),
        (_("Residents 80+"), people(paper, sheet.age80)),
        (_("Party members"), people(paper, sheet.party_members)),
        (_("Kind of change"), _(CHANGES[sheet.change])),
        (_("In force from"), day(paper.effective_from)),
        (_("Data cut-off"), minute(paper.as_of)),
    ]


def community_facts(paper: PlanPaper) -> dict[str, Pairs]:
    """Return the form of the community."""
    changes = [
        _("{change}: {n}", change=_(label), n=count(sum(s.change == key for s in paper.grids)))
        for key, label in CHANGES.items()
    ]
    changes.append(_("{change}: {n}", change=_("Ended"), n=count(len(paper.retired))))
    short = [
        (_("Grids"), count(len(paper.grids))),
        (_("Households"), people(paper, sum(sheet.households for sheet in paper.grids))),
        (_("Plan"), plan_name(paper)),
        (_("In force from"), day(paper.effective_from)),
        (_("Buildings"), count(len(paper.buildings))),
        (_("Data cut-off"), minute(paper.as_of)),
    ]
    wide = [(_("Change"), _("; ").join(changes))]
    loose = sum(outline.grid < 0 for outline in paper.buildings)
    if loose:
        wide.append((_("In no grid"), _("{n} buildings", n=count(loose))))
    if paper.retired:
        ended = [f"{code} {clean(name)}".strip() for code, name in paper.retired]
        wide.append((_("Ended grids"), _(", ").join(ended)))
    return {"lead": [], "short": short, "wide": wide}


def grid_table(paper: PlanPaper, first: int, stop: int) -> dict[str, Any]:
    """Return the small table of grids `first` to `stop` - 1; with totals where it is the whole."""
    rows = [
        [
            sheet.code,
            clean(sheet.name) or NOTHING,
            people(paper, sheet.households),
            named(sheet.staff, LEADERS, MOST_WORKERS),
            _(CHANGES[sheet.change]),
        ]
        for sheet in paper.grids[first:stop]
    ]
    heads = [_("Grid code"), _("Grid name"), _("Households"), _("Leader, workers"), _("Change")]
    households = people(paper, sum(sheet.households for sheet in paper.grids))
    last = stop >= len(paper.grids)
    total = [_("Total"), _("{n} grids", n=count(len(paper.grids))), households, "", ""]
    empty = "" if paper.grids else _("This plan has no grids yet.")
    return {"head": heads, "rows": rows, "total": total if last else None, "empty": empty}


def signatures(paper: PlanPaper) -> Pairs:
    """Return the line where the office signs: who made it, and places left empty."""
    return [
        (_("Made by"), clean(paper.made_by)),
        (_("Checked by"), ""),
        (_("Street office (seal)"), ""),
    ]


def footer(paper: PlanPaper, terrain: Terrain | None) -> dict[str, str]:
    """Say whose data a page shows, who made it when, and in which coordinates."""
    line = made(paper)
    if terrain is not None:
        crs = f"{terrain.crs.name} (EPSG:{terrain.crs.to_epsg()})"
        line = _("{made}. Coordinates: {crs}, north up.", made=line, crs=crs)
    schematic = _("Schematic: boundaries and ground are drawn for illustration.")
    return {
        "schematic": schematic if paper.schematic else "",
        "source": clean(paper.attribution),
        "made": line,
        "page": _("Page {page} of {pages}", page="\u0001", pages="\u0002"),
    }
