"""CSV and its relatives: encoding and delimiter found, short rows set aside, all columns text."""

from __future__ import annotations

import csv
import io
import itertools
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.csv as pa_csv

from etl import encodings, headers
from geo.errors import N_, FileError

Broken = list[tuple[int, str, int, int]]

DELIMITERS = ",\t;|"
_SAMPLE = 65536


def read_delimited(
    path: Path, encoding: str | None = None
) -> tuple[pd.DataFrame, npt.NDArray[np.int64], Broken]:
    """Read a delimited text file.

    Returns
    -------
    frame
        Text columns, index 0 … n-1.
    row_numbers
        Number of each data row, shape (n,); blank lines are not rows.
    broken
        Rows with too few or too many columns: (row number, text, columns expected, found).

    Raises
    ------
    FileError
        If the file is not text, or has no header or no rows.
    """
    raw = path.read_bytes()
    text = _as_utf8(raw, encoding, path.name)
    delimiter = sniff(text[:_SAMPLE].decode("utf-8", errors="replace"))
    header, body = _header(text, delimiter, path.name)
    broken: Broken = []
    table = _parse(body, delimiter, header, broken, path.name)
    if table.num_rows == 0 and not broken:
        raise FileError(N_("{file} has no rows."), file=path.name)
    frame = table.to_pandas(types_mapper={pa.string(): pd.StringDtype(na_value=np.nan)}.get)
    return frame, _numbers(len(frame), broken), broken


def _as_utf8(raw: bytes, encoding: str | None, name: str) -> bytes:
    if encoding:
        encodings.check(raw, encoding, name)
    chosen = encoding or encodings.detect(raw, name)
    if chosen == "utf-8" and _clean(raw):
        return raw
    return raw.decode(chosen, errors="replace").removeprefix("\ufeff").encode()


def _clean(raw: bytes) -> bool:
    """Tell whether the last character is whole (the rest was checked by `encodings`)."""
    try:
        raw[-16:].decode("utf-8", errors="strict")
    except UnicodeDecodeError as error:
        return error.end < len(raw[-16:])
    return True


def sniff(sample: str) -> str:
    """Choose the delimiter that occurs most often in the first line; a comma if none does."""
    first = next((line for line in sample.splitlines() if line.strip()), "")
    return max(DELIMITERS, key=first.count)


def _header(text: bytes, delimiter: str, name: str) -> tuple[list[str], bytes]:
    """Return the column names, and the text from the header row on (titles above it dropped)."""
    sample = io.StringIO(text[:_SAMPLE].decode("utf-8", errors="replace"))
    rows = list(itertools.islice(csv.reader(sample, delimiter=delimiter), headers.LOOK))
    at = headers.find(rows)
    if at is None:
        raise FileError(N_("{file} has no header row."), file=name)
    body = text.split(b"\n", at)[-1] if at else text
    return headers.distinct([cell.strip() for cell in rows[at]]), body


def _parse(text: bytes, delimiter: str, header: list[str], broken: Broken, name: str) -> pa.Table:
    def set_aside(row: Any) -> str:
        # A single thread numbers the rows; the header is number 1.
        broken.append((row.number - 1, row.text, row.expected_columns, row.actual_columns))
        return "skip"

    try:
        return pa_csv.read_csv(
            pa.BufferReader(text),
            read_options=pa_csv.ReadOptions(
                use_threads=False, column_names=header, skip_rows_after_names=1, block_size=1 << 24
            ),
            parse_options=pa_csv.ParseOptions(
                delimiter=delimiter, newlines_in_values=True, invalid_row_handler=set_aside
            ),
            convert_options=pa_csv.ConvertOptions(
                column_types=dict.fromkeys(header, pa.string()), strings_can_be_null=False
            ),
        )
    except pa.ArrowInvalid as error:
        if "Empty CSV" in str(error):
            raise FileError(N_("{file} has no rows."), file=name) from error
        raise FileError(
            N_("{file} cannot be split into rows and columns: {reason}."),
            file=name,
            reason=str(error).splitlines()[0],
        ) from error


def _numbers(count: int, broken: Broken) -> npt.NDArray[np.int64]:
    """Give numbers to the rows that were kept around those that were set aside."""
    everything = np.arange(1, count + len(broken) + 1, dtype=np.int64)
    return np.setdiff1d(everything, [row for row, *_rest in broken])
