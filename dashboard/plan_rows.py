"""A plan in rows: targets, checks, what an edit changes, candidates, comparison, replay."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from dashboard import figures, theme, wording
from dashboard.choropleth import norm_class
from dashboard.parts.check_list import CheckRow
from dashboard.parts.plan_list import TargetRow
from dashboard.services.planning import Desk
from geo import compare
from geo.checks import CHECKS, STATES, Finding
from geo.codes import serial
from geo.compare import Comparison, Pair
from geo.norms import Norm
from geo.papers.model import CHANGES
from geo.partition import Candidate, Measures
from geo.schema import PLAN_STATES
from geo.store.gestures import Change, Preview
from geo.store.plan_state import NEW, NOWHERE, Plan
from geo.store.publishing import Coding
from geo.words import _

Floats = npt.NDArray[np.float64]

TONES: Mapping[str, str] = {"below": "warn", "above": "bad", "within": "", "": ""}
NONE = "none"

WORK = ("hours", "workers")
"""Derived figures, after the counts."""


def plan_names(plans: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """Return number to name and state of each plan."""
    return {str(row["id"]): f"{row['name']} · {_plan_state(row)}" for row in plans}


def _plan_state(row: Mapping[str, Any]) -> str:
    """Return a plan's state with its first day; what begins later is not in force yet."""
    first = row["effective_from"]
    if row["state"] == "draft":
        return _(PLAN_STATES["draft"])
    if row["state"] == "published" and first > figures.today():
        return _("from {day}", day=f"{first:%Y-%m-%d}")
    return f"{_(PLAN_STATES[row['state']])} {first:%Y-%m-%d}"


def heads(desk: Desk) -> tuple[str, str, str, str]:
    """Return the heads of the list of targets."""
    if not desk.counted:
        return _("Grid"), "", _("Buildings"), _("Area")
    return _("Grid"), _("Households (shaded: norm)"), _("Households"), _("State")


def targets(desk: Desk) -> list[TargetRow]:
    """Return the targets: unassigned on top, then worst first, then by code."""
    make = _target if desk.counted else _uncounted
    rows = [make(desk, place) for place in desk.plan.used.tolist()]
    norm = desk.norms["grid_households"]
    rows.sort(key=lambda row: (not row.tone, -abs(norm.gap(row.value)) * desk.counted, row.name))
    out = np.flatnonzero(desk.plan.grid < 0)
    if not len(out):
        return rows
    weight = float(desk.land.pure.weight[out].sum())
    unassigned = TargetRow(
        NONE,
        _("Unassigned"),
        weight,
        figures.integer(weight),
        theme.palette().tickets["overdue"],
        _("{n} buildings", n=figures.integer(len(out))) if desk.counted else figures.MISSING,
        "bad",
        None,
        hatched=True,
    )
    return [unassigned, *rows]


def _target(desk: Desk, place: int) -> TargetRow:
    one, norm = desk.plan.grids[place], desk.norms["grid_households"]
    households = desk.figure(place, "households")
    palette, step = theme.palette(), norm_class(households, norm.low, norm.high)
    return TargetRow(
        str(one.id),
        f"{one.number} {one.name}".strip(),
        households,
        figures.integer(households),
        palette.within_bar if step == 1 else palette.norm[step],
        figures.gap(households, norm.low, norm.high),
        TONES[norm.verdict(households)],
        one.locked,
    )


def _uncounted(desk: Desk, place: int) -> TargetRow:
    """Return a grid of a community without households on record: buildings and ground."""
    one, buildings = desk.plan.grids[place], desk.figure(place, "buildings")
    return TargetRow(
        str(one.id),
        f"{one.number} {one.name}".strip(),
        buildings,
        figures.integer(buildings),
        theme.palette().within_bar,
        figures.hectares(desk.figure(place, "area_m2")),
        "",
        one.locked,
    )


# --------------------------------------------------------------------------------------- checks


def check_rows(desk: Desk, people: Mapping[int, str]) -> list[CheckRow]:
    """Return the findings as rows.

    Parameters
    ----------
    people
        Staff id to what they are called here.
    """
    return [_check(desk, place, one, people) for place, one in enumerate(desk.findings)]


def _check(desk: Desk, place: int, one: Finding, people: Mapping[int, str]) -> CheckRow:
    text = said(one)
    if one.reason:
        text = _("{finding} Signed: {reason}", finding=text, reason=one.reason)
    state = "signed" if one.reason else one.state
    word = _("Signed") if one.reason else _(STATES[one.state])
    return CheckRow(str(place), state, word, who(desk, one, people), text, _(CHECKS[one.key]))


def said(one: Finding) -> str:
    """Say a finding in the page's language."""
    params = {
        key: figures.plain(value) if isinstance(value, int | float) else value
        for key, value in one.params.items()
    }
    return _(one.message_id, **params)


def who(desk: Desk, one: Finding, people: Mapping[int, str]) -> str:
    """Return the grid's number or the person a finding is about."""
    if one.grid is not None:
        return desk.plan.grids[one.grid].number
    what, _colon, number = one.subject.partition(":")
    return people.get(int(number), "") if what == "staff" else ""


# -------------------------------------------------------------------------------------- preview


def short_labels() -> dict[str, str]:
    """Return the labels of the figures of a grid, short."""
    return {
        "households": _("Households"),
        "residents": _("Residents"),
        "age60": _("60+"),
        "age80": _("80+"),
        "party_members": _("Party members"),
        "tickets": _("Tickets, 12 months"),
        "visits_due": _("Visits due a month"),
        "hours": _("Hours of work a month"),
        "workers": _("Workers needed"),
        "buildings": _("Buildings"),
    }


def shown_keys(desk: Desk) -> list[str]:
    """Return the figures of a grid that anything is on record of; buildings where hardly any is."""
    known = desk.land.pure.known
    if not desk.counted:
        return ["buildings", *known]
    return [*known, *WORK]


def chosen_line(desk: Desk, shown: Preview) -> str:
    """Return what is chosen, in one line."""
    chosen = shown.chosen
    line = _chosen_text(chosen) if desk.counted else _chosen_buildings(chosen)
    if shown.skipped:
        line += " · " + _("{n} locked, left out", n=shown.skipped)
    return line


def _chosen_buildings(chosen: Mapping[str, float]) -> str:
    return _("**{buildings} buildings** chosen", buildings=figures.integer(chosen["buildings"]))


def _chosen_text(chosen: Mapping[str, float]) -> str:
    return _(
        "**{buildings} buildings · {households} households** · {people} people · 60+ {old}",
        buildings=figures.integer(chosen["buildings"]),
        households=figures.integer(chosen["households"]),
        people=figures.integer(chosen["residents"]),
        old=figures.integer(chosen["age60"]),
    )


def change_name(change: Change) -> str:
    """Return what a touched grid is called."""
    if change.grid_id == NEW:
        return _("New grid")
    return _("Unassigned") if change.grid_id == NOWHERE else change.number


def preview_table(desk: Desk, shown: Preview) -> pd.DataFrame:
    """Set before → after of every touched grid side by side, a column each."""
    labels, keys = short_labels(), shown_keys(desk)
    table = {"": [_("State"), *(labels[key] for key in keys)]}
    for change in shown.changes:
        table[_unique(change_name(change), table)] = [
            _state(desk, change),
            *(_before_after(change, key) for key in keys),
        ]
    return pd.DataFrame(table)


def _unique(name: str, taken: Iterable[str]) -> str:
    return name if name not in taken else f"{name}\u200b"


def _state(desk: Desk, change: Change) -> str:
    if change.grid_id == NOWHERE:
        return _("{n} buildings", n=figures.integer(change.after["buildings"]))
    if not change.after["buildings"]:
        return _(":gray[ends]")
    told = [_norm_state(desk, change)] if desk.counted else []
    if change.parts > (desk.norms["grid_parts"].high or 1):
        told.append(":red[" + _("{n} parts", n=change.parts) + "]")
    return " · ".join(told) or figures.MISSING


def _norm_state(desk: Desk, change: Change) -> str:
    norm = desk.norms["grid_households"]
    gap = figures.gap(change.after["households"], norm.low, norm.high)
    return {"above": f":red[{gap}]", "below": f":orange[{gap}]"}.get(change.verdict, gap)


def _before_after(change: Change, key: str) -> str:
    if change.grid_id == NOWHERE and key in WORK:
        return figures.MISSING
    before, after = figures.integer(change.before[key]), figures.integer(change.after[key])
    return before if before == after else f"{before} → **{after}**"


# --------------------------------------------------------------------------------- for the page


def facts_line(desk: Desk, based_on: str, moment: Callable[[Any], str]) -> str:
    """Return what stands beside the plan's name: where it comes from, when saved, how far."""
    parts = []
    if desk.is_draft:
        if based_on:
            parts.append(_("based on {plan}", plan=wording.plain(based_on)))
        parts.append(_("saved {time}", time=moment(desk.plan.saved_at)))
    parts.append(_within(desk))
    return "　".join(parts)


def _within(desk: Desk) -> str:
    used: Sequence[int] = desk.plan.used.tolist()
    if not desk.counted:
        return _("{n} grids", n=len(used))
    norm, households = desk.norms["grid_households"], desk.figures["households"].to_numpy()
    within = sum(norm.verdict(float(households[place])) == "within" for place in used)
    return _("grids within the norm {within} / {all}", within=within, all=len(used))


# ----------------------------------------------------------------------------------- suggestion


def candidates_uncounted(desk: Desk, plans: Sequence[Candidate]) -> pd.DataFrame:
    """Set suggested plans side by side where no households are on record."""
    area_m2 = desk.land.pure.atoms.area_m2
    rows = []
    for place, one in enumerate(plans, 1):
        areas, buildings = np.bincount(one.grid, area_m2), np.bincount(one.grid)
        rows.append(
            {
                _("No."): str(place),
                _("Grids"): figures.integer(one.measures.grids),
                _("Area"): f"{figures.hectares(areas.min())}–{figures.hectares(areas.max())}",
                _("Buildings"): f"{buildings.min():,}–{buildings.max():,}",
                _("Compactness"): figures.decimal(one.measures.polsby_popper, 2),
                _("Compounds split"): f"{one.measures.compounds_split} / {one.measures.compounds}",
            }
        )
    return pd.DataFrame(rows)


def candidates(_desk: Desk, plans: Sequence[Candidate]) -> pd.DataFrame:
    """Set suggested plans side by side."""
    rows = []
    for place, one in enumerate(plans, 1):
        found = one.measures
        rows.append(
            {
                _("No."): str(place),
                _("In the norm"): f"{found.in_band} / {found.grids}",
                _("Households"): f"{figures.integer(found.low)}–{figures.integer(found.high)}",
                _("Unevenness (CV)"): figures.percent(100 * found.balance),
                _("Compactness"): figures.decimal(found.polsby_popper, 2),
                _("Compounds split"): f"{found.compounds_split} / {found.compounds}",
                _("Households that change grid"): figures.integer(found.households_moved),
            }
        )
    return pd.DataFrame(rows)


def candidate_note(desk: Desk, found: Measures) -> str:
    """Return what the log says of a suggestion that was taken."""
    if not desk.counted:
        return _(
            "{grids} grids, compactness {compactness}",
            grids=found.grids,
            compactness=figures.decimal(found.polsby_popper, 2),
        )
    return _(
        "{grids} grids, {within} in the norm, compactness {compactness}",
        grids=found.grids,
        within=found.in_band,
        compactness=figures.decimal(found.polsby_popper, 2),
    )


# ----------------------------------------------------------------------------------- publishing


def coding_summary(codings: Sequence[Coding], ended: Sequence[str]) -> str:
    """Say how many grids stay, are re-cut, are new, and which codes end."""
    count = {
        word: sum(one.change == word for one in codings) for word in ("kept", "changed", "new")
    }
    line = _(
        "**{kept}** grids stay as they are, **{changed}** keep their code with other buildings, "
        "**{new}** are new.",
        **count,
    )
    if ended:
        listed = ", ".join(serial(code) for code in ended)
        line += " " + _("These codes end and are never given again: {codes}.", codes=listed)
    return line


def coding_table(desk: Desk, codings: Sequence[Coding]) -> pd.DataFrame:
    """Set the lasting codes as a table."""
    names = {one.id: one for one in desk.plan.grids}
    return pd.DataFrame(
        {
            _("Code"): [one.code for one in codings],
            _("Name"): [wording.plain(names[one.grid_id].name) for one in codings],
            _("While drafting"): [names[one.grid_id].number for one in codings],
            _("Change"): [_(CHANGES[one.change]) for one in codings],
            _("Comes from"): [", ".join(serial(code) for code in one.former) for one in codings],
        }
    )


# --------------------------------------------------------------------------- comparison, replay


def pair_name(first: Plan, second: Plan, pair: Pair) -> str:
    """Return what a pair of grids is called."""
    before = first.grids[pair.before].number if pair.before >= 0 else figures.MISSING
    after = second.grids[pair.after].number if pair.after >= 0 else figures.MISSING
    return before if before == after else f"{before} → {after}"


def moved_line(second: Desk, found: Comparison) -> str:
    """Say how much changes its grid: households, else buildings."""
    if not second.counted:
        return _(
            "{n} of {all} buildings change their grid ({share})",
            n=figures.integer(found.moved_buildings),
            all=figures.integer(len(found.fate)),
            share=figures.share(found.moved_buildings, len(found.fate)),
        )
    total = float(second.land.pure.counts["households"].sum())
    return _(
        "{n} of {all} households change their grid ({share})",
        n=figures.integer(found.moved_households),
        all=figures.integer(total),
        share=figures.share(found.moved_households, total),
    )


def comparison_table(first: Plan, second: Desk, found: Comparison) -> pd.DataFrame:
    """Set both plans' grids side by side."""
    labels, keys = short_labels(), dict.fromkeys(["buildings", *shown_keys(second)])
    rows = []
    for pair, row in zip(found.pairs, compare.table(found).to_dict("records"), strict=True):
        shown = {_("Grid"): pair_name(first, second.plan, pair)}
        for key in keys:
            before, after = (figures.integer(row[f"{key}_{side}"]) for side in ("before", "after"))
            shown[labels[key]] = after if before == after else f"{before} → **{after}**"
        rows.append(shown)
    return pd.DataFrame(rows)


def balance_table(found: Comparison) -> pd.DataFrame:
    """Set how evenly households and work are shared, before and after."""
    labels = short_labels()
    rows = []
    for key, (before, after) in found.balances.items():
        for name, one in ((_("before"), before), (_("after"), after)):
            rows.append(
                {
                    _("Shared out"): f"{labels[key]} · {name}",
                    _("Grids"): figures.integer(one.count),
                    _("Range"): f"{figures.integer(one.low)}–{figures.integer(one.high)}",
                    _("Mean"): figures.integer(one.mean),
                    _("CV"): figures.decimal(one.cv, 2),
                    _("Gini"): figures.decimal(one.gini, 2),
                    _("To move for equal shares"): figures.integer(one.moves),
                }
            )
    return pd.DataFrame(rows)


def replay_table(names: Sequence[str], months: Sequence[str], counted: Floats) -> pd.DataFrame:
    """Set events by grid and month, with what falls in no grid, and the sums."""
    rows = [*names, _("In no grid")]
    frame = pd.DataFrame({_("Grid"): rows})
    for place, month in enumerate(months):
        frame[month] = [figures.integer(value) for value in counted[:, place]]
    frame[_("12 months")] = [figures.integer(value) for value in counted.sum(axis=1)]
    total = {_("Grid"): _("Together")}
    total |= {month: figures.integer(counted[:, place].sum()) for place, month in enumerate(months)}
    total[_("12 months")] = figures.integer(counted.sum())
    whole = pd.concat([frame, pd.DataFrame([total])], ignore_index=True)
    return whole if counted[-1].any() else whole.drop(index=len(names))


def flow_table(first: Plan, second: Desk, found: Comparison) -> pd.DataFrame:
    """List from which grid to which the households, else the buildings, move, the most first."""
    moving = [item for item in found.flows.items() if round(item[1])]
    flows = sorted(moving, key=lambda item: (-item[1], item[0]))
    return pd.DataFrame(
        {
            _("From"): [first.grids[was].number for (was, _one), _much in flows],
            _("To"): [second.plan.grids[one].number for (_was, one), _much in flows],
            _("Households") if second.counted else _("Buildings"): [
                figures.integer(much) for _pair, much in flows
            ],
        }
    )


def load_table(
    loads: Mapping[int, tuple[float, float]], names: Mapping[int, str], norm: Norm
) -> pd.DataFrame:
    """List the households each worker holds under either plan."""
    rows = []
    for one, (before, after) in loads.items():
        gap = figures.gap(after, norm.low, norm.high)
        rows.append(
            {
                _("Worker"): wording.plain(names.get(one, str(one))),
                _("before"): figures.integer(before),
                _("after"): figures.integer(after),
                _("State"): gap if after else figures.MISSING,
            }
        )
    return pd.DataFrame(rows)
