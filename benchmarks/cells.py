"""Cells of a real set of buildings: ours against momepy's morphological tessellation.

Run ``python -m benchmarks.cells [--peer PYTHON] [--folder FOLDER]``. Needs the public data sets
(WANGGE_TEST_DATA_DIR or ``--folder``) and momepy 0.11, in this environment or in another one whose
Python is given: it is not among our requirements.

Both get the same outlines and the same boundary (and, for the second row, the same roads) in
metres. A tessellation is only as good as it is seamless, so the table says that as well: whether
the cells are a valid coverage, and how far their area is from the boundary's.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely

from geo import crs, settings
from geo.cells import tessellate

ROUNDS = 3

# Runs in the peer's environment: reads outlines, boundary and roads, writes cells, prints seconds.
_PEER = """
import sys, time, warnings
warnings.filterwarnings("ignore")
import geopandas as gpd, momepy
folder, roads, rounds = sys.argv[1], sys.argv[2] == "True", int(sys.argv[3])
buildings = gpd.read_parquet(f"{folder}/outlines.parquet")
limit = gpd.read_parquet(f"{folder}/boundary.parquet").geometry.iloc[0]
lines = gpd.read_parquet(f"{folder}/roads.parquet").geometry
best = 1e9
for _round in range(rounds):
    began = time.perf_counter()
    if roads:
        around = gpd.GeoSeries([limit], crs=lines.crs)
        enclosures = momepy.enclosures(lines.clip(limit), limit=around)
        cells = momepy.enclosed_tessellation(buildings, enclosures.geometry)
    else:
        cells = momepy.morphological_tessellation(buildings, clip=limit)
    best = min(best, time.perf_counter() - began)
cells.to_parquet(f"{folder}/cells.parquet")
print(best)
"""


def read(folder: Path) -> tuple[gpd.GeoDataFrame, Any, gpd.GeoDataFrame]:
    """Return outlines, boundary and roads of the Bund in Shanghai, metres."""
    buildings = gpd.read_file(folder / "shanghai_bund_osm" / "buildings_dissolved.geojson")
    metres = crs.metric_crs_of(buildings)
    outlines = buildings[["geometry"]].to_crs(metres)
    boundary = shapely.buffer(shapely.convex_hull(shapely.union_all(outlines.geometry)), 10)
    roads = gpd.read_file(folder / "shanghai_bund_osm" / "roads_tiled_raw.geojson")
    main = roads[roads["kind"].isin(["major_road", "minor_road"])]
    return outlines, boundary, main[["geometry"]].to_crs(metres)


def ours(
    outlines: npt.NDArray[Any], boundary: Any, roads: npt.NDArray[Any] | None
) -> tuple[float, npt.NDArray[Any]]:
    """Return the best of some runs, seconds, and the cells."""
    best = np.inf
    for _round in range(ROUNDS):
        began = time.perf_counter()
        cells = tessellate(outlines, boundary, roads)
        best = min(best, time.perf_counter() - began)
    return float(best), cells


def theirs(python: str, folder: str, *, roads: bool) -> tuple[float, npt.NDArray[Any]]:
    """Run the peer in its environment."""
    command = [python, "-c", _PEER, folder, str(roads), str(ROUNDS)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    cells = gpd.read_parquet(f"{folder}/cells.parquet").geometry.to_numpy()
    return float(done.stdout.strip().splitlines()[-1]), cells


def seamless(cells: npt.NDArray[Any], boundary: Any) -> str:
    """Say how well cells tile the boundary."""
    valid = "valid" if shapely.coverage_is_valid(cells) else "not a coverage"
    error = abs(shapely.area(cells).sum() - boundary.area) / boundary.area
    return f"{valid}, area off by {error:.0e}"


def main() -> None:
    """Print a Markdown table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--peer", default=sys.executable, help="a Python that has momepy")
    parser.add_argument("--folder", type=Path, default=settings.testing().test_data_dir)
    options = parser.parse_args()
    if options.folder is None:
        sys.exit("No data: set WANGGE_TEST_DATA_DIR or give --folder.")
    outlines, boundary, roads = read(options.folder)
    with tempfile.TemporaryDirectory() as folder:
        outlines.to_parquet(f"{folder}/outlines.parquet")
        gpd.GeoSeries([boundary], crs=outlines.crs).to_frame("geometry").to_parquet(
            f"{folder}/boundary.parquet"
        )
        roads.to_parquet(f"{folder}/roads.parquet")
        print("| cells | ours | momepy | ratio | ours | momepy |\n|---|---|---|---|---|---|")
        for name, lines in (("nearest building", None), ("in road enclosures", roads)):
            barriers = None if lines is None else lines.geometry.to_numpy()
            ours_s, cells = ours(outlines.geometry.to_numpy(), boundary, barriers)
            peer_s, peers = theirs(options.peer, folder, roads=lines is not None)
            print(
                f"| {len(outlines):,} buildings, {name} | {ours_s:.2f} s | {peer_s:.2f} s |"
                f" {peer_s / ours_s:.1f} × | {seamless(cells, boundary)} |"
                f" {seamless(peers, boundary)} |"
            )


if __name__ == "__main__":
    main()
