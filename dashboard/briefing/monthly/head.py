"""The first page of a monthly report: its figures and what is most worth knowing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from dashboard import verdicts, wording
from dashboard.briefing.monthly.spots import summary as spots_summary
from dashboard.briefing.monthly.watch import summary as watch_summary
from dashboard.briefing.monthly.words import (
    Told,
    against,
    changes,
    fraction,
    joined,
    month_name,
    n_of,
    ratio,
    said,
)
from dashboard.briefing.report import Kpi, Kpis, Section
from dashboard.briefing.runs import plain_text
from geo.indicators import INDICATORS
from geo.papers.wording import clean
from geo.words import _

KPIS: Final = (
    "households",
    "households_per_worker",
    "tickets",
    "on_time_rate",
    "tickets_overdue",
    "visit_coverage",
    "visits_overdue",
    "party_contact_coverage",
)
"""The figures of the first page, in order."""


def section(told: Told) -> Section:
    """Return the section."""
    title = _("{month} at a glance", month=month_name(told.found.month))
    return Section(title, said(*sentences(told)), (kpis(told),))


def kpis(told: Told) -> Kpis:
    """Return the figures, each against the month before and the year before."""
    return Kpis("", tuple(_kpi(told, key) for key in KPIS))


def _kpi(told: Told, key: str) -> Kpi:
    picture, figure = told.picture, told.picture.sum(key)
    few = picture.too_few(key, figure)
    if key in verdicts.STRIP:
        cell = verdicts.cell(picture, key)
        texts, tone = (cell.label, cell.value, cell.unit), cell.tone
        note = cell.verdict
    else:
        shown = "—" if few else wording.number(key, figure.value)
        texts, tone = (_(INDICATORS[key].label), shown, wording.unit(key)), ""
        note = _note(told, key)
    label, value, unit = (clean(text) for text in texts)
    return Kpi(
        label, value, unit if value != "—" else "", changes(told, key), plain_text(note), tone
    )


def _note(told: Told, key: str) -> str:
    figure = told.picture.sum(key)
    if told.picture.too_few(key, figure):
        return _("Too few cases · {fraction}", fraction=fraction(figure))
    if key == "tickets_overdue":
        waiting = told.picture.sum("tickets_open").value
        return "" if waiting is None else _("{n} open", n=n_of(waiting))
    return fraction(figure)


# --------------------------------------------------------------------------------- sentences


def sentences(told: Told) -> list[str]:
    """Say what is most worth knowing."""
    makers: tuple[Callable[[Told], str], ...] = (_basis, _tickets, _on_time)
    found = [make(told) for make in makers]
    found += verdicts.three_things(told.picture)
    found += [_visits(told), *spots_summary(told), watch_summary(told)]
    return [one for one in found if one]


def _basis(told: Told) -> str:
    """Say what of the month there are records of, where that is not all."""
    month, first = told.found.month, told.found.began.get("tickets")
    parts = []
    if not told.found.whole:
        parts.append(
            _(
                "The month is not over: the data reach {n} days, {start} to {end}; nothing is "
                "compared with them.",
                n=month.days,
                start=month.start,
                end=month.last_day,
            )
        )
    if first is not None and month.start < first < month.end:
        parts.append(_("Tickets are on record only since {day}.", day=first))
    return joined(*parts)


def _tickets(told: Told) -> str:
    figure = told.picture.sum("tickets")
    if figure.value is None:
        return _("Tickets: 0 are on record up to the end of the month.")
    return _with_past(told, "tickets", _("**{n} tickets** were reported", n=n_of(figure.value)))


def _on_time(told: Told) -> str:
    figure = told.picture.sum("on_time_rate")
    part, whole = figure.numerator, figure.denominator
    if part is None or not whole:
        return ""
    share = ratio(part, whole, told.few)
    if told.picture.too_few("on_time_rate", figure):
        return _("Closed on time: {share}.", share=share)
    body = _(
        "Closed on time: {part} ÷ {whole} = **{share}**",
        part=n_of(part),
        whole=n_of(whole),
        share=share,
    )
    return _with_past(told, "on_time_rate", body)


def _with_past(told: Told, key: str, body: str) -> str:
    past = against(told, key)
    return _("{sentence}: {past}.", sentence=body, past=past) if past else f"{body}" + _(".")


def _visits(told: Told) -> str:
    figure = told.picture.sum("visit_coverage")
    late = told.picture.sum("visits_overdue").value
    if figure.numerator is None or not figure.denominator:
        return ""
    first = _(
        "Visits: of {due} households that were due, {done} were met ({share})",
        due=n_of(figure.denominator),
        done=n_of(figure.numerator),
        share=ratio(figure.numerator, figure.denominator, told.few),
    )
    second = (
        _("**{n} households** are overdue at the end of the month.", n=n_of(late))
        if late is not None
        else ""
    )
    return joined(_with_past(told, "visit_coverage", first), second)
