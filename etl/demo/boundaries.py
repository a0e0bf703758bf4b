"""``data/boundaries`` and the truth about hotspots, written by the generator that uses them."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from etl.demo import calibration as cal
from etl.demo import world
from etl.demo.recipes import RECIPES

BOUNDARIES = Path("data") / "boundaries"
TRUTH = Path("data") / "demo_truth.json"
DIGITS = 9
"""Of a degree: a tenth of a millimetre, so that areas hold."""

NOTE = "schematic: drawn for the demo, not surveyed"


def _feature(shape: Any, **properties: str) -> dict[str, Any]:
    geometry = json.loads(shapely.to_geojson(shape))
    geometry["coordinates"] = _rounded(geometry["coordinates"])
    return {"type": "Feature", "properties": {**properties, "note": NOTE}, "geometry": geometry}


def _rounded(coordinates: Any) -> Any:
    if isinstance(coordinates, float | int):
        return round(float(coordinates), DIGITS)
    return [_rounded(part) for part in coordinates]


def collections() -> dict[str, list[dict[str, Any]]]:
    """Return the features of each file: streets, communities, sub-districts."""
    made: dict[str, list[dict[str, Any]]] = {"streets": [], "communities": [], "sub_districts": []}
    for recipe, street in zip(RECIPES, cal.STREETS, strict=True):
        land = world.land_of(recipe.code)
        outline = land.stored(np.array([land.outline], dtype=object))[0]
        made["streets"].append(
            _feature(
                world.street_shape(land), code=street.code, name=street.name, place=street.place
            )
        )
        made["communities"].append(
            _feature(outline, code=recipe.code, name=recipe.name, parent=street.code)
        )
        for row in world.sub_districts(land).itertuples():
            made["sub_districts"].append(
                _feature(row.geom, code=str(row.code), name=str(row.name), parent=recipe.code)
            )
    return made


def texts(seed: int, as_of: datetime) -> dict[Path, str]:
    """Return every file's text, by its path in the project."""
    files = {BOUNDARIES / f"{name}.geojson": features for name, features in collections().items()}
    written = {path: _geojson(path.stem, features) for path, features in files.items()}
    _frames, truth = world.make(seed, as_of)
    return {**written, TRUTH: world.truth_text(truth, seed, as_of)}


def _geojson(name: str, features: list[dict[str, Any]]) -> str:
    lines = ",\n".join(json.dumps(f, ensure_ascii=False) for f in features)
    return f'{{"type": "FeatureCollection", "name": "{name}", "features": [\n{lines}\n]}}\n'


def write(folder: Path, seed: int, as_of: datetime) -> list[Path]:
    """Write the files below `folder`; return their paths."""
    paths = []
    for path, text in texts(seed, as_of).items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
        paths.append(target)
    return paths
