"""An answer about hot spots as a file for other programs: GeoPackage, CSV or JSON.

Nothing in them is about a person or a door: tickets are numbers, and the finest place is a
building.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final

import geopandas as gpd
import pandas as pd
import pyogrio
import shapely

from geo import crs
from geo.cases import Cases
from geo.errors import N_, FileError, InputError
from geo.spacetime import EMERGING
from geo.spots import Spot
from geo.studies.explain import explain
from geo.studies.question import AreaFigures, Study, as_json
from geo.studies.words import place_words

FORMAT: Final = "wangge-hotspots-1"
"""Of the JSON; another number for another shape of it."""

_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
_CATEGORIES: Final = tuple(EMERGING)


@dataclass(frozen=True, kw_only=True)
class About:
    """What an answer is about and made from.

    Attributes
    ----------
    code, name
        Of the community, or of the street where all of it was looked at.
    as_of
        The data cut-off.
    plans
        Ids of the plans in force.
    version
        Of the data.
    classes
        Code of a class to its name.
    shapes
        Places of buildings (by id) and shapes of grids (by code), EPSG:4326, where areas are such;
        see `shapes_of`.
    """

    code: str
    name: str
    as_of: datetime | None
    plans: tuple[int, ...]
    version: str
    classes: Mapping[str, str] = field(default_factory=dict)
    shapes: Mapping[str, Any] = field(default_factory=dict)


def shapes_of(cases: Cases, unit: str) -> dict[str, Any]:
    """Return the places of buildings or the shapes of grids by key; of other areas nothing."""
    if unit == "building":
        homes = cases.buildings
        points = shapely.points(homes["lon"].to_numpy(), homes["lat"].to_numpy())
        return dict(zip(map(str, homes["id"]), points, strict=True))
    if unit == "grid":
        return dict(zip(cases.grids["code"], cases.shapes, strict=True))
    return {}


def ending_of(path: Path) -> str:
    """Return which kind of file a name asks for.

    Raises
    ------
    InputError
        If it is none of `ENDINGS`.
    """
    ending = path.suffix.lower().removeprefix(".")
    if ending not in ENDINGS:
        raise InputError(
            N_("“{file}” must end in one of {known}."),
            file=path.name,
            known=", ".join(f".{one}" for one in ENDINGS),
        )
    return ending


def body(study: Study, about: About, ending: str) -> bytes:
    """Return the content of a file.

    Parameters
    ----------
    ending
        One of `ENDINGS`.
    """
    return ENDINGS[ending](study, about)


def write(study: Study, about: About, path: Path) -> None:
    """Write a file, whole or not at all; one that is there is replaced.

    Raises
    ------
    InputError
        If the name has no known ending.
    FileError
        If it cannot be written.
    """
    content = body(study, about, ending_of(path))
    try:
        with tempfile.NamedTemporaryFile(
            dir=path.parent, prefix=f".{path.name}.", delete=False
        ) as part:
            part.write(content)
        _put(Path(part.name), path)
    except OSError as error:
        raise FileError(
            N_("{path} cannot be written: {reason}."),
            path=str(path),
            reason=error.strerror or str(error),
        ) from error


def _put(part: Path, path: Path) -> None:
    try:
        # A temporary file is for its owner alone; this one is as open as any other new file.
        umask = os.umask(0)
        os.umask(umask)
        part.chmod(0o666 & ~umask)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


# ------------------------------------------------------------------------------------------- CSV


def _csv(study: Study, about: About) -> bytes:
    table = spot_table(study, about)
    for name, kind in _COLUMNS.items():
        if kind == "object":
            table[name] = table[name].map(_harmless)
    return table.to_csv(index=False, lineterminator="\r\n").encode("utf-8-sig")  # for Excel


def _harmless(value: object) -> object:
    """Keep a spreadsheet from running a text as a formula."""
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value


def spot_table(study: Study, about: About) -> pd.DataFrame:
    """Return one row a spot.

    Days are ISO dates; ``keys``, ``grids``, ``drivers``, ``addresses`` and ``weeks`` are lists,
    divided by blanks, semicolons where names stand in them. ``place`` is in the language spoken
    now.
    """
    rows = [_row(one, about) for one in study.spots]
    table = pd.DataFrame(rows, columns=list(_COLUMNS))
    return table.astype(_COLUMNS)


_COLUMNS: Final[dict[str, Any]] = {
    "number": "int64",
    "kind": "object",
    "class_code": "object",
    "class_name": "object",
    "place": "object",
    "lon": "float64",
    "lat": "float64",
    "radius_m": "float64",
    "first_day": "object",
    "last_day": "object",
    "observed": "int64",
    "expected": "float64",
    "relative_risk": "float64",
    "p": "float64",
    "q": "float64",
    "recurrence_days": "float64",
    "compound": "object",
    "road": "object",
    "grids": "object",
    "drivers": "object",
    "addresses": "object",
    "weeks": "object",
    "keys": "object",
}


def _row(spot: Spot, about: About) -> dict[str, Any]:
    plain = {name: getattr(spot, name) for name in _COLUMNS if hasattr(spot, name)}
    return plain | {
        "class_name": about.classes.get(spot.class_code, ""),
        "place": place_words(spot),
        "first_day": _iso(spot.first_day),
        "last_day": _iso(spot.last_day),
        "grids": " ".join(spot.grids),
        "drivers": "; ".join(
            f"{one.class_code} {one.observed} ×{one.times:.2f}" for one in spot.drivers
        ),
        "addresses": "; ".join(
            f"{' '.join(filter(None, [one.compound, one.number, one.name]))} {one.calls}".strip()
            for one in spot.addresses
        ),
        "weeks": " ".join(map(str, spot.weeks)),
        "keys": " ".join(spot.keys),
    }


def _iso(ordinal: int) -> str:
    return date.fromordinal(ordinal).isoformat()


# ------------------------------------------------------------------------------------------ JSON


def _json(study: Study, about: About) -> bytes:
    made = {
        "format": FORMAT,
        **_source(study, about),
        "said": explain(study),
        "study": as_json(study),
    }
    # Sorted, as the store keeps no order: an answer on record makes the same file.
    return json.dumps(made, ensure_ascii=False, allow_nan=False, indent=1, sort_keys=True).encode()


def _source(study: Study, about: About) -> dict[str, Any]:
    """Say what an answer was made from. In `study` days are ordinals, 1 for 0001-01-01."""
    return {
        "place": {"code": about.code, "name": about.name},
        "first_day": _iso(study.question.start),
        "last_day": _iso(study.question.stop - 1),
        "as_of": about.as_of.isoformat() if about.as_of else None,
        "plans": list(about.plans),
        "data_version": about.version,
    }


# ------------------------------------------------------------------------------------ GeoPackage


def _geopackage(study: Study, about: About) -> bytes:
    """Write the layers ``spots`` and ``areas``, and the table ``told`` without places."""
    spots = spot_table(study, about)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "study.gpkg"
        points = shapely.points(spots["lon"].to_numpy(), spots["lat"].to_numpy())
        _layer(path, "spots", spots, points, "Point")
        if study.areas is not None:
            shapes = _area_shapes(study.areas, about)
            kind = {"building": "Point", "grid": "Unknown"}.get(study.areas.unit, "Polygon")
            _layer(path, "areas", _area_table(study), shapes, kind)
        pyogrio.write_dataframe(_told(study, about), path, layer="told", driver="GPKG")
        return path.read_bytes()


def _layer(path: Path, name: str, table: pd.DataFrame, shapes: Any, kind: str) -> None:
    frame = gpd.GeoDataFrame(table, geometry=list(shapes), crs=crs.STORED_CRS)
    pyogrio.write_dataframe(frame, path, layer=name, driver="GPKG", geometry_type=kind)


def _area_shapes(areas: AreaFigures, about: About) -> list[Any]:
    if areas.rings:
        return [shapely.Polygon(ring) for ring in areas.rings]
    return [about.shapes.get(key) for key in areas.keys]


def _area_table(study: Study) -> pd.DataFrame:
    """Return one row an area; series are numbers divided by blanks, the last step last."""
    areas = study.areas
    if areas is None:
        return pd.DataFrame()
    table = pd.DataFrame(
        {"key": areas.keys, "observed": areas.observed, "households": areas.households}
    )
    for name in ("z", "p", "q", "level", "class_code"):
        values = getattr(areas, name)
        if values:
            table[name] = list(values)
    table = table.astype({name: "float64" for name in ("z", "p", "q") if name in table})
    if areas.category:
        table["category"] = [_CATEGORIES[one] for one in areas.category]
    for name in ("series", "levels"):
        if getattr(areas, name):
            table[name] = [" ".join(map(str, row)) for row in getattr(areas, name)]
    return table


def _told(study: Study, about: About) -> pd.DataFrame:
    """Return what was asked, counted and decided, by name; what is no text is JSON."""
    rows = {
        **_source(study, about),
        **{f"asked.{name}": value for name, value in study.question.parameters().items()},
        "shortage": study.shortage,
        **{f"told.{name}": value for name, value in sorted(study.told.items())},
        **{f"said.{number}": text for number, text in enumerate(explain(study), 1)},
    }
    values = [
        value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        for value in rows.values()
    ]
    return pd.DataFrame({"name": list(rows), "value": values})


ENDINGS: Final[Mapping[str, Callable[[Study, About], bytes]]] = {
    "gpkg": _geopackage,
    "csv": _csv,
    "json": _json,
}
"""Kinds of files, by the ending of their names."""
