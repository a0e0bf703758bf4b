"""What was wrong with which row: refusals and warnings, gathered in arrays.

A check hands over a mask, not a row: a million good rows cost nothing here.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from geo.errors import N_
from geo.words import _

Mask = npt.NDArray[np.bool_]

REFUSED, WARNED = "refused", "warned"
LEVELS = {REFUSED: N_("refused"), WARNED: N_("warning")}
COLUMNS = ("row", "column", "value", "level", "reason")

_VALUE_LENGTH = 200


@dataclass(frozen=True)
class _Group:
    """Rows that share a column and a reason."""

    level: str
    rows: npt.NDArray[np.int64]
    column: str
    values: list[str]
    message_id: str
    params: dict[str, Any]


def _shorten(value: object) -> str:
    text = "" if value is None or value != value else str(value)  # noqa: PLR0124 - NaN differs from itself
    text = text.replace("\x00", "�")
    return text if len(text) <= _VALUE_LENGTH else text[: _VALUE_LENGTH - 1] + "…"


@dataclass
class Findings:
    """Refusals and warnings on the rows of one file.

    Parameters
    ----------
    row_numbers
        Number of each row in the file, shape (n,); 1 is the first data row or feature.
    columns
        Field name to the file's own column name, so that people read their own words.
    """

    row_numbers: npt.NDArray[np.int64]
    columns: dict[str, str] = field(default_factory=dict)
    groups: list[_Group] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.refused: Mask = np.zeros(len(self.row_numbers), dtype=bool)

    @property
    def accepted(self) -> Mask:
        """Rows nothing was held against, shape (n,)."""
        return ~self.refused

    def refuse(
        self, where: npt.ArrayLike, field_name: str, values: Any, message_id: str, **params: Any
    ) -> Mask:
        """Refuse the rows of the mask `where` and return it.

        Parameters
        ----------
        where
            Boolean, shape (n,).
        field_name
            Our name of the field at fault.
        values
            What stood there, shape (n,); or an object whose ``pick(positions)`` tells it, for
            values that are dear to write; or None where there is nothing to show.
        message_id
            English sentence with ``{name}`` places.
        **params
            Values for the places; an array of shape (n,) gives each row its own.
        """
        mask = np.asarray(where, dtype=bool)
        self._note(REFUSED, mask, field_name, values, message_id, params)
        self.refused |= mask
        return mask

    def warn(
        self, where: npt.ArrayLike, field_name: str, values: Any, message_id: str, **params: Any
    ) -> Mask:
        """Keep the rows of the mask `where`, but say something about them."""
        mask = np.asarray(where, dtype=bool)
        self._note(WARNED, mask, field_name, values, message_id, params)
        return mask

    def refuse_broken(self, row: int, text: str, message_id: str, **params: Any) -> None:
        """Refuse a row that could not even be split into columns (not one of the n rows)."""
        rows = np.array([row], dtype=np.int64)
        self.groups.append(_Group(REFUSED, rows, "", [_shorten(text)], message_id, params))

    def _note(
        self,
        level: str,
        mask: Mask,
        field_name: str,
        values: Any,
        message_id: str,
        params: dict[str, Any],
    ) -> None:
        if not mask.any():
            return
        where = np.flatnonzero(mask)
        shown = [""] * len(where) if values is None else _pick(values, where)
        chosen = {
            key: np.asarray(value)[where] if isinstance(value, np.ndarray) else value
            for key, value in params.items()
        }
        column = self.columns.get(field_name, field_name)
        rows = self.row_numbers[where]
        self.groups.append(_Group(level, rows, column, shown, message_id, chosen))

    def table(self) -> pd.DataFrame:
        """Return one row per finding, in file order, in the language spoken now.

        Returns
        -------
        DataFrame
            Columns ``row, column, value, level, reason``; level is `REFUSED` or `WARNED`.
        """
        records = [record for group in self.groups for record in _records(group)]
        found = pd.DataFrame.from_records(records, columns=list(COLUMNS))
        return found.sort_values("row", kind="stable", ignore_index=True)

    def reasons(self) -> list[tuple[str, str, int]]:
        """Count rows by level and reason, most frequent first: ``(level, "column: …", rows)``."""
        counted: dict[tuple[str, str], int] = {}
        for group in self.groups:
            sentence = f"{group.column}: {_general(group)}" if group.column else _general(group)
            key = (group.level, sentence)
            counted[key] = counted.get(key, 0) + len(group.rows)
        ordered = sorted(counted.items(), key=lambda item: -item[1])
        return [(level, sentence, count) for (level, sentence), count in ordered]

    def count(self, level: str) -> int:
        """Count the rows with at least one finding of this level."""
        rows = [group.rows for group in self.groups if group.level == level]
        return len(np.unique(np.concatenate(rows))) if rows else 0


def _pick(values: Any, where: npt.NDArray[np.intp]) -> list[str]:
    if hasattr(values, "pick"):
        return [_shorten(value) for value in values.pick(where)]
    chosen = values.iloc[where] if isinstance(values, pd.Series) else np.asarray(values)[where]
    return [_shorten(value) for value in chosen]


def _records(group: _Group) -> list[tuple[int, str, str, str, str]]:
    def sentence(at: int) -> str:
        params = {
            key: value[at] if isinstance(value, np.ndarray) else value
            for key, value in group.params.items()
        }
        return _(group.message_id, **params)

    return [
        (int(row), group.column, value, group.level, sentence(at))
        for at, (row, value) in enumerate(zip(group.rows, group.values, strict=True))
    ]


def _general(group: _Group) -> str:
    """Say a group's reason once; what differs by row becomes an ellipsis."""
    params = {
        key: "…" if isinstance(value, np.ndarray) else value for key, value in group.params.items()
    }
    return _(group.message_id, **params)
