"""The demo's ground: nothing overlaps, nothing leaves the outline, every grid hangs together."""

from __future__ import annotations

import json

import numpy as np
import pytest
import shapely

from etl.demo import boundaries, calibration, recipes, rows, world
from etl.demo.homes import SHOP
from etl.demo.place import Land
from geo.settings import PROJECT_DIR

CODES = [recipe.code for recipe in recipes.RECIPES]


@pytest.fixture(params=CODES)
def land(request: pytest.FixtureRequest) -> Land:
    return world.land_of(request.param)


def test_no_two_buildings_overlap(land: Land) -> None:
    one, other = shapely.STRtree(land.outlines).query(land.outlines, predicate="intersects")
    assert (one == other).all()


def test_neighbours_leave_a_gap(land: Land) -> None:
    tree = shapely.STRtree(land.outlines)
    one, other = tree.query(land.outlines, predicate="dwithin", distance=4.0)
    assert (one == other).all()


def test_buildings_stand_inside_and_off_the_roads(land: Land) -> None:
    assert shapely.covers(land.outline, land.outlines).all()
    for road, line in zip(land.ground.roads, land.ground.lines, strict=True):
        paved = line.buffer(road.width_m / 2)
        assert not shapely.intersects(paved, [b.geom for b in land.built]).any(), road.name


def test_homes_stand_in_their_own_compound(land: Land) -> None:
    walls = dict(land.site.compounds)
    for b in land.built:
        if b.compound:
            assert walls[b.compound].covers(b.geom), (b.compound, b.geom.bounds)


def test_buildings_leave_gardens_and_ponds_free(land: Land) -> None:
    taken = shapely.union_all([g for _, g in [*land.site.greens, *land.site.waters]])
    for b in land.built:
        assert shapely.intersection(taken, b.geom).area < 1.0, b


def test_slabs_look_south(land: Land) -> None:
    homes = [b for b in land.built if b.form in {"slab", "tower"}]
    assert homes
    assert max(abs(b.angle) for b in homes) <= 14


def test_no_corner_is_empty(land: Land) -> None:
    """Wherever you stand inside, a building, a green or a water is not far."""
    west, south, east, north = land.ground.outline.bounds
    x, y = np.meshgrid(np.arange(west, east, 20), np.arange(south, north, 20))
    points = shapely.points(x.ravel(), y.ravel())
    points = points[shapely.contains(land.ground.outline, points)]
    there = [b.geom for b in land.built] + [g for _, g in land.site.greens]
    assert shapely.distance(points, shapely.union_all(there)).max() < 95


def test_cells_tile_the_community(land: Land) -> None:
    assert shapely.coverage_is_valid(land.cells)
    assert shapely.area(land.cells).sum() == pytest.approx(land.outline.area, rel=1e-9)
    assert shapely.covers(land.cells, land.anchors).all()


def test_grids_hang_together_and_are_numbered(land: Land) -> None:
    for grid in range(len(land.cut.codes)):
        shape = shapely.coverage_union_all(land.cells[land.cut.of_building == grid])
        assert len(shapely.get_parts(shape)) == 1, land.cut.names[grid]
    assert land.cut.codes == sorted(land.cut.codes)
    assert len(set(land.cut.names)) == len(land.cut.names)


def test_units_are_just_outside_their_building(land: Land) -> None:
    homes = land.homes
    gap = shapely.distance(homes.unit_point, land.outlines[homes.unit_building])
    assert (gap > 0.5).all()
    assert (gap < 1.5).all()
    north = shapely.get_y(homes.unit_point) > land.xy[homes.unit_building, 1]
    assert north.all()


def test_homes_have_floors_that_exist(land: Land) -> None:
    homes = land.homes
    assert (homes.floor >= 1).all()
    lived = homes.home_unit >= 0
    assert (homes.floor[lived] <= homes.storeys[homes.home_building[lived]]).all()
    assert (homes.home_building[lived] == homes.unit_building[homes.home_unit[lived]]).all()


def test_shops_are_on_the_ground_floor_of_homes(land: Land) -> None:
    homes = land.homes
    shops = (homes.state == SHOP) & (homes.home_unit >= 0)
    assert (homes.floor[shops] == 1).all()
    assert shops.sum() == sum(plot.shops for plot in land.recipe.plots)


def test_rows_refuse_what_does_not_fit() -> None:
    with pytest.raises(ValueError, match="no room"):
        rows.fill(shapely.box(0, 0, 60, 60), 40, rows.SLAB, 0.0)


def test_rows_fill_exactly_and_apart() -> None:
    made = rows.fill(shapely.box(0, 0, 300, 200), 17, rows.SLAB, 5.0)
    assert len(made) == 17
    tree = shapely.STRtree(made)
    one, other = tree.query(made, predicate="dwithin", distance=rows.SLAB.gap_m - 0.01)
    assert (one == other).all()


def test_areas_are_the_known_ones(land: Land) -> None:
    known = [
        f.value
        for f in calibration.FIGURES
        if (f.community, f.key) == (land.recipe.code, "area_km2")
    ]
    for value in known:
        assert land.outline.area / 1e6 == pytest.approx(value, abs=1e-6)


def test_boundary_files_are_what_the_generator_makes() -> None:
    for name, features in boundaries.collections().items():
        path = PROJECT_DIR / boundaries.BOUNDARIES / f"{name}.geojson"
        kept = json.loads(path.read_text(encoding="utf-8"))["features"]
        assert [f["properties"] for f in kept] == [f["properties"] for f in features]
        for old, new in zip(kept, features, strict=True):
            shapes = [shapely.from_geojson(json.dumps(f["geometry"])) for f in (old, new)]
            apart = shapely.symmetric_difference(*shapes).area
            assert apart < 1e-12, old["properties"]["code"]


def test_streets_hold_their_community() -> None:
    made = boundaries.collections()
    shapes = {
        f["properties"]["code"]: shapely.from_geojson(json.dumps(f["geometry"]))
        for part in made.values()
        for f in part
    }
    for feature in [*made["communities"], *made["sub_districts"]]:
        code, parent = feature["properties"]["code"], feature["properties"]["parent"]
        out = shapely.difference(shapes[code], shapes[parent]).area
        assert out < 1e-12, code
