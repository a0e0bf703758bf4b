"""A file's rows by field: texts, numbers, times and words, each read and checked once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt
import pandas as pd

from etl import parse
from etl.arrays import absent
from etl.findings import Findings
from etl.mapping import Mapping, match_columns, translate, word_codes
from etl.readers import Sheet
from geo.errors import N_

Floats = npt.NDArray[np.float64]

TEXT_LIMITS = {
    "external_id": 100,
    "number": 50,
    "name": 200,
    "compound": 100,
    "address": 300,
    "title": 1000,
    "place": 100,
}
"""Longest text we keep, in characters."""

EARLIEST = pd.Timestamp("1990-01-01", tz="UTC")
"""No ticket system is older; such dates are defaults of some program."""


@dataclass
class Rows:
    """The rows of a sheet, seen through a mapping.

    Attributes
    ----------
    sheet
        What was read.
    columns
        Field to the file's column.
    mapping
        What the mapping file says.
    findings
        What was wrong so far.
    """

    sheet: Sheet
    columns: dict[str, str]
    mapping: Mapping
    findings: Findings

    @property
    def size(self) -> int:
        """How many rows could be split into columns."""
        return len(self.sheet.frame)

    def has(self, field: str) -> bool:
        """Tell whether the file (or the mapping) says anything about a field."""
        return field in self.columns or field in self.mapping.constants

    def raw(self, field: str) -> pd.Series:
        """Return a field's trimmed text; all missing where the file does not have it."""
        index = self.sheet.frame.index
        column = self.columns.get(field)
        constant = self.mapping.constants.get(field)
        if column is None:
            return pd.Series(constant, index=index, dtype="str")
        read = parse.texts(self.sheet.frame[column])
        return read.fillna(constant) if constant is not None else read

    def text(self, field: str) -> pd.Series:
        """Return a field's text; too long or with a zero character is refused."""
        read = self.raw(field)
        limit = TEXT_LIMITS[field]
        lengths = read.str.len().fillna(0).to_numpy()
        self.findings.refuse(
            lengths > limit, field, read, N_("too long: at most {limit} characters"), limit=limit
        )
        zeros = read.str.contains("\x00", regex=False, na=False)
        if zeros.any():
            self.findings.refuse(zeros, field, read, N_("holds a zero character"))
        return read

    def key(self, field: str = "external_id") -> pd.Series:
        """Return the rows' own ids; missing or repeated ones are refused."""
        read = self.text(field)
        self.findings.refuse(read.isna(), field, read, N_("has no id"))
        self.refuse_repeats(read, field, N_("this id stands in row {first} already"))
        return read

    def refuse_repeats(self, keys: pd.Series, field: str, message_id: str) -> None:
        """Refuse every row whose key an earlier row has; the first one stays."""
        repeated = (keys.duplicated() & keys.notna()).to_numpy()
        if not repeated.any():
            return
        positions, _words = pd.factorize(keys)
        _codes, first_at = np.unique(positions[positions >= 0], return_index=True)
        present = np.flatnonzero(positions >= 0)
        first = np.zeros(self.size, dtype=np.int64)
        first[present] = self.sheet.row_numbers[present[first_at]][positions[present]]
        self.findings.refuse(repeated, field, keys, message_id, first=first)

    def number(
        self,
        field: str,
        low: float,
        high: float,
        *,
        whole: bool = True,
        strict: bool = True,
        words: dict[str, str] | None = None,
    ) -> Floats:
        """Return a field's numbers, NaN where missing.

        Parameters
        ----------
        field
            The field.
        low, high
            What can be; anything else is refused.
        whole
            Whether only whole numbers make sense.
        strict
            Whether nonsense refuses the row; else it is warned about and left out.
        words
            {plain word: number} for columns that may say it in words.
        """
        text = self.raw(field)
        spoken = pd.Series(translate(text, words or {}), index=text.index, dtype="str")
        values, unreadable = parse.numbers(spoken.fillna(text) if words else text)
        tell = self.findings.refuse if strict else self.findings.warn
        tell(unreadable, field, text, N_("is not a number"))
        beyond = (values < low) | (values > high)
        tell(
            beyond,
            field,
            text,
            N_("must be from {low} to {high}"),
            low=f"{low:g}",
            high=f"{high:g}",
        )
        broken = whole & ~beyond & (values != np.floor(values)) & ~np.isnan(values)
        tell(broken, field, text, N_("must be a whole number"))
        return np.where(unreadable | beyond | broken, np.nan, values)

    def time(
        self, field: str, zone: ZoneInfo, now: datetime, *, day_first: bool, future: bool = False
    ) -> pd.Series:
        """Return a field's times, UTC; refuse the unreadable, the absurd and the future."""
        text = self.raw(field)
        values, unreadable = parse.times(text, zone, day_first=day_first)
        self.findings.refuse(unreadable, field, text, N_("is not a date or time"))
        self.findings.refuse(values < EARLIEST, field, text, N_("is before 1990"))
        if not future:
            self.findings.refuse(values > pd.Timestamp(now), field, text, N_("lies in the future"))
        return values

    def word(
        self, field: str, listed: str, default: str | None, *, message_id: str
    ) -> npt.NDArray[Any]:
        """Return a field's codes from a closed word list; unknown words are refused.

        Parameters
        ----------
        field
            The field.
        listed
            Name of the word list in ``aliases.json``.
        default
            Code where nothing stands.
        message_id
            What to say about an unknown word.
        """
        text = self.raw(field)
        codes = translate(text, word_codes(listed, self.mapping, field))
        present = text.notna().to_numpy()
        unknown = absent(codes) & present
        self.findings.refuse(unknown, field, text, message_id)
        codes[~present] = default
        return codes


def open_rows(sheet: Sheet, kind: str, mapping: Mapping) -> Rows:
    """See a sheet as rows of a kind.

    Raises
    ------
    FileError
        If its columns cannot be matched.
    """
    columns = match_columns([str(name) for name in sheet.frame.columns], kind, mapping)
    findings = Findings(sheet.row_numbers, columns)
    for row, text, expected, actual in sheet.broken:
        findings.refuse_broken(
            row,
            text,
            N_("has {actual} columns, the header {expected} (half-written, or an open quote?)"),
            expected=expected,
            actual=actual,
        )
    return Rows(sheet, columns, mapping, findings)
