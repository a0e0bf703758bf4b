"""Norms set for one community: a new row each time, so that history is kept."""

from __future__ import annotations

from dataclasses import replace

import sqlalchemy as sa

from geo.errors import N_, InputError
from geo.norms import NORMS
from geo.store.tables import norm


def set_for_community(
    connection: sa.Connection,
    community_id: int,
    key: str,
    bounds: tuple[float | None, float | None],
    *,
    source: str,
    actor: str,
) -> None:
    """Set a norm for a community.

    Parameters
    ----------
    bounds
        Floor and ceiling in the norm's unit; None for none.
    source
        Why, in the office's words.

    Raises
    ------
    InputError
        If there is no such norm, no bound is given, the floor is above the ceiling, or the reason
        is missing.
    """
    low, high = bounds
    if key not in NORMS:
        raise InputError(N_("There is no norm called “{key}”."), key=key)
    if low is None and high is None:
        raise InputError(N_("A norm needs a floor or a ceiling."))
    if low is not None and high is not None and low > high:
        raise InputError(
            N_("The floor {low} is above the ceiling {high}."), low=f"{low:g}", high=f"{high:g}"
        )
    if not source.strip():
        raise InputError(N_("Say why this community has a norm of its own."))
    own = replace(NORMS[key], low=low, high=high, source=source.strip())
    connection.execute(
        sa.insert(norm).values(
            key=key,
            community_id=community_id,
            low=own.low,
            high=own.high,
            unit=own.unit,
            source=own.source,
            note=own.note,
            verified=True,
            set_by=actor,
        )
    )
