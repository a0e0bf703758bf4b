"""Setting norms: a new row each time, for everybody or for one community, so history is kept.

The latest row of a community is in force there, else the latest for everybody. A community's row
without bounds takes its own norm back.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

import sqlalchemy as sa

from geo.errors import N_, InputError
from geo.norms import NORMS, WORKLOAD_TERMS, Norm
from geo.store.compute import refresh_within, wait_turn
from geo.store.tables import norm

MOST = 1_000_000
"""No bound is larger: beyond stands *never* (`geo.facts.NEVER_DAY`)."""

_LEAST = dict.fromkeys(
    (
        "detour",
        "elderly_speed_m_min",
        "household_visit_days",
        "rounds_per_month",
        "visit_days_general",
        "visit_days_high_risk",
        "visit_days_key",
        "walk_speed_m_min",
        "wheelchair_speed_m_min",
        "worker_hours_month",
    ),
    1.0,
)
"""Norms that are divided by, or without which nothing would ever be due."""

JUDGED_ONLY = frozenset(
    {
        "grid_households",
        "grid_parts",
        "polsby_popper",
        "reock",
        "small_denominator",
        "visit_quota_per_worker",
        "visits_per_month",
        "worker_households",
        "worker_hours_month",
        *(f"weight_{term}" for term in WORKLOAD_TERMS),
    }
)
"""Norms that kept figures are only held against; all others are computed with."""


class Bounds(NamedTuple):
    """Floor and ceiling in the norm's unit; None where there is none."""

    low: float | None
    high: float | None


@dataclass(frozen=True)
class Change:
    """One row of a norm's history.

    Attributes
    ----------
    community_id
        Whose norm it was; None for everybody's.
    before, after
        What was in force there, and what came into force; ``after`` is None where a community
        took its own norm back.
    source
        Why, in the office's words.
    """

    at: datetime
    by: str
    community_id: int | None
    before: Bounds
    after: Bounds | None
    source: str


def set_norm(
    connection: sa.Connection,
    community_id: int | None,
    key: str,
    bounds: tuple[float | None, float | None],
    *,
    source: str,
    actor: str,
) -> None:
    """Set a norm; the former row stays as history.

    Parameters
    ----------
    community_id
        Where it holds; None for every community without one of its own.
    bounds
        Floor and ceiling in the norm's unit; None for none.
    source
        Why, or on whose word.

    Raises
    ------
    InputError
        If there is no such norm, no bound is given or one makes no sense, the floor is above the
        ceiling, or the reason is missing.
    """
    entry = _entry(key)
    own = Bounds(*bounds)
    _require_sense(key, own)
    _insert(connection, community_id, entry, own, source, actor)


def take_back(
    connection: sa.Connection, community_id: int | None, key: str, *, source: str, actor: str
) -> None:
    """Return to what was before anybody changed it.

    Parameters
    ----------
    community_id
        A community follows everybody's norm again; for everybody (None) it is the default again.

    Raises
    ------
    InputError
        If there is no such norm, or the reason is missing.
    """
    entry = _entry(key)
    default = Bounds(entry.low, entry.high) if community_id is None else Bounds(None, None)
    _insert(connection, community_id, entry, default, source, actor)


def recompute(connection: sa.Connection, community_id: int | None, key: str) -> bool:
    """Compute anew what depends on a norm, in the caller's transaction; say whether anything does.

    Call `geo.store.compute.wait_turn` before the first write of the transaction.
    """
    if key in JUDGED_ONLY:
        return False
    connection.execute(sa.text("SET LOCAL statement_timeout = 0"))
    refresh_within(connection, None if community_id is None else [community_id], figures_only=True)
    return True


def wait(connection: sa.Connection, key: str) -> None:
    """Let a running computation or import end, where changing a norm will compute."""
    if key not in JUDGED_ONLY:
        connection.execute(sa.text("SET LOCAL statement_timeout = 0"))
        wait_turn(connection)


def history(connection: sa.Connection, key: str, community_id: int | None) -> list[Change]:
    """Return the changes of a norm that a community has seen, the newest first.

    Parameters
    ----------
    community_id
        Its own changes and everybody's; None for everybody's alone.
    """
    own = norm.c.community_id
    asked = (
        sa.select(norm)
        .where(norm.c.key == key, own.is_(None) | (own == community_id))
        .order_by(norm.c.set_at, norm.c.id)
    )
    held: dict[int | None, Bounds | None] = {}
    default = Bounds(NORMS[key].low, NORMS[key].high)
    found = []
    for row in connection.execute(asked):
        owner, after = row.community_id, Bounds(row.low, row.high)
        before = held.get(owner) or held.get(None) or default
        given = None if after == (None, None) else after
        held[owner] = given
        # What the database began with is no change.
        if row.set_by or owner is not None or given != default:
            found.append(Change(row.set_at, row.set_by, owner, before, given, row.source))
    return found[::-1]


def _entry(key: str) -> Norm:
    if key not in NORMS:
        raise InputError(N_("There is no norm called “{key}”."), key=key)
    return NORMS[key]


def _require_sense(key: str, own: Bounds) -> None:
    given = [bound for bound in own if bound is not None]
    if not given:
        raise InputError(N_("A norm needs a floor or a ceiling."))
    if not all(math.isfinite(bound) and 0 <= bound <= MOST for bound in given):
        raise InputError(N_("A bound is a number from 0 to {most}."), most=f"{MOST:,}")
    if own.low is not None and own.high is not None and own.low > own.high:
        raise InputError(
            N_("The floor {low} is above the ceiling {high}."),
            low=f"{own.low:g}",
            high=f"{own.high:g}",
        )
    least = _LEAST.get(key, 0.0)
    # The number that is computed with: the floor, else the ceiling (`geo.norms.Norm.value`).
    if given[0] < least:
        raise InputError(N_("This norm must be at least {least}."), least=f"{least:g}")


def _insert(
    connection: sa.Connection,
    community_id: int | None,
    entry: Norm,
    own: Bounds,
    source: str,
    actor: str,
) -> None:
    if not source.strip():
        raise InputError(N_("Say why, or on whose word."))
    connection.execute(
        sa.insert(norm).values(
            key=entry.key,
            community_id=community_id,
            low=own.low,
            high=own.high,
            unit=entry.unit,
            source=source.strip(),
            note=entry.note,
            verified=True,
            set_by=actor,
        )
    )
