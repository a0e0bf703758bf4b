"""Hot spots in a monthly report: where, how many against how many, and how sure that is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final

from dashboard import figures, spot_map, spot_rows
from dashboard.briefing.drawing import Disc
from dashboard.briefing.monthly.maps import SPOT_COLOR, SPOT_MM, Atlas
from dashboard.briefing.monthly.words import Told, class_name, joined, n_of, said
from dashboard.briefing.report import Block, Section, Table
from dashboard.services import monthly
from dashboard.state import DEFAULT
from dashboard.wording import plain
from geo import settings
from geo.areas import unit_words
from geo.hotspots import MODES
from geo.papers.wording import clean
from geo.spots import Spot
from geo.studies import METHODS, Study, spot_from_json
from geo.studies.explain import SHORTAGES, explain
from geo.studies.words import kind_words, place_words
from geo.words import _

TOLD: Final = 3
"""Hot spots a sentence tells of."""

COLD: Final = "cold"


def hot(study: Study) -> list[Spot]:
    """Return the hot spots that may be told: few tickets of one address speak of somebody."""
    fewest = settings.briefings().briefing_fewest
    return [one for one in study.spots if one.kind != COLD and one.observed >= fewest]


def summary(told: Told) -> list[str]:
    """Say for the first page how many hot spots there are, and the surest."""
    found = hot(told.study)
    if not found:
        return [_none(told.study)]
    first = _sentence(found[0], told.classes)
    return [joined(_("**Hot spots: {n}.**", n=len(found)), first)]


def section(told: Told, atlas: Atlas) -> Section:
    """Return the section."""
    study = told.study
    found = hot(study)
    sentences = [_none(study)]
    if found:
        sentences = [_tested(study), *(_sentence(one, told.classes) for one in found[:TOLD])]
    blocks: list[Block] = []
    if not study.shortage:
        state = spot_map.map_state(
            told.found.scope, told.picture.grids, DEFAULT, study, told.classes
        )
        marks = [Disc(one.lon, one.lat, SPOT_MM, SPOT_COLOR, str(one.number)) for one in found]
        blocks.append(atlas.plate(_("Map of the hot spots"), state, marks, _weeks(study)))
    blocks.append(_table(_("Hot spots found"), study, found, told.classes))
    blocks += _scanned(told)
    blocks += _listed(told)
    return Section(_("Hot spots"), said(*sentences), tuple(blocks))


# --------------------------------------------------------------------------------- sentences


def _weeks(study: Study) -> str:
    asked = study.question
    first, last = date.fromordinal(asked.start), date.fromordinal(asked.stop - 1)
    return _("{start} to {end}, {n} weeks", start=first, end=last, n=asked.days // 7)


def _tested(study: Study) -> str:
    told = study.told
    return _(
        "Tested: {tickets} tickets of {weeks} in {n} areas ({unit}), {classes} classes one by one; "
        "**{hot}** areas or groups of areas are hot at q ≤ 0.05.",
        tickets=n_of(told["tickets"]),
        weeks=_weeks(study),
        n=n_of(told["areas"]),
        unit=unit_words(told["unit"]),
        classes=n_of(told.get("classes", 1)),
        hot=n_of(len(hot(study))),
    )


def _none(study: Study) -> str:
    told = study.told
    if study.shortage:
        return _(
            "Hot spots were not tested: {reason} There were {n} tickets in {weeks}.",
            reason=_(SHORTAGES[study.shortage]),
            n=n_of(told.get("tickets", told.get("calls"))),
            weeks=_weeks(study),
        )
    none = _(
        "No hot spot was found: {n} areas ({unit}) × {classes} classes were tested at q ≤ 0.05 "
        "with {tickets} tickets of {weeks}.",
        n=n_of(told["areas"]),
        unit=unit_words(told["unit"]),
        classes=n_of(told.get("classes", 1)),
        tickets=n_of(told["tickets"]),
        weeks=_weeks(study),
    )
    return joined(none, _cold(study))


def _cold(study: Study) -> str:
    """Say how many places have fewer tickets than chance explains."""
    n = sum(one.kind == COLD for one in study.spots)
    return _("Cold spots, with fewer tickets than chance explains: {n}.", n=n) if n else ""


def _sentence(spot: Spot, classes: Mapping[str, str]) -> str:
    """Say of a spot what the hot spot page says, with days that do not depend on today's year."""
    place = [place_words(spot), class_name(spot.class_code, classes) if spot.class_code else ""]
    return _(
        "{place}, {days}: {n} tickets where {expected} were to be expected ({times}); by accident "
        "with a probability of {q}.",
        place=plain(clean(_(", ").join(filter(None, place)))) or _("unnamed place"),
        days=_days(spot),
        n=n_of(spot.observed),
        expected=figures.decimal(spot.expected),
        times=spot_rows.times(spot.relative_risk),
        q=spot_rows.probability(spot.q),
    )


def _days(spot: Spot) -> str:
    first, last = date.fromordinal(spot.first_day), date.fromordinal(spot.last_day)
    return f"{first} – {last}" if first.year != last.year else f"{first} – {last:%m-%d}"


# ------------------------------------------------------------------------------------ tables


def _table(title: str, study: Study, found: Sequence[Spot], classes: Mapping[str, str]) -> Table:
    heads = (_("No."), _("Place"), *_figure_heads())
    rows = tuple(_row(one, classes) for one in found)
    numeric = (False, False, False, False, *[True] * 5)
    return Table(title, heads, rows, numeric, _method(study), _("None found."))


def _figure_heads() -> tuple[str, ...]:
    """Name what is told of every spot."""
    return (
        *(_("Class"), _("Days"), _("Tickets"), _("Expected"), _("Relative risk")),
        *("p", "q"),
    )


def _row(one: Spot, classes: Mapping[str, str]) -> tuple[str, ...]:
    return (
        str(one.number),
        clean(place_words(one)) or _("unnamed place"),
        class_name(one.class_code, classes) if one.class_code else _("All classes"),
        _days(one),
        n_of(one.observed),
        figures.decimal(one.expected),
        spot_rows.times(one.relative_risk),
        spot_rows.probability(one.p),
        spot_rows.probability(one.q),
    )


def _method(study: Study) -> str:
    """Say in words how it was tested."""
    return clean(joined(*explain(study)))


def _scanned(told: Told) -> list[Block]:
    """Tell the clusters of a scan, where somebody had made one of the same data."""
    kept = monthly.clusters(told.found)
    if kept is None or kept.study.shortage:
        return []
    return [_table(_("Clusters found"), kept.study, hot(kept.study), told.classes)]


def _listed(told: Told) -> list[Block]:
    """Tell what somebody put on the list for the next briefing."""
    fewest = settings.briefings().briefing_fewest
    found = [(row, spot_from_json(row["found"])) for row in monthly.in_briefing(told.found.scope)]
    kept = [(row, spot) for row, spot in found if spot.observed >= fewest]
    if not kept:
        return []
    heads = (_("Place"), _("Kind"), *_figure_heads(), _("Method and test"))
    rows = tuple(_listed_row(row, spot, told.classes) for row, spot in kept)
    numeric = (False, False, False, False, *[True] * 5, False)
    title = _("Chosen on the hot spot page for this briefing")
    return [Table(title, heads, rows, numeric)]


def _listed_row(row: Mapping[str, Any], spot: Spot, classes: Mapping[str, str]) -> tuple[str, ...]:
    _number, place, *rest = _row(spot, classes)
    where = clean(f"{row['place']} {place}")
    return (where, kind_words(spot), *rest, _way(row))


def _way(row: Mapping[str, Any]) -> str:
    """Name the method and its test."""
    parts = [_(METHODS[row["method"]])]
    mode = (row["parameters"] or {}).get("mode")
    if mode in MODES:
        parts.append(_(MODES[mode]))
    return " · ".join(parts)
