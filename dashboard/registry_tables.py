"""The registries as tables."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from dashboard import figures, wording
from dashboard.services.intake import Row
from dashboard.services.registry import NormInForce
from geo.indicators import Indicator
from geo.periods import ZONE
from geo.schema import IMPORT_KINDS
from geo.words import _


def norms(entries: Iterable[NormInForce]) -> pd.DataFrame:
    """Set the norms as a table."""
    columns = [_("Norm"), _("Range"), _("Unit of measure"), _("Source"), _("Verified"), _("Note")]
    rows = [
        (
            _(entry.norm.label),
            f"**{figures.bounds(entry.norm.low, entry.norm.high)}**",
            _(entry.norm.unit),
            wording.plain(_(entry.norm.source)),
            _("read in the source") if entry.norm.verified else _("second-hand"),
            wording.plain(_(entry.norm.note)),
        )
        for entry in entries
    ]
    return pd.DataFrame(rows, columns=columns)


def _timing(entry: Indicator) -> str:
    return _("As things stand") if entry.timing == "snapshot" else _("In the period")


def indicators(entries: Iterable[Indicator]) -> pd.DataFrame:
    """Set the indicators as a table."""
    columns = [
        _("Indicator"),
        _("Unit of measure"),
        _("Formula"),
        _("Numerator"),
        _("Denominator"),
        _("When"),
        _("Version"),
    ]
    rows = [
        (
            f"**{_(entry.label)}**",
            wording.unit(entry.key),
            wording.plain(_(entry.formula)),
            wording.plain(_(entry.numerator)),
            wording.plain(_(entry.denominator)) or figures.MISSING,
            _timing(entry),
            str(entry.version),
        )
        for entry in entries
    ]
    return pd.DataFrame(rows, columns=columns)


def batches(rows: Iterable[Row]) -> pd.DataFrame:
    """Set the imports as a table."""
    columns = [
        _("Time"),
        _("Kind"),
        _("File"),
        _("Coordinates"),
        _("Read"),
        _("Added"),
        _("Changed"),
        _("Unchanged"),
        _("Refused"),
    ]
    counts = ("rows_read", "rows_added", "rows_changed", "rows_unchanged", "rows_rejected")
    lines = [
        (
            f"{row['imported_at'].astimezone(ZONE):%Y-%m-%d %H:%M}",
            wording.word(IMPORT_KINDS, row["kind"]),
            wording.plain(row["file_name"]),
            wording.plain(row["crs"]),
            *(figures.integer(row[count]) for count in counts),
        )
        for row in rows
    ]
    return pd.DataFrame(lines, columns=columns)


def rejections(rows: Iterable[Row]) -> pd.DataFrame:
    """Set the refused rows of an import as a table."""
    columns = [_("Row"), _("Column"), _("Value"), _("Reason")]
    lines = [
        (
            str(row["row_number"]),
            wording.plain(row["column_name"]),
            wording.plain(row["value"]),
            wording.plain(_(str(row["reason"]))),
        )
        for row in rows
    ]
    return pd.DataFrame(lines, columns=columns)
