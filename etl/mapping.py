"""Which column is which field, and which word is which code.

Aliases in Chinese and English live in ``aliases.json``; a mapping file says the rest. Matching
ignores case, spaces, underscores, full-width forms and a unit in brackets.
"""

from __future__ import annotations

import csv
import json
import re
import unicodedata
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from etl.encodings import detect
from geo.errors import N_, FileError
from geo.schema import FACILITY_KINDS

REQUIRED: dict[str, tuple[str, ...]] = {
    "boundaries": ("code", "name"),
    "buildings": ("external_id",),
    "facilities": (),
    "tickets": ("external_id", "category", "reported_at"),
    "addresses": (),
    "plan": (),
}
"""Fields without which a file of this kind means nothing."""

NOT_KEPT = "-"
"""In the facility rules: known, and deliberately not a facility of ours."""

_BRACKETS = re.compile(r"[\(\[（【].*?[\)\]）】]")
_SEPARATORS = re.compile(r"[\W_]+")
_SHAPEFILE_NAME = 10


@dataclass(frozen=True)
class Mapping:
    """What a mapping file says.

    Attributes
    ----------
    columns
        Field to the file's column.
    values
        Field to {word in the file: our code}.
    constants
        Field to one value for every row.
    """

    columns: dict[str, str] = field(default_factory=dict)
    values: dict[str, dict[str, str]] = field(default_factory=dict)
    constants: dict[str, str] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """Return it as stored with the batch."""
        return {"columns": self.columns, "values": self.values, "constants": self.constants}


@cache
def _aliases() -> dict[str, Any]:
    text = (files("etl") / "aliases.json").read_text(encoding="utf-8")
    loaded: dict[str, Any] = json.loads(text)
    return loaded


def fields_of(kind: str) -> list[str]:
    """List the fields a file of this kind may fill."""
    return list(_aliases()["columns"][kind])


def missing_words() -> frozenset[str]:
    """Return the words that mean *nothing stands here*, in lower case."""
    return frozenset(_aliases()["missing"])


def plain(name: str) -> str:
    """Reduce a name to what matching looks at: ``Unique Key`` and ``unique_key`` are one."""
    return _SEPARATORS.sub("", unicodedata.normalize("NFKC", name).casefold())


# ------------------------------------------------------------------------------ mapping files


def read_mapping(path: Path) -> Mapping:
    """Read a mapping file, JSON or CSV (see docs/import.md).

    Raises
    ------
    FileError
        If it is missing, or is not a mapping.
    """
    if not path.is_file():
        raise FileError(N_("There is no file {file}."), file=str(path))
    raw = path.read_bytes()
    text = raw.decode(detect(raw, path.name)).removeprefix("\ufeff")
    if path.suffix.lower() == ".csv":
        return _from_csv(text, path.name)
    return _from_json(text, path.name)


def _from_json(text: str, name: str) -> Mapping:
    try:
        said = json.loads(text)
        known = {key: said.pop(key, {}) for key in ("columns", "values", "constants")}
        mapping = Mapping(
            columns={str(key): str(value) for key, value in known["columns"].items()},
            values={key: _words(value) for key, value in known["values"].items()},
            constants={str(key): str(value) for key, value in known["constants"].items()},
        )
    except (ValueError, AttributeError, TypeError) as error:
        raise FileError(
            N_("{file} is not a mapping: {reason}."), file=name, reason=str(error)
        ) from error
    if said:
        raise FileError(
            N_("{file} is not a mapping: {reason}."), file=name, reason=", ".join(sorted(said))
        )
    return mapping


def _words(said: dict[str, Any]) -> dict[str, str]:
    return {str(word): str(code) for word, code in said.items()}


def _from_csv(text: str, name: str) -> Mapping:
    rows = csv.DictReader(text.splitlines())
    if not {"field", "column", "value", "becomes"} >= set(rows.fieldnames or ()) >= {"field"}:
        raise FileError(
            N_("{file} is not a mapping: its columns must be field, column, value, becomes."),
            file=name,
        )
    mapping = Mapping()
    for row in rows:
        key, column = (row.get("field") or "").strip(), (row.get("column") or "").strip()
        value, becomes = (row.get("value") or "").strip(), (row.get("becomes") or "").strip()
        if column:
            mapping.columns[key] = column
        elif value:
            mapping.values.setdefault(key, {})[value] = becomes
        elif becomes:
            mapping.constants[key] = becomes
    return mapping


# ------------------------------------------------------------------------------------ columns


def match_columns(names: list[str], kind: str, mapping: Mapping) -> dict[str, str]:
    """Find the file's column for each field.

    Parameters
    ----------
    names
        The file's columns.
    kind
        One of `geo.schema.IMPORT_KINDS`, or ``addresses``.
    mapping
        What a person said; it goes first.

    Returns
    -------
    dict
        Field to column; fields the file does not have are absent.

    Raises
    ------
    FileError
        If the mapping names an unknown field or column, or a required field has no column.
    """
    _check_mapping(names, kind, mapping)
    found = dict(mapping.columns)
    taken = set(found.values())
    for key, aliases in _aliases()["columns"][kind].items():
        column = None if key in found else _first(names, aliases, taken)
        if column is not None:
            found[key] = column
            taken.add(column)
    lacking = [key for key in REQUIRED[kind] if key not in found and key not in mapping.constants]
    if lacking:
        raise FileError(
            N_("Columns found: {found}; needed: {needed}; use --mapping."),
            found=", ".join(names) or "–",
            needed=", ".join(_needed(kind, key) for key in lacking),
        )
    return found


def _needed(kind: str, key: str) -> str:
    words = [key, *_aliases()["columns"][kind][key]]
    return "/".join(dict.fromkeys(words[:4]))


def _check_mapping(names: list[str], kind: str, mapping: Mapping) -> None:
    known = fields_of(kind)
    said = [*mapping.columns, *mapping.constants, *mapping.values]
    strange = [key for key in said if key not in known]
    if strange:
        raise FileError(
            N_("The mapping names the field {name}, which is not one of: {fields}."),
            name=strange[0],
            fields=", ".join(known),
        )
    absent = [column for column in mapping.columns.values() if column not in names]
    if absent:
        raise FileError(
            N_("The mapping names the column {name}; the file has: {found}."),
            name=absent[0],
            found=", ".join(names),
        )


def _first(names: list[str], aliases: list[str], taken: set[str]) -> str | None:
    """Return the column the earliest alias fits; ``面积(平方米)`` also fits 面积."""
    free = [name for name in names if name not in taken]
    exact = {plain(name): name for name in reversed(free)}
    bare = {plain(_BRACKETS.sub("", name)): name for name in reversed(free)}
    cut = {name.casefold(): name for name in free if len(name) == _SHAPEFILE_NAME}
    for alias in aliases:
        column = (
            exact.get(plain(alias))
            or bare.get(plain(alias))
            or cut.get(alias.casefold()[:_SHAPEFILE_NAME])
        )
        if column is not None:
            return column
    return None


# ------------------------------------------------------------------------------------- values


def word_codes(key: str, mapping: Mapping, mapping_key: str | None = None) -> dict[str, str]:
    """Return {plain word: code} for a closed word list, the mapping file's words over ours."""
    listed = _aliases()["values"][key]
    words = {plain(word): code for code, known in listed.items() for word in (code, *known)}
    said = mapping.values.get(mapping_key or key, {})
    return words | {plain(word): code for word, code in said.items()}


def translate(series: pd.Series, codes: dict[str, str]) -> npt.NDArray[Any]:
    """Look words up in `codes` by their plain form; None where unknown or missing.

    Each distinct word is looked up once, so a million rows cost little more than their words.
    """
    positions, words = pd.factorize(series)
    known = np.array([*(codes.get(plain(str(word))) for word in words), None], dtype=object)
    return known[positions]


# --------------------------------------------------------------------------- facilities' kinds


@cache
def _facility_rules() -> dict[str, str]:
    text = (files("etl") / "facility_kinds.csv").read_text(encoding="utf-8")
    rules = {row["words"]: row["kind"] for row in csv.DictReader(text.splitlines())}
    return {_path(words): kind for words, kind in rules.items()} | {
        _path(kind): kind for kind in FACILITY_KINDS
    }


def _path(words: str) -> str:
    return ";".join(
        unicodedata.normalize("NFKC", part).strip().casefold() for part in words.split(";")
    )


def facility_kind(words: str, said: dict[str, str]) -> str | None:
    """Read a facility's kind: our code, a word of ours, or a map provider's type path.

    ``a;b;c`` is a path from general to special, and the longest known beginning decides;
    ``p|q`` offers several paths, and the one known in most detail decides, the first of equals.

    Parameters
    ----------
    words
        As the file says it.
    said
        {word: code} of the mapping file, which goes first.

    Returns
    -------
    str or None
        A key of `geo.schema.FACILITY_KINDS`, `NOT_KEPT`, or None where nothing is known.
    """
    rules = _facility_rules() | {_path(word): code for word, code in said.items()}
    best: tuple[int, str | None] = (0, None)
    for path in _path(words).split("|"):
        depth, kind = _longest(path.strip(), rules)
        if depth > best[0]:
            best = (depth, kind)
    return best[1]


def _longest(path: str, rules: dict[str, str]) -> tuple[int, str | None]:
    parts = path.split(";")
    for depth in range(len(parts), 0, -1):
        kind = rules.get(";".join(parts[:depth]))
        if kind is not None:
            return depth, kind
    return 0, None


def facility_kinds(series: pd.Series, mapping: Mapping) -> npt.NDArray[Any]:
    """Apply `facility_kind` to a column, each distinct word once; None where unknown."""
    said = mapping.values.get("kind", {})
    positions, words = pd.factorize(series)
    known = [facility_kind(str(word), said) for word in words]
    return np.array([*known, None], dtype=object)[positions]
