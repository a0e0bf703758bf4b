"""From a file to a table of text: GeoJSON, GeoPackage, Shapefile, CSV, XLSX.

Nothing is interpreted here. Every attribute arrives as text, geometry as shapely objects in the
file's own coordinates, and each row knows its number in the file.
"""

from __future__ import annotations

import hashlib
import json
import re
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyogrio
import pyproj
import shapely

from etl.delimited import read_delimited
from etl.encodings import detect, detect_dbf
from etl.workbook import read_workbook
from geo.errors import N_, FileError

Shapes = npt.NDArray[Any]

SHAPEFILE_PARTS = (".shx", ".dbf")


@dataclass(frozen=True)
class Sheet:
    """A file's rows.

    Attributes
    ----------
    frame
        One text column per attribute, index 0 … n-1.
    row_numbers
        Each row's number in the file, shape (n,); 1 is the first data row or feature.
    geometry
        shapely objects (None where there is none), shape (n,); None for a table without shapes.
    unreadable
        True where the file has a shape that is no shape (an open ring), shape (n,).
    crs
        What the file says its coordinates are in.
    broken
        Rows that could not be split into columns: (row number, text, columns expected, found).
    """

    frame: pd.DataFrame
    row_numbers: npt.NDArray[np.int64]
    geometry: Shapes | None = None
    unreadable: npt.NDArray[np.bool_] | None = None
    crs: pyproj.CRS | None = None
    broken: list[tuple[int, str, int, int]] = field(default_factory=list)


def sha256(path: Path) -> str:
    """Return the file's SHA-256 in hexadecimal."""
    with path.open("rb") as source:
        return hashlib.file_digest(source, "sha256").hexdigest()


def read(path: Path, *, encoding: str | None = None, layer: str | None = None) -> Sheet:
    """Read a file by its ending.

    Parameters
    ----------
    path
        ``.geojson``/``.json``, ``.gpkg``, ``.shp``, ``.csv``/``.tsv``/``.txt`` or ``.xlsx``.
    encoding
        Character encoding of a text or shapefile; detected when None.
    layer
        Which layer (GeoPackage) or sheet (XLSX) to read, where there are several.

    Raises
    ------
    FileError
        If the file is missing, empty, a folder, damaged, half-written or of an unknown format.
    """
    check_file(path)
    reader = _READERS.get(path.suffix.lower())
    if reader is None:
        raise FileError(
            N_("{file} is of a kind we cannot read. Give .geojson, .gpkg, .shp, .csv or .xlsx."),
            file=path.name,
        )
    return reader(path, encoding, layer)


def check_file(path: Path) -> None:
    """See that there is a file with something in it.

    Raises
    ------
    FileError
        If not.
    """
    if path.is_dir():
        raise FileError(N_("{file} is a folder, not a file."), file=str(path))
    if not path.exists():
        raise FileError(N_("There is no file {file}."), file=str(path))
    try:
        with path.open("rb") as source:
            first = source.read(1)
    except OSError as error:
        raise FileError(
            N_("{file} cannot be opened: {reason}."), file=str(path), reason=error.strerror or ""
        ) from error
    if not first:
        raise FileError(N_("{file} is empty (0 bytes)."), file=path.name)


# ------------------------------------------------------------------------------ vector formats


def _read_geojson(path: Path, encoding: str | None, _layer: str | None) -> Sheet:
    raw = path.read_bytes()
    chosen = encoding or detect(raw, path.name)
    text = raw.decode(chosen, errors="replace").removeprefix("\ufeff")
    _check_json(text, path.name)
    return _read_vector(text.encode(), path.name)


def _check_json(text: str, name: str) -> None:
    try:
        parsed = json.loads(text)
    except ValueError as error:
        raise FileError(
            N_("{file} is not complete GeoJSON (half-written?): {reason}."),
            file=name,
            reason=str(error),
        ) from error
    if not isinstance(parsed, dict) or parsed.get("type") != "FeatureCollection":
        raise FileError(N_("{file} is JSON, but not a GeoJSON FeatureCollection."), file=name)
    if not parsed.get("features"):
        raise FileError(N_("{file} has no rows."), file=name)


def _read_geopackage(path: Path, _encoding: str | None, layer: str | None) -> Sheet:
    layers = [str(name) for name in tell(path.name, lambda: pyogrio.list_layers(path))[:, 0]]
    if layer is None and len(layers) > 1:
        raise FileError(
            N_("{file} has several layers: {layers}. Say which one with --layer."),
            file=path.name,
            layers=", ".join(layers),
        )
    if layer is not None and layer not in layers:
        raise FileError(
            N_("{file} has no layer {layer}. There is: {layers}."),
            file=path.name,
            layer=layer,
            layers=", ".join(layers),
        )
    return _read_vector(path, path.name, layer=layer)


def _read_shapefile(path: Path, encoding: str | None, _layer: str | None) -> Sheet:
    siblings = {item.suffix.lower(): item for item in path.parent.glob(path.stem + ".*")}
    missing = [part for part in SHAPEFILE_PARTS if part not in siblings]
    if missing:
        raise FileError(
            N_("{file} lacks {parts} beside it. A shapefile is several files; copy all of them."),
            file=path.name,
            parts=", ".join(path.stem + part for part in missing),
        )
    chosen = encoding or _shapefile_encoding(siblings)
    return _read_vector(path, path.name, encoding=chosen)


def _shapefile_encoding(siblings: dict[str, Path]) -> str | None:
    """Trust the .cpg; without one, look at the bytes, as GBK files mostly come without."""
    if ".cpg" in siblings:
        return None
    return detect_dbf(siblings[".dbf"].read_bytes())


def tell(name: str, action: Callable[[], Any]) -> Any:
    """Run a GDAL call; its failure is a sentence about the file."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return action()
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError, OSError) as error:
        reason = str(error).split(";")[0].rstrip(".")
        raise FileError(
            N_("{file} cannot be read; it may be damaged or half-written: {reason}."),
            file=name,
            reason=reason,
        ) from error
    except (pyogrio.errors.FeatureError, UnicodeDecodeError, RuntimeError, ValueError) as error:
        raise FileError(
            N_("{file} cannot be read; it may be damaged or half-written: {reason}."),
            file=name,
            reason=str(error).splitlines()[0],
        ) from error


def _read_vector(source: Path | bytes, name: str, **options: Any) -> Sheet:
    meta, _fid, wkb, columns = tell(name, lambda: pyogrio.raw.read(source, **options))
    if len(wkb if wkb is not None else columns[0]) == 0:
        raise FileError(N_("{file} has no rows."), file=name)
    if wkb is None:
        raise FileError(N_("{file} has no shapes."), file=name)
    shapes = shapely.from_wkb(wkb, on_invalid="ignore")
    stated = np.array([item is not None for item in wkb])
    names = [str(item) for item in meta["fields"]]
    frame = pd.DataFrame({key: as_text(values) for key, values in zip(names, columns, strict=True)})
    frame = frame.set_axis(pd.RangeIndex(len(wkb)))
    return Sheet(
        frame=frame,
        row_numbers=np.arange(1, len(wkb) + 1, dtype=np.int64),
        geometry=shapely.force_2d(shapes),
        unreadable=stated & shapely.is_missing(shapes),
        crs=crs_of(meta["crs"]),
    )


def crs_of(text: str | None) -> pyproj.CRS | None:
    """Return the reference system a file names; None where nobody knows it."""
    try:
        return pyproj.CRS.from_user_input(text) if text else None
    except pyproj.exceptions.CRSError:
        return None


def as_text(values: npt.NDArray[Any]) -> pd.Series:
    """Turn an attribute column of any type into text; missing stays missing."""
    series = pd.Series(values)
    if pd.api.types.is_float_dtype(series):
        return _float_text(series)
    if pd.api.types.is_datetime64_any_dtype(series):
        return series.dt.strftime("%Y-%m-%d %H:%M:%S").astype("str")
    present = series.notna()
    return series.astype("str").where(present).astype("str")


def _float_text(series: pd.Series) -> pd.Series:
    """Write whole floats without the point: 39573567.0 is a number somebody typed as 39573567."""
    text = series.map(repr).str.replace(re.compile(r"\.0$"), "", regex=True)
    return text.where(series.notna()).astype("str")


# ------------------------------------------------------------------------------------- tables


def _read_csv(path: Path, encoding: str | None, _layer: str | None) -> Sheet:
    frame, numbers, broken = read_delimited(path, encoding)
    return Sheet(frame=frame, row_numbers=numbers, broken=broken)


def _read_xlsx(path: Path, _encoding: str | None, layer: str | None) -> Sheet:
    frame, numbers = read_workbook(path, layer)
    return Sheet(frame=frame, row_numbers=numbers)


_Reader = Callable[[Path, str | None, str | None], Sheet]

_READERS: dict[str, _Reader] = {
    ".geojson": _read_geojson,
    ".json": _read_geojson,
    ".gpkg": _read_geopackage,
    ".shp": _read_shapefile,
    ".csv": _read_csv,
    ".tsv": _read_csv,
    ".txt": _read_csv,
    ".xlsx": _read_xlsx,
    ".xlsm": _read_xlsx,
}
