"""The history of a norm as a table: when, who, where, from what to what, and why."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from dashboard import figures, wording
from dashboard.services.weighing import Change
from geo.periods import ZONE
from geo.store.access import known_as
from geo.words import _


def frame(changes: Sequence[Change]) -> pd.DataFrame:
    """Set a norm's changes as a table, in the order given."""
    columns = [_("Time"), _("Set by"), _("For"), _("Former norm"), _("New norm"), _("Why")]
    return pd.DataFrame([_row(one) for one in changes], columns=columns)


def _row(one: Change) -> tuple[str, ...]:
    after = _("as everybody") if one.after is None else f"**{figures.bounds(*one.after)}**"
    return (
        f"{one.at.astimezone(ZONE):%Y-%m-%d %H:%M}",
        wording.plain(known_as(one.by or None)),
        _("all communities") if one.community_id is None else _("this community"),
        figures.bounds(*one.before),
        after,
        wording.plain(_(one.source)),
    )
