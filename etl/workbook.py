"""XLSX: one sheet, a header that may stand under a title, all cells text."""

from __future__ import annotations

import datetime as dt
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import openpyxl
import pandas as pd
from openpyxl.utils.exceptions import InvalidFileException

from etl import headers
from geo.errors import N_, FileError

Cells = tuple[Any, ...]

_OLE_MARK = b"\xd0\xcf\x11\xe0"


def read_workbook(path: Path, sheet: str | None) -> tuple[pd.DataFrame, npt.NDArray[np.int64]]:
    """Read one sheet of a workbook.

    Returns
    -------
    frame
        Text columns, index 0 … n-1.
    row_numbers
        Number of each row below the header, shape (n,), blank rows counted as in the sheet.

    Raises
    ------
    FileError
        If it is no XLSX file, is damaged, has no such sheet, or has no rows.
    """
    rows = _rows(path, sheet)
    at = headers.find(rows)
    if at is None or at + 1 >= len(rows):
        raise FileError(N_("{file} has no rows."), file=path.name)
    names = headers.distinct([_cell(value) or "" for value in rows[at]])
    body = [[_cell(value) for value in row] for row in rows[at + 1 :]]
    kept = [number for number, row in enumerate(body, start=1) if any(row)]
    if not kept:
        raise FileError(N_("{file} has no rows."), file=path.name)
    width = len(names)
    cells = [(body[number - 1] + [None] * width)[:width] for number in kept]
    frame = pd.DataFrame(cells, columns=pd.Index(names), dtype="str")
    return frame, np.asarray(kept, dtype=np.int64)


def _rows(path: Path, sheet: str | None) -> list[Cells]:
    _check(path)
    try:
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
        page = book[_choose(book.sheetnames, sheet, path.name)]
        page.reset_dimensions()  # some writers state a size of one cell
        rows = list(page.iter_rows(values_only=True))
        book.close()
    except (InvalidFileException, zipfile.BadZipFile, KeyError, ValueError, OSError) as error:
        raise FileError(
            N_("{file} cannot be read; it may be damaged or half-written: {reason}."),
            file=path.name,
            reason=str(error).splitlines()[0],
        ) from error
    return rows


def _check(path: Path) -> None:
    with path.open("rb") as source:
        start = source.read(4)
    if start == _OLE_MARK:
        raise FileError(
            N_("{file} is an old or password-protected workbook. Save it as plain .xlsx."),
            file=path.name,
        )
    if not zipfile.is_zipfile(path):
        raise FileError(N_("{file} is not an XLSX file, or only half of one."), file=path.name)


def _choose(names: list[str], wanted: str | None, file: str) -> str:
    if wanted is None:
        return names[0]
    if wanted not in names:
        raise FileError(
            N_("{file} has no sheet {layer}. There is: {layers}."),
            file=file,
            layer=wanted,
            layers=", ".join(names),
        )
    return wanted


def _cell(value: object) -> str | None:
    """Write a cell as a person reads it; whole floats lose their point."""
    if value is None:
        return None
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, dt.datetime):
        return value.isoformat(sep=" ", timespec="seconds")
    return str(value).strip() or None
