"""The rejection file: which row, which column, what stood there, and why it did not go in."""

from __future__ import annotations

import itertools
import os
import re
from pathlib import Path

import pandas as pd

from etl.findings import LEVELS
from geo.errors import N_, FileError
from geo.words import _

HEADERS = {
    "row": N_("Row"),
    "column": N_("Column"),
    "value": N_("Value"),
    "level": N_("Level"),
    "reason": N_("Reason"),
}
_FORMULA = re.compile(r"^[=+\-@\t\r]")
_NUMBER = re.compile(r"^[+-]?[\d.,\s]+$")


def place_for(source: Path, wanted: Path | None) -> Path:
    """Choose where the file goes; nothing that exists is ever written over.

    Parameters
    ----------
    source
        The imported file.
    wanted
        A file or a folder a person asked for; None: beside the input, or in the current folder
        where that one cannot be written to.

    Raises
    ------
    FileError
        If the file asked for exists already or its folder does not.
    """
    if wanted is not None and not wanted.is_dir():
        _check_wanted(wanted)
        return wanted
    folder = wanted or source.parent
    if not os.access(folder, os.W_OK):
        folder = Path.cwd()
    names = (
        f"{source.stem}.rejections{'' if at == 1 else f'-{at}'}.csv" for at in itertools.count(1)
    )
    return next(folder / name for name in names if not (folder / name).exists())


def _check_wanted(wanted: Path) -> None:
    if wanted.exists():
        raise FileError(
            N_("{file} exists already. Name another file with --rejections, or remove it."),
            file=str(wanted),
        )
    if not wanted.parent.is_dir():
        raise FileError(N_("There is no folder {folder}."), folder=str(wanted.parent))


def write(found: pd.DataFrame, path: Path) -> None:
    """Write findings (see `etl.findings.Findings.table`) as CSV, UTF-8 with a mark for Excel.

    Raises
    ------
    FileError
        If it cannot be written; a file that appeared meanwhile is not written over.
    """
    told = found.assign(
        level=[_(LEVELS[level]) for level in found["level"]],
        value=[harmless(value) for value in found["value"]],
    )
    told = told.rename(columns={name: _(title) for name, title in HEADERS.items()})
    try:
        told.to_csv(path, index=False, encoding="utf-8-sig", mode="x")
    except OSError as error:
        raise FileError(
            N_("{file} cannot be written: {reason}."), file=str(path), reason=error.strerror or ""
        ) from error


def harmless(value: str) -> str:
    """Keep a spreadsheet from running a value as a formula; plain numbers stay as they are."""
    return f"'{value}" if _FORMULA.match(value) and not _NUMBER.match(value) else value
