"""Norms and indicators: what is measured, against what, and on whose word."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

import streamlit as st

from dashboard.services.base import Edition, edition, reading
from geo.indicators import INDICATORS, Indicator
from geo.norms import NORMS, Norm
from geo.store import queries


@dataclass(frozen=True)
class NormInForce:
    """A norm with what the office made of it.

    Attributes
    ----------
    set_at
        None for an untouched default.
    changed
        Whether it differs from the default.
    own
        Whether it is a community's own, not everybody's.
    """

    norm: Norm
    set_at: datetime | None
    changed: bool
    own: bool = False


@st.cache_data(max_entries=4, show_spinner=False)
def _norms(edition: Edition) -> list[queries.Row]:
    with reading() as connection:
        return queries.norms(connection)


def merge(norm: Norm, row: queries.Row | None) -> NormInForce:
    """Lay the row in force, if there is one, over a default."""
    if row is None:
        return NormInForce(norm, None, changed=False)
    same = (row["low"], row["high"], row["source"]) == (norm.low, norm.high, norm.source)
    now = replace(
        norm,
        low=row["low"],
        high=row["high"],
        source=row["source"],
        note=row["note"],
        verified=row["verified"],
    )
    own = row["community_id"] is not None
    return NormInForce(now, row["set_at"], changed=not same, own=own)


def norms() -> list[NormInForce]:
    """Return every norm as it is in force for all communities, in the registry's order."""
    rows = {row["key"]: row for row in _norms(edition())}
    return [merge(norm, rows.get(key)) for key, norm in NORMS.items()]


def indicators() -> list[Indicator]:
    """Return every indicator there is."""
    return list(INDICATORS.values())
