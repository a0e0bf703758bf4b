"""What the figures say: the strip's verdict lines, and the three things to look at first.

Every sentence carries its arithmetic, so a reader can check it in the head. All numbers come from
one `Picture`; nothing is read here.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Final

from dashboard import figures, wording
from dashboard.parts.strip import Cell
from dashboard.services.overview import Area, Figure, Picture
from geo.indicators import INDICATORS
from geo.norms import Norm
from geo.words import _, language

Verdict = tuple[str, str]
"""A line and its tone: ``bad``, ``warn``, ``good`` or nothing."""


# --------------------------------------------------------------------------- what is needed


def over_ceiling(picture: Picture) -> list[tuple[Area, float]]:
    """Return the grids above the ceiling of the grid norm, worst first."""
    ceiling = picture.norms["grid_households"].high
    if ceiling is None or not picture.of_grids:
        return []
    found = [(area, picture.figure("households", area.id).value) for area in picture.areas]
    over = [(area, value) for area, value in found if figures.known(value) and value > ceiling]
    return sorted(over, key=lambda pair: -pair[1])


def held(picture: Picture) -> tuple[float, float, float] | None:
    """Return workers, the households they hold at the ceiling, and the households there are."""
    figure, ceiling = picture.sum("households_per_worker"), picture.norms["worker_households"].high
    if not figures.known(figure.denominator) or not figures.known(figure.numerator):
        return None
    return (
        None
        if ceiling is None
        else (
            figure.denominator,
            figure.denominator * ceiling,
            figure.numerator,
        )
    )


def _needed(households: float, per: float) -> int:
    return math.ceil(households / per)


# ------------------------------------------------------------------------------- the strip


def _grids(picture: Picture) -> Verdict:
    norm = picture.norms["grid_households"]
    over = over_ceiling(picture)
    if not picture.of_grids:
        return _("{n} communities", n=figures.integer(len(picture.areas))), ""
    if over:
        text = _(
            "{n} of {all} grids above {limit}",
            n=len(over),
            all=len(picture.areas),
            limit=figures.plain(norm.high),
        )
        return text, "bad"
    if not figures.known(picture.sum("households").value):
        return "", ""
    limit = figures.plain(norm.high)
    return _("All {n} grids at most {limit}", n=len(picture.areas), limit=limit), "good"


def _workers(picture: Picture) -> Verdict:
    known = held(picture)
    if known is None:
        return "", ""
    workers, most, households = known
    ceiling = figures.plain(picture.norms["worker_households"].high)
    short = households > most
    sign, tone = ("<", "bad") if short else ("≥", "good")
    n = figures.plain(workers)
    return f"{n} × {ceiling} {sign} {figures.integer(households)}", tone


def _tickets(picture: Picture) -> Verdict:
    rate = picture.sum("tickets_per_1000_households")
    text = _("{n} per 1,000 households", n=figures.decimal(rate.value))
    return text if figures.known(rate.value) else "", ""


def _fraction(indicator: str) -> Callable[[Picture], Verdict]:
    def line(picture: Picture) -> Verdict:
        figure = picture.sum(indicator)
        if not figures.known(figure.denominator):
            return "", ""
        text = f"{figures.integer(figure.numerator)} ÷ {figures.integer(figure.denominator)}"
        if picture.too_few(indicator, figure):
            return _("Too few cases · {fraction}", fraction=text), ""
        return text, ""

    return line


def _overdue_visits(picture: Picture) -> Verdict:
    late = picture.sum("visits_overdue").value
    occupied = picture.sum("households_visited_year").denominator
    share = figures.share(late, occupied)
    return (_("{share} of occupied households", share=share), "") if occupied else ("", "")


def _party(picture: Picture) -> Verdict:
    members, norm = picture.sum("party_members").value, picture.norms["party_contact"]
    households = picture.sum("households").value
    if not figures.known(members) or not figures.known(households):
        return "", ""
    reach = members * (norm.high or norm.value)
    sign, tone = ("<", "warn") if reach < households else ("≥", "")
    n, limit = figures.integer(members), figures.plain(norm.high)
    return f"{n} × {limit} {sign} {figures.integer(households)}", tone


def _mean_size(picture: Picture) -> tuple[str, str]:
    """Return households per grid (or in all, for communities) and the unit."""
    total = picture.sum("households").value
    if picture.of_grids and picture.areas and figures.known(total):
        return figures.integer(total / len(picture.areas)), _("households")
    return figures.integer(total), _("households")


_LINES: Final[dict[str, Callable[[Picture], Verdict]]] = {
    "households": _grids,
    "households_per_worker": _workers,
    "tickets": _tickets,
    "on_time_rate": _fraction("on_time_rate"),
    "visits_overdue": _overdue_visits,
    "party_contact_coverage": _party,
    "elderly_service_reach": _fraction("elderly_service_reach"),
}

STRIP: Final = (
    "households",
    "households_per_worker",
    "tickets",
    "on_time_rate",
    "visits_overdue",
    "party_contact_coverage",
    "elderly_service_reach",
)
"""The figures of the strip, in order."""

MAPPED: Final = {"tickets": "tickets_per_1000_households"}
"""What the map shows for a figure of the strip, where that is not the figure itself: areas of
different size compare by rate."""


def strip_key(indicator: str) -> str:
    """Return the figure of the strip that stands for an indicator on the map."""
    return next((key for key, mapped in MAPPED.items() if mapped == indicator), indicator)


def _label(picture: Picture, key: str) -> str:
    if key == "households" and picture.of_grids:
        return _("Households per grid")
    short = {
        "visits_overdue": _("Visits due"),
        "party_contact_coverage": _("Party contact"),
        "elderly_service_reach": _("Reach of elderly services"),
    }
    return short.get(key) or _(INDICATORS[key].label)


def _change(picture: Picture, key: str) -> tuple[str, str]:
    """Return the change against the period before, and whether it is for the better."""
    entry = INDICATORS[key]
    now, before = picture.sum(key).value, picture.before.get(key, Figure()).value
    write = figures.change_points if entry.unit == "%" else figures.change_percent
    text = write(now, before)
    if text == figures.MISSING:
        return "", ""
    better = {"up_good": figures.RISE, "down_good": figures.FALL}.get(entry.direction)
    if better is None or text.startswith(figures.STEADY):
        return text, "muted"
    return text, "good" if text.startswith(better) else "warn"


def _help(picture: Picture, key: str) -> str:
    entry = INDICATORS[key]
    lines = [
        _("{label}; the change is against the previous period", label=_(entry.label)),
        _("Formula: {text}", text=_(entry.formula)),
        _("Period: {start} to {end}", start=picture.period.start, end=picture.period.last_day),
    ]
    return "\n".join(lines)


def cell(picture: Picture, key: str) -> Cell:
    """Make one figure of the strip."""
    figure = picture.sum(key)
    verdict, tone = _LINES[key](picture)
    value, unit = wording.number(key, figure.value), wording.unit(key)
    if key == "households":
        value, unit = _mean_size(picture)
    if picture.too_few(key, figure):
        value = figures.MISSING
    change, change_tone = _change(picture, key)
    return Cell(
        key=key,
        label=_label(picture, key),
        value=value,
        unit=unit if value != figures.MISSING else "",
        verdict=verdict,
        tone=tone,
        change=change,
        change_tone=change_tone,
        trend=picture.trend.get(key, ()),
        help=_help(picture, key),
    )


def strip_cells(picture: Picture) -> list[Cell]:
    """Make the strip."""
    return [cell(picture, key) for key in STRIP]


# ------------------------------------------------------------------- the three things first


def _largest_grid(picture: Picture) -> str | None:
    norm, over = picture.norms["grid_households"], over_ceiling(picture)
    if not over or norm.high is None:
        return None
    area, value = over[0]
    times, grids = value / norm.high, _needed(value, norm.high)
    return _(
        "{name} has **{value} households**, **{times}×** the ceiling of {limit}: "
        "{value} ÷ {limit} = {times}, so it takes **{grids} grids** to fit.",
        name=wording.plain(area.label),
        value=figures.integer(value),
        times=figures.decimal(times),
        limit=figures.plain(norm.high),
        grids=grids,
    )


def _inside_the_norm(picture: Picture) -> str | None:
    norm = picture.norms["grid_households"]
    sizes = [picture.figure("households", area.id).value for area in picture.areas]
    known = [size for size in sizes if figures.known(size)]
    if not picture.of_grids or not known:
        return None
    return _(
        "All {n} grids keep to the ceiling of {limit} households: {low} in the smallest, "
        "**{high}** in the largest.",
        n=len(known),
        limit=figures.plain(norm.high),
        low=figures.integer(min(known)),
        high=figures.integer(max(known)),
    )


def _staffing(picture: Picture) -> str | None:
    known, norm = held(picture), picture.norms["worker_households"]
    if known is None or norm.high is None:
        return None
    workers, most, households = known
    words = {
        "n": figures.plain(workers),
        "limit": figures.plain(norm.high),
        "most": figures.integer(most),
        "households": figures.integer(households),
    }
    if households <= most:
        return _(
            "{n} workers × {limit} = {most} ≥ {households} households: every household has a "
            "worker, **{each}** each.",
            each=figures.integer(households / workers) if workers else figures.MISSING,
            **words,
        )
    return _(
        "{n} workers × {limit} = {most} < {households} households: **{left}** have no worker. "
        "At least **{more} more** are needed, {all} in all at {low} each.",
        left=figures.integer(households - most),
        more=_needed(households - most, norm.high),
        all=_needed(households, norm.low or norm.high),
        low=figures.plain(norm.low or norm.high),
        **words,
    )


def _worst_overdue(picture: Picture) -> tuple[Area, float] | None:
    found = [(area, picture.figure("tickets_overdue", area.id).value) for area in picture.areas]
    known = [(area, value) for area, value in found if figures.known(value) and value > 0]
    return max(known, key=lambda pair: pair[1], default=None)


def _concentration(picture: Picture) -> str | None:
    if not picture.tickets:
        return None
    sentences = [
        _(
            "**{share}** of {n} tickets repeat an earlier one ({repeats} ÷ {n}).",
            share=figures.share(picture.repeats, picture.tickets),
            n=figures.integer(picture.tickets),
            repeats=figures.integer(picture.repeats),
        )
    ]
    if picture.busiest:
        place = wording.building(
            picture.busiest.compound or picture.busiest.grid,
            picture.busiest.number,
            picture.busiest.name,
        )
        sentences.append(
            _(
                "Most come from {place}: **{n}**.",
                place=wording.plain(place),
                n=figures.integer(picture.busiest.tickets),
            )
        )
    worst, total = _worst_overdue(picture), picture.sum("tickets_overdue").value
    if worst and figures.known(total):
        sentences.append(
            _(
                "{name} holds **{n}** of {all} overdue ones.",
                name=wording.plain(worst[0].label),
                n=figures.integer(worst[1]),
                all=figures.integer(total),
            )
        )
    return ("" if language() == "zh" else " ").join(sentences)


def three_things(picture: Picture) -> list[str]:
    """Say what to look at first, as Markdown sentences with their arithmetic.

    Returns
    -------
    list of str
        At most three: grid sizes, staffing, tickets. What cannot be said is left out.
    """
    sizes = _largest_grid(picture.grids) or _inside_the_norm(picture.grids)
    found = [sizes, _staffing(picture), _concentration(picture)]
    return [sentence for sentence in found if sentence]


def heading(sentences: list[str]) -> str:
    """Return the heading above what `three_things` says."""
    return _("Three things to look at first") if len(sentences) > 2 else _("Look at this first")  # noqa: PLR2004


def norm_line(norm: Norm, value: float | None) -> Verdict:
    """Say how a value stands against a norm, and how bad that is."""
    if not figures.known(value):
        return figures.MISSING, ""
    text = figures.gap(value, norm.low, norm.high)
    if norm.high and value > norm.high:
        times = _("{n}× the ceiling", n=figures.decimal(value / norm.high))
        return _("{times}, {gap}", times=times, gap=text), "warn"
    return text, "" if norm.verdict(value) == "within" else "warn"
