"""Hot spots: the question a page asks, its answer on record or made now, and what comes of it."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

import numpy as np
import shapely
import streamlit as st

from dashboard.services.base import Edition, reading, viewer, writing
from dashboard.services.jobs import Job
from dashboard.services.territory import Scope
from dashboard.state import PageState
from geo import crs, periods, studies
from geo.cases import Cases
from geo.spots import Spot
from geo.store import case_rows, queries, study_rows
from geo.store.study_rows import Place
from geo.studies import Question, Study, Trial, effect

Kept = study_rows.Kept

SLOW = ("scan",)
"""Methods whose answer takes long enough to be made in a process of its own."""

_DAYS_BACK = 364


def last_day(scope: Scope) -> date:
    """Return the last local day there is data of."""
    return periods.local_day(scope.as_of or datetime.now(periods.ZONE))


def question(scope: Scope, asked: PageState) -> Question:
    """Take the question out of the page's state."""
    stop = last_day(scope).toordinal() + 1
    return Question(
        method=asked.method,
        start=stop - int(asked.span),
        stop=stop,
        classes=asked.cls,
        each=asked.each == "each",
        repeats=asked.calls == "calls",
        unit=asked.unit,
        measure=asked.measure,
        mode=asked.test,
        step=asked.step,
        scan=asked.scan,
        prospective=asked.when == "now",
        radius_m=float(asked.near if asked.method == "groups" else asked.reach),
        simulations=int(asked.sims),
    )


def _place(scope: Scope) -> Place:
    community = scope.community.id if scope.community else None
    return Place(scope.street.id, community, scope.plan_ids, scope.as_of)


def cases(scope: Scope, asked: Question) -> Cases:
    """Return the tickets a question is about, and as many days before."""
    return _cases(scope.edition, scope.community_ids, asked.start - asked.days, asked.stop)


@st.cache_resource(max_entries=8, show_spinner=False)
def _cases(edition: Edition, community_ids: tuple[int, ...], start: int, stop: int) -> Cases:
    """Read them; kept as they are, since nothing changes them."""
    days = date.fromordinal(max(start, 1)), date.fromordinal(stop)
    with reading() as connection:
        return case_rows.read(connection, viewer(), community_ids, *days)


def on_record(scope: Scope, asked: Question) -> Kept | None:
    """Return the answer that was given to this question about this state of the data."""
    return _on_record(scope.edition, _place(scope), asked)


@st.cache_data(max_entries=64, show_spinner=False)
def _known(edition: Edition, place: Place, asked: Question) -> Kept | None:
    with reading() as connection:
        version = study_rows.data_version(connection)
        return study_rows.find(connection, viewer(), study_rows.key_of(asked, place, version))


def _on_record(edition: Edition, place: Place, asked: Question) -> Kept | None:
    found = _known(edition, place, asked)
    if found is None:
        # What is not there yet is not to be remembered as missing.
        _known.clear(edition, place, asked)
    return found


def answer(scope: Scope, asked: Question) -> Kept:
    """Return the answer on record, or make and keep it."""
    found = on_record(scope, asked)
    if found is not None:
        return found
    begun, version = time.monotonic(), _data_version()
    made = studies.answer(cases(scope, asked), asked)
    return keep(scope, made, version, time.monotonic() - begun)


def _data_version() -> str:
    with reading() as connection:
        return study_rows.data_version(connection)


def keep(scope: Scope, made: Study, version: str, seconds: float) -> Kept:
    """Put an answer on record, as one from the state of the data it was made from."""
    with writing() as connection:
        who = viewer().name
        study_rows.keep(connection, made, _place(scope), version, who=who, seconds=seconds)
    found = on_record(scope, made.question)
    if found is None:  # The data have changed since: shown all the same, and asked again next time.
        return Kept(0, datetime.now(periods.ZONE), seconds, made)
    return found


@dataclass(frozen=True)
class Making:
    """An answer being made: for which place, question and state of the data, and since when."""

    place: Place
    asked: Question
    version: str
    job: Job[Study]
    begun: float

    def is_for(self, scope: Scope, asked: Question) -> bool:
        """Tell whether it is the answer to a question about a place."""
        return (self.place, self.asked) == (_place(scope), asked)


def begin(scope: Scope, asked: Question) -> Making:
    """Start making an answer in a process of its own."""
    version = _data_version()
    job: Job[Study] = Job.begin("geo.studies", (cases(scope, asked), asked))
    return Making(_place(scope), asked, version, job, time.monotonic())


def finished(scope: Scope, made: Making) -> Kept | None:
    """Keep what a process has made; None while there is nothing."""
    if made.job.result is None:
        return None
    return keep(scope, made.job.result, made.version, time.monotonic() - made.begun)


# ----------------------------------------------------------------------------- from an answer


def workers(scope: Scope, codes: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    """Return who leads or works each of some grids, by the grid's code."""
    held = _workers(scope.edition, scope.plan_ids, last_day(scope))
    return {code: held.get(code, ()) for code in codes}


@st.cache_data(max_entries=64, show_spinner=False)
def _workers(edition: Edition, plan_ids: tuple[int, ...], day: date) -> dict[str, tuple[str, ...]]:
    with reading() as connection:
        return queries.grid_workers(connection, viewer(), plan_ids, day)


def before_after(scope: Scope, asked: Question, spot: Spot, cut: date) -> Trial | None:
    """Return whether a measure on a day changed the tickets of a spot against all others.

    Tickets of the class it was found in are compared, as many weeks on either side as there is
    data for, up to 26.

    Returns
    -------
    Trial or None
        None where no whole week lies on either side.
    """
    stop = asked.stop
    classes = (spot.class_code,) if spot.class_code else asked.classes
    whole = replace(asked, start=stop - _DAYS_BACK, stop=stop, classes=classes)
    return effect(cases(scope, whole), whole, spot.keys, cut)


def in_briefing(scope: Scope) -> list[dict[str, Any]]:
    """Return the list for the next briefing of the street."""
    with reading() as connection:
        return [dict(row) for row in study_rows.briefing(connection, viewer(), scope.street.id)]


def put_in_briefing(study_id: int, spot: int) -> None:
    """Put a spot on the list for the next briefing."""
    with writing() as connection:
        study_rows.put_in_briefing(connection, study_id, spot, viewer().name)


def take_out(study_id: int, spot: int) -> None:
    """Take a spot off that list."""
    with writing() as connection:
        study_rows.take_out(connection, study_id, spot)


def area_at(kept: Kept, lon: float, lat: float) -> str | None:
    """Return the key of the square or hexagon at a place, None beyond them."""
    figures = kept.study.areas
    if figures is None or not figures.rings:
        return None
    shapes = shapely.polygons([shapely.linearrings(ring) for ring in figures.rings])
    at = np.flatnonzero(shapely.intersects_xy(shapes, lon, lat))
    return figures.keys[int(at[0])] if at.size else None


def circle_at(kept: Kept, lon: float, lat: float) -> int | None:
    """Return the number of the smallest cluster or group around a place, None beyond them."""
    spots = kept.study.spots
    degrees = shapely.points([(lon, lat), *((one.lon, one.lat) for one in spots)])
    here, *middles = crs.to_metric(degrees, crs.metric_crs(lon, lat))
    around = [
        (one.radius_m, one.number)
        for one, middle in zip(spots, middles, strict=True)
        if shapely.distance(here, middle) <= one.radius_m
    ]
    return min(around)[1] if around else None
