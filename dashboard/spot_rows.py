"""Hot spots in tables and sentences: what a study found, of what, and how sure that is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final

import pandas as pd

from dashboard import figures, wording
from dashboard.parts.cube import Bin
from dashboard.parts.slider import Step
from dashboard.parts.table import AreaTable, Column, TableCell, TableRow
from geo.errors import N_
from geo.followup import CHANGES
from geo.followup import VERDICTS as EFFECTS
from geo.spacetime import EMERGING
from geo.spots import Spot
from geo.studies import Study, Trial, spot_from_json
from geo.studies.explain import SHORTAGES
from geo.studies.words import kind_words, place_words
from geo.words import _

Names = Mapping[str, str]
"""Class code to its name."""

_TINY: Final = 0.0001
_DIGITS: Final = 4
_CATEGORIES: Final = tuple(EMERGING)
_NAME_REM: Final = 15.0
_USUAL_REM: Final = 13.0
_NARROW_REM: Final = 10.0
_TONES: Final = {"appeared": "bad", "grew": "bad", "faded": "good", "gone": "good"}


def probability(value: float | None) -> str:
    """Write a probability: four decimals, or that it is smaller still."""
    if value is None:
        return figures.MISSING
    if value < _TINY:
        return "< 0.0001"
    return figures.decimal(value, _DIGITS if value < 0.01 else 3)  # noqa: PLR2004 - a per cent


def times(value: float | None) -> str:
    """Write how many times as much."""
    return figures.MISSING if value is None else f"{figures.decimal(value)}×"


def days(spot: Spot) -> str:
    """Write the days a spot is about."""
    first, last = date.fromordinal(spot.first_day), date.fromordinal(spot.last_day)
    year = figures.this_year()
    return " – ".join(f"{one:%m-%d}" if one.year == year else f"{one}" for one in (first, last))


def name(spot: Spot, classes: Names) -> str:
    """Return a spot's number, class and place."""
    parts = [classes.get(spot.class_code, spot.class_code), place_words(spot)]
    return f"{spot.number} {' · '.join(filter(None, parts))}"


# ----------------------------------------------------------------------------------- the verdict


def verdict(study: Study, classes: Names) -> str:
    """Say in one sentence what was found."""
    if study.shortage:
        return f"**{_(SHORTAGES[study.shortage])}**"
    hot = [one for one in study.spots if one.kind != "cold"]
    if not hot and study.spots:
        return f"**{_(_ONLY_COLD, n=figures.integer(len(study.spots)))}**"
    if not hot:
        return f"**{_(_NOTHING[study.question.method])}**"
    first = hot[0]
    found = _(_FOUND[study.question.method], n=figures.integer(len(hot)))
    told = sentence(first, classes)
    return f"**{found}** {wording.plain(told)}"


_FOUND: Final = {
    "gi": N_("Hot spots: {n}."),
    "emerging": N_("Places with a history: {n}."),
    "scan": N_("Clusters: {n}."),
    "repeats": N_("Repeat addresses: {n}."),
    "groups": N_("Groups: {n}."),
    "compare": N_("Hot spots in either period: {n}."),
}
_ONLY_COLD: Final = N_("No hot spot. Cold spots, with fewer than chance explains: {n}.")
_NOTHING: Final = {
    "gi": N_("No area stands out from what chance explains."),
    "emerging": N_("No area has a history that chance does not explain."),
    "scan": N_("No cluster stands out from what chance explains."),
    "repeats": N_("No address calls more than ordinary differences explain."),
    "groups": N_("Tickets lie nowhere close together."),
    "compare": N_("No hot spot in either period."),
}


def sentence(spot: Spot, classes: Names) -> str:
    """Say of a spot where, when, how many instead of how many, and how sure."""
    where = ", ".join(filter(None, [place_words(spot), classes.get(spot.class_code, "")]))
    if spot.expected is None:
        return _(
            "{place}, {days}: {n} tickets.",
            place=where,
            days=days(spot),
            n=figures.integer(spot.observed),
        )
    return _(
        "{place}, {days}: {n} tickets where {expected} were to be expected ({times}); by accident "
        "with a probability of {q}.",
        place=where,
        days=days(spot),
        n=figures.integer(spot.observed),
        expected=figures.decimal(spot.expected),
        times=times(spot.relative_risk),
        q=probability(spot.q),
    )


# --------------------------------------------------------------------------------- tables


def table(study: Study, classes: Names) -> AreaTable:
    """List what was found; what all of a list have in common is not said of each."""
    kinds = [_kind(study, one) for one in study.spots]
    several = len(set(kinds)) > 1
    sure = study.question.method != "groups"
    columns = [
        Column(_("Place")),
        *([Column(_("Kind"))] if several else []),
        Column(_("Tickets"), bar=not (several and sure)),
    ]
    if sure and not several:  # the ratio says it too, and the card has it
        columns.append(Column(_("Expected")))
    if sure:
        columns += [Column(_("Ratio"), _ratio_help()), Column("q", _sure_help())]
    rows = [
        TableRow(
            str(one.number),
            (
                TableCell(name(one, classes)),
                *([TableCell(kind)] if several else []),
                TableCell(figures.integer(one.observed), one.observed),
                *(_sure_cells(one, expected=not several) if sure else ()),
            ),
        )
        for one, kind in zip(study.spots, kinds, strict=True)
    ]
    width = _NAME_REM if not sure else _NARROW_REM if several else _USUAL_REM
    return AreaTable(tuple(columns), tuple(rows), sort=-1, name_rem=width)


def _kind(study: Study, spot: Spot) -> str:
    """Return what kind of place a spot is; one of the period before says so."""
    if spot.last_day < study.question.start:
        return _("Earlier: {kind}", kind=kind_words(spot))
    return kind_words(spot)


def _ratio_help() -> str:
    return _("Tickets there for each to be expected, against the same elsewhere.")


def _sure_help() -> str:
    return _("How likely it is told by accident, after the correction for all that was tested.")


def _sure_cells(one: Spot, *, expected: bool) -> tuple[TableCell, ...]:
    cells = (
        TableCell(figures.decimal(one.expected), one.expected),
        TableCell(times(one.relative_risk), one.relative_risk),
        TableCell(probability(one.q), one.q),
    )
    return cells if expected else cells[1:]


def details(spot: Spot, classes: Names, staff: Mapping[str, Sequence[str]]) -> pd.DataFrame:
    """Tell all there is about a spot."""
    rows = [
        (_("Kind"), kind_words(spot)),
        (_("Class"), classes.get(spot.class_code, spot.class_code) or _("All classes")),
        (_("Days"), days(spot)),
        (_("Tickets"), figures.integer(spot.observed)),
        (_("Expected"), figures.decimal(spot.expected)),
        (_("Ratio"), times(spot.relative_risk)),
        (_("p · q"), f"{probability(spot.p)} · {probability(spot.q)}"),
        (_("Radius"), f"{figures.integer(spot.radius_m)} m"),
    ]
    if spot.recurrence_days is not None:
        rows.append((_("Such an alarm by accident"), _recurrence(spot.recurrence_days)))
    if not spot.class_code:
        rows.append((_("Driven by"), _drivers(spot, classes)))
    rows.append((_("Grids"), ", ".join(code[-3:] for code in spot.grids) or figures.MISSING))
    people = [one for code in spot.grids for one in staff.get(code, ())]
    rows.append((_("Grid workers"), ", ".join(dict.fromkeys(people)) or figures.MISSING))
    rows.append((_("Most tickets from"), _addresses(spot)))
    rows.append((_("Lately"), _trend(spot)))
    return pd.DataFrame(rows, columns=[_("Figure"), _("Value")])


def _recurrence(value: float) -> str:
    if value >= 365:  # noqa: PLR2004 - a year
        return _("once in {n} years", n=figures.decimal(value / 365))
    return _("once in {n} days", n=figures.integer(value))


def _drivers(spot: Spot, classes: Names) -> str:
    told = [
        _(
            "{name} {n} ({times} its usual share)",
            name=classes.get(one.class_code, one.class_code),
            n=figures.integer(one.observed),
            times=times(one.times),
        )
        for one in spot.drivers
    ]
    return "; ".join(told) or figures.MISSING


def _addresses(spot: Spot) -> str:
    told = [
        f"{wording.building(one.compound, one.number, one.name)}: {figures.integer(one.calls)}"
        for one in spot.addresses
    ]
    return "; ".join(told) or figures.MISSING


def _trend(spot: Spot) -> str:
    """Compare the last four weeks with the four before."""
    now, before = sum(spot.weeks[-4:]), sum(spot.weeks[-8:-4])
    return _(
        "{now} in the last 4 weeks, {before} in the 4 before",
        now=figures.integer(now),
        before=figures.integer(before),
    )


def addresses(study: Study) -> AreaTable:
    """List the buildings most tickets come from."""
    rows = tuple(
        TableRow(
            str(one.building_id),
            (
                TableCell(wording.building(one.compound, one.number, one.name)),
                TableCell(figures.integer(one.calls), one.calls),
            ),
        )
        for one in study.addresses
    )
    return AreaTable(
        (Column(_("Building")), Column(_("Tickets"), bar=True)), rows, sort=-1, name_rem=_NAME_REM
    )


# --------------------------------------------------------------------------- over time


def histories(study: Study) -> AreaTable:
    """Count the areas by what became of them."""
    areas = study.areas
    held = [] if areas is None else [_CATEGORIES[one] for one in areas.category]
    rows = tuple(
        TableRow(
            key, (TableCell(_(EMERGING[key])), TableCell(str(held.count(key)), held.count(key)))
        )
        for key in _CATEGORIES
        if key in held
    )
    return AreaTable(
        (Column(_("What became of it")), Column(_("Areas"), bar=True)),
        rows,
        sort=-1,
        name_rem=_NAME_REM,
    )


def step_of(study: Study, at: int | None) -> int | None:
    """Return which step is looked at; None where the series has no such step."""
    return at if at is not None and at < len(study.steps) - 1 else None


def step_label(study: Study, at: int) -> str:
    """Return what a step is called: its month, or the first day of its week."""
    first = date.fromordinal(study.steps[at])
    return f"{first:%Y-%m}" if study.question.step == "month" else f"{first:%m-%d}"


def steps(study: Study) -> list[Step]:
    """Return the steps of a series with the tickets of each."""
    areas = study.areas
    series = () if areas is None else areas.series
    made = []
    for at in range(len(study.steps) - 1):
        n = sum(row[at] for row in series)
        last = date.fromordinal(study.steps[at + 1] - 1)
        first = date.fromordinal(study.steps[at])
        help_ = f"{first:%Y-%m-%d} – {last:%Y-%m-%d}: " + _("{n} tickets", n=figures.integer(n))
        made.append(Step(str(at), step_label(study, at), n, help_))
    return made


def bins(study: Study, key: str) -> list[Bin]:
    """Return the strip of one area."""
    areas = study.areas
    if areas is None or not areas.series or key not in areas.keys:
        return []
    at = areas.keys.index(key)
    return [
        Bin(
            str(step),
            step_label(study, step),
            areas.series[at][step],
            areas.levels[at][step],
            f"{step_label(study, step)}: "
            + _("{n} tickets", n=figures.integer(areas.series[at][step]))
            + f" · {level_words(areas.levels[at][step])}",
        )
        for step in range(len(areas.series[at]))
    ]


def level_words(level: int) -> str:
    """Say what a level means."""
    if level == 0:
        return _("nothing certain")
    sure = {1: "90 %", 2: "95 %", 3: "99 %"}[abs(level)]
    return _("hot, {sure} sure", sure=sure) if level > 0 else _("cold, {sure} sure", sure=sure)


def history_of(study: Study, key: str) -> str:
    """Say what became of one area."""
    areas = study.areas
    if areas is None or key not in areas.keys or not areas.category:
        return ""
    return _(EMERGING[_CATEGORIES[areas.category[areas.keys.index(key)]]])


# ------------------------------------------------------------------------ repeat addresses


def spread(study: Study) -> str:
    """Say how much of all comes from how few, and how much is normal."""
    more = study.more
    parts = [
        _(
            "the top {share} of buildings make {found} of the calls ({even} if all were alike)",
            share=figures.percent(share * 100),
            found=figures.percent(found * 100),
            even=figures.percent(even * 100),
        )
        for share, found, even in zip(
            more["shares"], more["from_top"], more["from_top_even"], strict=True
        )
    ]
    return "; ".join(parts)


def reopened(study: Study) -> str:
    """Say how many came back, and how many would by chance."""
    more = study.more
    return _(
        "{n} tickets came back: same building, same matter, within {days} days of a closing; "
        "{even} would by chance.",
        n=figures.integer(more["reopened"]),
        days=more["reopened_days"],
        even=figures.integer(more["reopened_even"]),
    )


def near(study: Study) -> str:
    """Say what near repeats are, and how many classes were tested."""
    told = study.told
    said = _(
        "Pairs of tickets of one class from different places within {m} m and {days} days, against "
        "what chance makes of the same places and times. {n} classes were tested, q is corrected "
        "for that. Where it is small one report makes the next nearby more likely.",
        m=figures.integer(study.more["near_m"]),
        days=figures.integer(study.more["near_days"]),
        n=figures.integer(told["near_classes"]),
    )
    if told.get("near_too_many"):
        many = _(
            "{n} classes have too many pairs to be looked at: choose a shorter period.",
            n=figures.integer(told["near_too_many"]),
        )
        return f"{said} {many}"
    return said


def knox(study: Study, classes: Names) -> AreaTable:
    """List the classes by whether near things happen near in time."""
    rows = tuple(
        TableRow(
            row["class_code"],
            (
                TableCell(classes.get(row["class_code"], row["class_code"])),
                TableCell(figures.integer(row["pairs"]), row["pairs"]),
                TableCell(figures.decimal(row["expected"]), row["expected"]),
                TableCell(times(row["ratio"]), row["ratio"]),
                TableCell(probability(row["q"]), row["q"]),
            ),
        )
        for row in study.more["knox"]
    )
    columns = (
        Column(_("Class")),
        Column(_("Pairs")),
        Column(_("Expected")),
        Column(_("Ratio")),
        Column("q", _sure_help()),
    )
    return AreaTable(columns, rows, sort=-1)


def knox_frame(study: Study) -> pd.DataFrame:
    """Return the near-repeat table: ratios by distance and time, with a star where p ≤ 0.05."""
    found = study.more["knox_table"]
    limits = [_("same place"), *(f"≤ {m:g} m" for m in found["metres"][1:])]
    rows = [
        [limit, *(_ratio_cell(r, p) for r, p in zip(ratios, ps, strict=True))]
        for limit, ratios, ps in zip(limits, found["ratio"], found["p"], strict=True)
    ]
    heads = [_("Distance"), *(_("≤ {n} days", n=f"{one:g}") for one in found["days"])]
    return pd.DataFrame(rows, columns=heads)


def _ratio_cell(ratio: float | None, p: float) -> str:
    if ratio is None:
        return figures.MISSING
    return f"{figures.decimal(ratio, 2)}{' *' if p <= 0.05 else ''}"  # noqa: PLR2004 - as above


# --------------------------------------------------------------------------- before and now


def changes(study: Study, classes: Names) -> AreaTable:
    """List what became of the spots of either period."""
    by_number = {one.number: one for one in study.spots}
    rows = []
    for row in study.more["changes"]:
        spot = by_number[row["after"] or row["before"]]
        rows.append(
            TableRow(
                str(spot.number),
                (
                    TableCell(name(spot, classes)),
                    TableCell(
                        wording.word(CHANGES, row["change"]), tone=_TONES.get(row["change"], "")
                    ),
                    TableCell(times(row["ratio"]), row["ratio"]),
                    TableCell(_interval(row["low"], row["high"])),
                ),
            )
        )
    columns = (
        Column(_("Place")),
        Column(_("Change")),
        Column(_("Rate now ÷ before")),
        Column(_("95 % interval")),
    )
    return AreaTable(columns, tuple(rows), sort=-1, name_rem=_NAME_REM)


def _interval(low: float | None, high: float | None) -> str:
    if low is None:
        return figures.MISSING
    return f"{figures.decimal(low)}–{'∞' if high is None else figures.decimal(high)}"


def trial(found: Trial) -> list[str]:
    """Say what a measure changed, how sure that is, and whether the comparison is fair."""
    effect, trend = found.found.effect, found.found.trend
    after = len(found.treated) - found.cut
    counts = _(
        "Here {a} tickets in {before} weeks before and {b} in {after} weeks after; elsewhere {c} "
        "and {d}.",
        a=figures.integer(sum(found.treated[: found.cut])),
        b=figures.integer(sum(found.treated[found.cut :])),
        c=figures.integer(sum(found.control[: found.cut])),
        d=figures.integer(sum(found.control[found.cut :])),
        before=found.cut,
        after=after,
    )
    said = [f"**{_(EFFECTS[effect.verdict])}**", counts]
    if effect.enough:
        said.append(
            _(
                "Against what happened elsewhere: {ratio} (95 %: {low}–{high}), p = {p}; {n} "
                "tickets a month.",
                ratio=f"{figures.decimal(effect.ratio, 2)}×",
                low=figures.decimal(effect.low, 2),
                high=figures.decimal(effect.high, 2),
                p=probability(effect.p),
                n=_signed(effect.per_month),
            )
        )
    if trend.parallel is False:
        said.append(_("Here and elsewhere already moved apart before: the comparison is not fair."))
    elif trend.parallel is None:
        said.append(_("Too little before it to see whether here and elsewhere moved alike."))
    return said


def _signed(value: float) -> str:
    sign = figures.FALL if value < 0 else figures.RISE
    return f"{sign}{figures.decimal(abs(value))}"


def briefing(rows: Sequence[Mapping[str, Any]], classes: Names) -> list[tuple[int, int, str]]:
    """Return the list for the next briefing: study, spot, sentence."""
    return [
        (
            row["study_id"],
            row["spot"],
            f"{row['place']}: {sentence(spot_from_json(row['found']), classes)}",
        )
        for row in rows
        if row["found"]
    ]
