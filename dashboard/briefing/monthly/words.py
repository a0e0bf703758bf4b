"""What the sections of a monthly report have in common: names, changes, tables, discretion."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import pandas as pd
from babel.dates import format_skeleton

from dashboard import figures, load_rows, trend_rows, wording
from dashboard.briefing.report import Sentence, Table
from dashboard.briefing.runs import runs_of
from dashboard.load_rows import Load
from dashboard.parts.table import AreaTable, TableRow
from dashboard.services.monthly import Monthly, total_before
from dashboard.services.overview import Figure, Picture
from geo import discretion, settings
from geo.indicators import INDICATORS
from geo.norms import Norm
from geo.papers.wording import clean
from geo.periods import Period
from geo.studies import Study
from geo.words import _, language, locale

WITHHELD: Final = "·"
"""Stands for a number that would speak of somebody."""

COUNTED: Final = (
    "households",
    "residents",
    "age60",
    "alone60",
    "care_elderly",
    "party_members",
    "tickets",
    "tickets_open",
    "tickets_overdue",
    "repeat_addresses",
    "visits_due",
    "visits_overdue",
)
"""Counts of grids that are told."""


@dataclass(frozen=True)
class Told:
    """What a report is written from.

    Attributes
    ----------
    picture
        Of the month, without the grids in `withheld`.
    withheld
        Codes of grids whose numbers are not told.
    load
        The composite load of the grids.
    study
        Hot spots of the weeks up to the month's end.
    classes
        Ticket class to its name.
    """

    found: Monthly
    picture: Picture
    withheld: frozenset[str]
    load: Load
    study: Study
    classes: Mapping[str, str]

    @property
    def few(self) -> Norm:
        """The smallest denominator a ratio may stand on."""
        return self.picture.norms["small_denominator"]


# ------------------------------------------------------------------------------------ discretion


def withheld(picture: Picture) -> frozenset[str]:
    """Return the codes of grids that would tell of a single building's few people.

    A grid of one building is that building. What would give its numbers away, subtracted from the
    totals, is withheld too.
    """
    fewest, areas = settings.briefings().briefing_fewest, picture.areas
    if not areas or areas[0].kind != "grid":
        return frozenset()
    counts = np.array([[_count(picture, key, area.id) for key in COUNTED] for area in areas])
    single = np.array([area.buildings == 1 for area in areas])
    # A grid of several buildings is never small: only single ones speak of somebody.
    weighed = np.where(single[:, None], counts, counts * fewest)
    chosen = discretion.put_together(weighed, fewest)
    return frozenset(area.code for area, one in zip(areas, chosen, strict=True) if one)


def _count(picture: Picture, key: str, area_id: int) -> int:
    value = picture.figure(key, area_id).value
    return round(value) if figures.known(value) else 0


def without(picture: Picture, codes: frozenset[str]) -> Picture:
    """Return a picture that knows nothing of some grids."""
    if not codes:
        return picture
    ground = without(picture.ground, codes) if picture.ground else None
    hidden = {area.id for area in picture.areas if area.code in codes}
    kept = {
        key: {one: figure for one, figure in found.items() if one not in hidden}
        for key, found in picture.figures.items()
    }
    return replace(picture, figures=kept, ground=ground)


# ----------------------------------------------------------------------------------------- words


def said(*markdown: str) -> tuple[Sentence, ...]:
    """Take over some sentences; empty ones are left out."""
    return tuple(runs_of(one) for one in markdown if one)


def joined(*markdown: str) -> str:
    """Put sentences one after the other."""
    return ("" if language() == "zh" else " ").join(one for one in markdown if one)


def listed(parts: Iterable[str]) -> str:
    """List some phrases that may hold commas."""
    return ("；" if language() == "zh" else "; ").join(parts)


def month_name(month: Period) -> str:
    """Write a month: ``2026年10月``, ``October 2026``."""
    return str(format_skeleton("yMMMM", month.start, locale=locale()))


def class_name(code: str, classes: Mapping[str, str]) -> str:
    """Return what a class of tickets is called."""
    return clean(classes.get(code, code))


def n_of(value: float | None) -> str:
    """Write a count."""
    return figures.integer(value)


def fraction(figure: Figure) -> str:
    """Write what a ratio was made of."""
    if not figures.known(figure.denominator):
        return ""
    return f"{n_of(figure.numerator)} ÷ {n_of(figure.denominator)}"


def ratio(part: float, whole: float, norm: Norm) -> str:
    """Write a share, or that it stands on too few cases."""
    if not whole:
        return figures.MISSING
    if whole < norm.value:
        return _("too few ({part} ÷ {whole})", part=n_of(part), whole=n_of(whole))
    return figures.share(part, whole)


def known(picture: Picture, key: str, figure: Figure) -> float | None:
    """Return a figure's value unless it stands on too few cases."""
    few = picture.too_few(key, figure)
    return None if few or not figures.known(figure.value) else figure.value


def changes(told: Told, key: str) -> tuple[tuple[str, str], ...]:
    """Write the changes of a total on the month and on the year, with their tones."""
    if not INDICATORS[key].history:
        return ((_("no past on record"), "muted"),)
    if not told.found.whole:
        return ((_("the month is not over"), "muted"),)
    before, year_before = total_before(told.found, key)
    now = known(told.picture, key, told.picture.sum(key))
    return (
        _change(told, key, now, before, month=True),
        _change(told, key, now, year_before, month=False),
    )


def _change(
    told: Told, key: str, now: float | None, then: Figure, *, month: bool
) -> tuple[str, str]:
    if told.picture.too_few(key, then):
        return (
            _("last month: too few cases") if month else _("a year before: too few cases")
        ), "muted"
    text, tone = trend_rows.change(key, now, known(told.picture, key, then))
    if text == figures.MISSING:
        return (
            _("last month: nothing on record") if month else _("a year before: nothing on record")
        ), "muted"
    line = (
        _("{change} on the month", change=text) if month else _("{change} on the year", change=text)
    )
    return line, tone or "muted"


def against(told: Told, key: str) -> str:
    """Say of a total how it was before, with both figures; of what is not known, that."""
    if not told.found.whole:
        return ""
    before, year_before = total_before(told.found, key)
    if not figures.known(before.value) and not figures.known(year_before.value):
        return _("nothing on record to compare with")
    parts = [_then(told, key, before, month=True), _then(told, key, year_before, month=False)]
    return ("，" if language() == "zh" else ", ").join(parts)


def _then(told: Told, key: str, then: Figure, *, month: bool) -> str:
    line, _tone = _change(
        told, key, known(told.picture, key, told.picture.sum(key)), then, month=month
    )
    value = known(told.picture, key, then)
    if value is None:
        return line
    was = wording.with_unit(key, value)
    return _("{change} ({figure} then)", change=line, figure=was)


def name_of(load: Load, code: str) -> str:
    """Return what a grid is called, by its code."""
    area = load.picture.area(code)
    return load_rows.name(area) if area else code[-3:]


# ---------------------------------------------------------------------------------------- tables


def table_of(
    title: str,
    found: AreaTable,
    hidden: frozenset[str] = frozenset(),
    note: str = "",
    empty: str = "",
) -> Table:
    """Take over a page's table, in the order the page shows it.

    Parameters
    ----------
    hidden
        Codes of the rows whose numbers are not told.
    """
    rows = [_row(one, hidden) for one in _sorted(found)]
    notes = [note, withheld_note(sum(one.id in hidden for one in found.rows))]
    return Table(
        title,
        tuple(column.label for column in found.columns),
        tuple(rows),
        tuple(at > 0 for at in range(len(found.columns))),
        joined(*notes),
        empty,
    )


def withheld_note(n: int) -> str:
    """Say that some grids are not told; nothing where all are."""
    if not n:
        return ""
    return _(
        "{sign}: {n} grids are not told singly; one of them is a single building with fewer than "
        "{few} of something.",
        sign=WITHHELD,
        n=n,
        few=settings.briefings().briefing_fewest,
    )


def _sorted(found: AreaTable) -> Sequence[TableRow]:
    if found.sort < 0:
        return found.rows
    at = found.sort
    if at == 0:
        return sorted(found.rows, key=lambda row: (not row.id, row.id))

    def order(row: TableRow) -> tuple[bool, float]:
        value = row.cells[at].value
        return (value is None, 0.0 if value is None else -value)

    return sorted(found.rows, key=order)


def _row(row: TableRow, hidden: frozenset[str]) -> tuple[str, ...]:
    name, *cells = (clean(cell.text) for cell in row.cells)
    return (name, *([WITHHELD] * len(cells) if row.id in hidden else cells))


def frame_table(title: str, found: pd.DataFrame, note: str = "", texts: int = 1) -> Table:
    """Take over a table of texts, the first columns of words and the others of numbers."""
    head = tuple(map(str, found.columns))
    rows = tuple(tuple(clean(str(cell)) for cell in row) for row in found.itertuples(index=False))
    return Table(title, head, rows, tuple(at >= texts for at in range(len(head))), note)
