"""Several files as one zip: the same bytes for the same files and time."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterable
from datetime import datetime
from typing import Final, Self

from geo.papers.wording import clean
from geo.periods import ZONE

EARLIEST: Final = 1980
"""Zips know no earlier year."""

_UNSAFE: Final = re.compile(r'[<>:"/\\|?*]')
_LONGEST: Final = 120
"""Letters of a file's name: Chinese takes three bytes each, and most systems end at 255."""

_PACKED: Final = frozenset({"png", "pptx", "docx", "xlsx", "zip"})
"""What deflating makes no smaller."""


class Parcel:
    """A zip that is being filled.

    Parameters
    ----------
    into
        A file to write, or its path.
    at
        The time every file in it bears.
    """

    def __init__(self, into: io.BytesIO | str, at: datetime) -> None:
        self._zip = zipfile.ZipFile(into, "w")
        self._at = at.astimezone(ZONE)
        self._names: set[str] = set()

    def __enter__(self) -> Self:
        """Fill it within a ``with`` block; it is complete after it."""
        return self

    def __exit__(self, *_error: object) -> None:
        self._zip.close()

    def put(self, name: str, body: bytes) -> str:
        """Put a file in; a name that is taken already gets a number.

        Returns
        -------
        str
            The name it has.
        """
        given = self._free(file_name(name))
        when = self._at if self._at.year >= EARLIEST else self._at.replace(year=EARLIEST)
        entry = zipfile.ZipInfo(given, when.timetuple()[:6])
        packed = given.rpartition(".")[2] in _PACKED
        entry.compress_type = zipfile.ZIP_STORED if packed else zipfile.ZIP_DEFLATED
        self._zip.writestr(entry, body, compresslevel=1)
        return given

    def _free(self, name: str) -> str:
        stem, dot, ending = name.rpartition(".")
        number = 1
        while name.casefold() in self._names:
            number += 1
            name = f"{stem} ({number}){dot}{ending}"
        self._names.add(name.casefold())
        return name


def packed(files: Iterable[tuple[str, bytes]], at: datetime) -> bytes:
    """Return some files, by name, as a zip."""
    into = io.BytesIO()
    with Parcel(into, at) as parcel:
        for name, body in files:
            parcel.put(name, body)
    return into.getvalue()


def file_name(name: str) -> str:
    """Make a name that every system takes; its ending stays."""
    stem, dot, ending = _UNSAFE.sub("_", clean(name)).rpartition(".")
    return f"{stem[:_LONGEST].strip(' .') or '_'}{dot}{ending}"
