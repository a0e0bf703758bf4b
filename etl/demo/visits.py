"""Home visits: care visits by class, the yearly round of every household, and what is missed."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from etl.demo import rhythm
from etl.demo.people import RENTED, RESIDENT
from etl.demo.place import Place
from etl.demo.staff import Team

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Times = npt.NDArray[np.datetime64]

CARE_DAYS = np.array([0, 7, 30, 90])
CARE_LATE = 0.05
CARE_SKIPPED = 0.05
YEARLY = 0.955
PER_WORKER_A_MONTH = 115
ROUNDS_IN_A_YEAR = 12
ROUTINE_AT_LEAST = 1.3
WORKING_H = (8.6, 17.4)
PURPOSES = np.array(["routine", "care", "party", "ticket"], dtype=object)
RESULTS = np.array(["met", "absent", "refused"], dtype=object)


def _care_rounds(care: Ints, rng: np.random.Generator) -> tuple[Ints, Floats]:
    """Return who was visited, and how many days before the cut-off."""
    cared = np.flatnonzero(care > 0)
    interval = CARE_DAYS[care[cared]].astype(float)
    newest = rng.random(len(cared)) * interval * 0.72
    late = rng.random(len(cared)) < CARE_LATE
    newest[late] = interval[late] * rng.uniform(1.2, 2.6, int(late.sum()))
    rounds = ((rhythm.DAYS - 1 - newest) / (interval * 0.95)).astype(np.int64) + 1
    rounds = np.maximum(rounds, 0)
    who = np.repeat(np.arange(len(cared)), rounds)
    nth = np.arange(len(who)) - np.repeat(np.cumsum(rounds) - rounds, rounds)
    ago = newest[who] + nth * interval[who] * 0.95
    kept = (nth == 0) | (rng.random(len(who)) > CARE_SKIPPED)
    return cared[who][kept], ago[kept]


def _yearly_rounds(
    homes: Ints, grid: Ints, total: int, rng: np.random.Generator
) -> tuple[Ints, Floats]:
    """Visit nearly every household once, and many again; some grids miss more than others."""
    missing = rng.beta(3.0, 3.0, int(grid.max()) + 1) * 2 * (1 - YEARLY)
    once = rng.random(len(homes)) > missing[grid[homes]]
    seen = homes[once]
    weight = rng.gamma(1.4, 1.0, len(seen))
    extra = rng.choice(seen, max(0, total - len(seen)), p=weight / weight.sum())
    who = np.concatenate([seen, extra])
    return who, rng.random(len(who)) * (rhythm.DAYS - 4) + 0.5


def _times(ago_days: Floats, place: Place, rng: np.random.Generator) -> Times:
    """Turn days before the cut-off into working hours; weekend visits mostly move to Monday."""
    day = rhythm.DAYS - np.ceil(ago_days).astype(np.int64)
    first = np.datetime64(place.draft.as_of.date(), "D") - rhythm.DAYS
    weekday = ((first + day).astype(int) + 3) % 7
    weekend = (weekday >= 5) & (rng.random(len(day)) < 0.8)
    day = np.minimum(day + np.where(weekend, 7 - weekday, 0), rhythm.DAYS - 1)
    hour = rng.uniform(*WORKING_H, len(day))
    return rhythm.at(np.maximum(day, 1), hour, place.draft.as_of)


def _staff_of(place: Place, team: Team, grid: Ints, rng: np.random.Generator) -> Ints:
    """Draw one of the grid's staff for each visit."""
    first = np.searchsorted(team.grid, np.arange(len(place.grid_id)))
    many = np.bincount(team.grid, minlength=len(place.grid_id))
    return team.staff_id[first[grid] + (rng.random(len(grid)) * many[grid]).astype(np.int64)]


def visit(place: Place, team: Team) -> None:
    """Write a year of visits into the draft."""
    rng = place.chance("visits")
    people, homes = place.people, place.land.homes
    carer, care_ago = _care_rounds(people.care, rng)
    lived_in = np.flatnonzero(np.isin(homes.state, (RESIDENT, RENTED)))
    total = len(team.staff_id) * PER_WORKER_A_MONTH * ROUNDS_IN_A_YEAR - len(carer)
    total = max(total, round(len(lived_in) * ROUTINE_AT_LEAST))
    routine, ago = _yearly_rounds(lived_in, place.home_grid, total, rng)
    home = np.concatenate([people.home[carer], routine])
    care = np.arange(len(home)) < len(carer)
    purpose = np.where(care, 1, rng.choice([0, 2, 3], len(home), p=(0.84, 0.09, 0.07)))
    at = _times(np.concatenate([care_ago, ago]), place, rng)
    resident = np.full(len(home), -1)
    resident[: len(carer)] = place.resident_id[carer]
    rows = pd.DataFrame(
        {
            "household_id": place.home_id[home],
            "resident_id": pd.arrays.IntegerArray(resident, resident < 0),
            "staff_id": _staff_of(place, team, place.home_grid[home], rng),
            "at": pd.DatetimeIndex(at).tz_localize("UTC"),
            "purpose": PURPOSES[purpose],
            "result": RESULTS[rng.choice(3, len(home), p=(0.955, 0.04, 0.005))],
        }
    ).sort_values("at", kind="stable", ignore_index=True)
    rows.insert(0, "id", place.draft.take("visit", len(rows)))
    place.draft.add("visit", rows)
