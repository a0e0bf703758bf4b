"""Two periods compared, and what a measure changed."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt

from geo import followup
from geo.areas import Areas
from geo.cases import Cases
from geo.followup import Change, Spots, WeeklyEffect
from geo.spots import Spot, weekly
from geo.studies import places
from geo.studies.intake import take_in
from geo.studies.question import Question, Study

Floats = npt.NDArray[np.float64]

MOST_WEEKS = 26
"""Weeks looked at on either side of a measure."""

_WEEK = 7


def compared(cases: Cases, question: Question) -> Study:
    """Answer a question about two periods: that of the question, and as many days before it.

    Spots of either are found as by the method of significant hot spots; what became of them is
    judged on the same ground by the ratio of the rates. Without spots there is nothing to
    compare, nor without buildings where one period has no tickets: then there is no ground.
    """
    then = replace(question, start=question.start - question.days, stop=question.start)
    now, before = (places.gi(take_in(cases, one)) for one in (question, then))
    told = {**now.told, "before": dict(before.told), "shortage_before": before.shortage}
    empty = not (now.told["tickets"] and before.told["tickets"])
    if not (now.spots or before.spots) or (empty and cases.buildings.empty):
        return replace(now, told=told, more={"changes": []})
    counts = [_Counts(cases, one) for one in (then, question)]
    changes = [
        (code, change)
        for code in sorted({one.class_code for one in (*now.spots, *before.spots)})
        for change in _changes(_of(before, code), _of(now, code), counts)
    ]
    gone = [one for one in before.spots if one.kind == "hot"]
    spots = [*now.spots, *gone]
    numbered = tuple(replace(one, number=at) for at, one in enumerate(spots, 1))
    rows = _rows(now, before, changes)
    return replace(now, told=told, spots=numbered, more={"changes": rows})


def _of(study: Study, code: str) -> list[Spot]:
    """Return the hot spots of a class."""
    return [one for one in study.spots if one.class_code == code and one.kind == "hot"]


class _Counts:
    """Tickets, and what was to be expected, of any areas in one period."""

    def __init__(self, cases: Cases, question: Question) -> None:
        self.asked = take_in(cases, question)
        self.areas: Areas = places.areas_for(self.asked.cases, question)
        self.rated = places.rates(cases, question)
        self.place = {key: at for at, key in enumerate(self.areas.keys)}
        self.code = self.asked.cases.tickets["class_code"].to_numpy(object)

    def of(self, keys: tuple[str, ...], code: str) -> tuple[float, float]:
        """Return observed and expected."""
        part = np.array([self.place[key] for key in keys if key in self.place], dtype=np.int64)
        looked = places.looked_at(self.areas, part)
        mine = self.code == code if code else np.ones(len(self.code), dtype=bool)
        at = self.areas.of_ticket[mine]
        base = self.areas.households if self.rated else np.ones(len(self.areas))
        observed = float(np.isin(at, looked).sum())
        return observed, float((at >= 0).sum() * base[looked].sum() / base.sum())


def _changes(before: list[Spot], now: list[Spot], counts: list[_Counts]) -> list[Change]:
    then, later = counts
    return list(followup.compare(_side(before, then, later), _side(now, later, then)))


def _side(spots: list[Spot], own: _Counts, other: _Counts) -> Spots:
    mine = [own.of(one.keys, one.class_code) for one in spots]
    theirs = [other.of(one.keys, one.class_code) for one in spots]
    return Spots(
        members=[one.keys for one in spots],
        observed=[one[0] for one in mine],
        expected=[one[1] for one in mine],
        other_observed=[one[0] for one in theirs],
        other_expected=[one[1] for one in theirs],
    )


def _rows(now: Study, before: Study, changes: list[tuple[str, Change]]) -> list[dict[str, Any]]:
    """Say of each change which spots of the study it is about; numbers as in the study."""
    later = {one: _of(now, one) for one, _change in changes}
    earlier = {one: _of(before, one) for one, _change in changes}
    hot = [one for one in before.spots if one.kind == "hot"]
    offset = len(now.spots) + 1
    rows = []
    for code, change in changes:
        row = {
            name: value
            for name, value in asdict(change).items()
            if name not in {"before", "after", "others", "merged"}
        }
        was = None if change.before is None else earlier[code][change.before]
        now_is = None if change.after is None else later[code][change.after]
        row |= {
            "before": None if was is None else offset + hot.index(was),
            "after": None if now_is is None else now_is.number,
            "class_code": code,
        }
        rows.append({name: _plain(value) for name, value in row.items()})
    return rows


def _plain(value: Any) -> Any:
    """Return what JSON can hold: an unknown or boundless number becomes None."""
    return None if isinstance(value, float) and not np.isfinite(value) else value


@dataclass(frozen=True)
class Trial:
    """What became of some areas after a measure.

    Attributes
    ----------
    start
        First day of the first week, ordinal.
    cut
        Weeks before the measure.
    treated, control
        Tickets of each week where it was taken, and everywhere else.
    found
        What it changed.
    """

    start: int
    cut: int
    treated: tuple[int, ...]
    control: tuple[int, ...]
    found: WeeklyEffect


def effect(cases: Cases, question: Question, keys: tuple[str, ...], cut: date) -> Trial | None:
    """Return whether a measure changed the tickets of some areas, against all others.

    Parameters
    ----------
    cases
        Tickets of the period of the question at least.
    keys
        The areas where it was taken.
    cut
        Its first day. Whole weeks before and from it are compared, `MOST_WEEKS` at most.

    Returns
    -------
    Trial or None
        None where no whole week lies on either side.
    """
    asked = take_in(cases, question)
    areas = places.areas_for(asked.cases, question)
    place = {key: at for at, key in enumerate(areas.keys)}
    part = np.array([place[key] for key in keys if key in place], dtype=np.int64)
    at = cut.toordinal()
    before = min(MOST_WEEKS, (at - question.start) // _WEEK)
    after = min(MOST_WEEKS, (question.stop - at) // _WEEK)
    if before < 1 or after < 1 or part.size == 0:
        return None
    start, stop = at - before * _WEEK, at + after * _WEEK
    day = asked.cases.tickets["day"].to_numpy()
    treated = np.isin(areas.of_ticket, places.looked_at(areas, part))
    control = (areas.of_ticket >= 0) & ~treated
    here, there = (weekly(day[one], start, stop) for one in (treated, control))
    found = followup.before_after_weekly(np.array(here), np.array(there), cut=before)
    return Trial(start, before, here, there, found)
