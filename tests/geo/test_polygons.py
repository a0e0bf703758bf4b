"""Faults planted with a known size are found with it; what is narrow is closed, and no more."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo import crs
from geo.cells import tessellate
from geo.errors import GeometryError
from geo.polygons import FAULT_KINDS, Fault, describe, find_faults, repair, widths
from geo.settings import testing as data_settings

SQUARE = shapely.box(0, 0, 200, 200)
# False eastings and northings are large: whatever works near zero must work there, too.
FAR = np.array([39_500_000.0, 4_300_000.0])
SEEDS = st.integers(0, 2**32 - 1)


def shapes(*given_: Any) -> npt.NDArray[Any]:
    array = np.empty(len(given_), dtype=object)
    array[:] = given_
    return array


def quarters(**other: Any) -> npt.NDArray[Any]:
    """Four grids of 100 m × 100 m; ``g0`` … ``g3`` put another shape in the place of one."""
    made = shapes(*(shapely.box(x, y, x + 100, y + 100) for y in (0, 100) for x in (0, 100)))
    for name, shape in other.items():
        made[int(name[1:])] = shape
    return made


def kinds(faults: list[Fault]) -> list[str]:
    return [fault.kind for fault in faults]


def shifted(shape: Any) -> Any:
    return shapely.transform(shape, lambda xy: xy + FAR)


def random_plan(rng: np.random.Generator) -> tuple[npt.NDArray[Any], Any]:
    """Draw 2 to 25 grids that tile a square, far from the origin."""
    count = int(rng.integers(2, 26))
    square = shapely.box(0, 0, *np.full(2, np.sqrt(count) * rng.uniform(60, 250)))
    points = shapely.multipoints(rng.uniform(0, square.bounds[2], (count, 2)))
    split = shapely.get_parts(shapely.voronoi_polygons(points, extend_to=square))
    tiles = shapely.coverage_clean(shapely.intersection(split, square))
    return shifted(tiles), shifted(square)


def jittered(tiles: npt.NDArray[Any], reach_m: float, rng: np.random.Generator) -> Any:
    """Move every corner of every polygon on its own, as if all were drawn by hand."""

    def moved(xy: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        angle = rng.uniform(0, 2 * np.pi, len(xy) - 1)
        by = rng.uniform(0, reach_m, len(xy) - 1)[:, None]
        new = xy[:-1] + by * np.column_stack([np.cos(angle), np.sin(angle)])
        return np.vstack([new, new[:1]])

    return shapes(*(shapely.transform(tile, moved) for tile in tiles))


# ------------------------------------------------------------------------------- planted faults


@pytest.mark.parametrize("boundary", [SQUARE, None])
def test_a_plan_that_tiles_has_no_faults(boundary: Any) -> None:
    assert find_faults(quarters(), boundary) == []
    repaired, left = repair(quarters(), boundary)
    assert left == []
    assert shapely.equals(repaired, quarters()).all()


def test_an_overlap_of_twelve_square_metres() -> None:
    # 12 cm along 100 m: narrower than the tolerance, but 0.12 % of the smaller grid.
    found = find_faults(quarters(g0=shapely.box(0, 0, 100.12, 100)), SQUARE)
    assert kinds(found) == ["overlap"]
    assert found[0].grids == (0, 1)
    assert found[0].area_m2 == pytest.approx(12)
    assert found[0].width_m == pytest.approx(0.12, rel=0.03)
    assert found[0].shape.bounds == pytest.approx((100, 0, 100.12, 100))


def test_a_compact_overlap_counts_however_large_the_grids_are() -> None:
    # 16 m² are 0.04 % of these grids, but 4 m wide: a shed stands there.
    large = shapes(shapely.box(0, 0, 200, 200), shapely.box(200, 0, 400, 200))
    large[0] = shapely.union(large[0], shapely.box(199, 50, 204, 54))
    [fault] = find_faults(large, shapely.box(0, 0, 400, 200))
    assert (fault.kind, fault.grids) == ("overlap", (0, 1))
    assert fault.area_m2 == pytest.approx(16)
    assert fault.width_m == pytest.approx(4, rel=0.03)


def test_a_narrow_overlap_of_little_share_is_an_unmatched_border() -> None:
    found = find_faults(quarters(g0=shapely.box(0, 0, 100.05, 100)), SQUARE)
    assert kinds(found) == ["edge"]
    assert found[0].area_m2 == 0


def test_a_gap_sixty_centimetres_wide() -> None:
    found = find_faults(quarters(g0=shapely.box(0, 0, 99.4, 100)), SQUARE)
    assert kinds(found) == ["gap"]
    assert {0, 1} <= set(found[0].grids)
    assert found[0].area_m2 == pytest.approx(60)
    assert found[0].width_m == pytest.approx(0.6, rel=0.03)


def test_a_hair_between_boundary_and_grids_is_no_fault() -> None:
    # The community has a straight line where its grids have a corner: a projection bends them.
    bent = shapely.Polygon([(0, 0), (100, 0.03), (200, 0), (200, 200), (100, 199.97), (0, 200)])
    assert find_faults(quarters(), bent) == []
    assert find_faults(quarters(), shapely.buffer(bent, 0.04, join_style="mitre")) == []
    assert repair(quarters(), bent)[1] == []


def test_without_a_boundary_only_holes_are_gaps() -> None:
    assert find_faults(quarters()[:3], None) == []
    ring = shapely.difference(SQUARE, shapely.box(50, 50, 150, 150))
    [gap] = find_faults(shapes(ring, shapely.box(50, 50, 150, 140)), None)
    assert (gap.kind, gap.grids) == ("gap", (0, 1))
    assert gap.area_m2 == pytest.approx(1000)


def test_a_bow_tie_is_invalid_where_it_crosses() -> None:
    tie = shapely.Polygon([(0, 0), (100, 100), (100, 0), (0, 100)])
    found = find_faults(quarters(g0=tie), SQUARE)
    assert kinds(found) == ["invalid", "parts", "gap", "gap"]
    assert found[0].grids == (0,)
    assert found[0].shape.equals(shapely.Point(50, 50))


def test_parts_that_touch_at_a_point_do_not_hang_together() -> None:
    two = shapely.MultiPolygon([shapely.box(0, 0, 60, 60), shapely.box(60, 60, 100, 100)])
    parts, *rest = find_faults(quarters(g0=two), SQUARE)
    assert (parts.kind, parts.grids, parts.area_m2) == ("parts", (0,), 1600)
    assert parts.shape.bounds == (60, 60, 100, 100)
    assert kinds(rest) == ["gap", "gap"]


def test_parts_with_a_common_border_are_one_piece() -> None:
    halves = shapely.MultiPolygon([shapely.box(0, 0, 50, 100), shapely.box(50, 0, 100, 100)])
    assert "parts" not in kinds(find_faults(quarters(g0=halves), SQUARE))


def test_a_grid_nested_in_another() -> None:
    found = find_faults(shapes(*quarters(), shapely.box(20, 20, 60, 60)), SQUARE)
    assert kinds(found) == ["overlap"]
    assert (found[0].grids, found[0].area_m2) == ((0, 4), 1600)


def test_ground_outside_the_community() -> None:
    out = shapely.union(quarters()[3], shapely.box(190, 150, 230, 180))
    found = find_faults(quarters(g3=out), SQUARE)
    assert kinds(found) == ["outside"]
    assert (found[0].grids, found[0].area_m2) == ((3,), 900)
    assert found[0].shape.bounds == (200, 150, 230, 180)


def test_a_grid_wholly_outside() -> None:
    found = find_faults(shapes(*quarters(), shapely.box(300, 0, 400, 100)), SQUARE)
    assert [(fault.kind, fault.grids, fault.area_m2) for fault in found] == [
        ("outside", (4,), 10_000)
    ]


def test_slivers_by_width_and_by_roundness() -> None:
    strip = shapely.box(100, 0, 105, 100)
    rest = shapely.box(105, 0, 200, 100)
    [fault] = find_faults(shapes(*quarters(g1=strip), rest), SQUARE)[:1]
    assert (fault.kind, fault.grids) == ("sliver", (1,))
    assert fault.width_m == pytest.approx(5, rel=0.03)
    long = shapes(shapely.box(0, 0, 2000, 10), shapely.box(0, 10, 2000, 2000))
    assert kinds(find_faults(long, shapely.box(0, 0, 2000, 2000))) == ["sliver", "edge"][:1]


def test_borders_whose_corners_do_not_match() -> None:
    # The upper grid lacks the corner where the two lower ones meet.
    tee = shapes(*quarters()[:2], shapely.box(0, 100, 200, 200))
    found = find_faults(tee, SQUARE)
    assert kinds(found) == ["edge"]
    assert found[0].grids == (0, 1, 2)
    repaired, left = repair(tee, SQUARE)
    assert left == []
    assert shapely.coverage_is_valid(repaired)
    assert shapely.equals(repaired, tee).all()


def test_the_most_important_come_first() -> None:
    tie = shapely.Polygon([(0, 0), (100, 100), (100, 0), (0, 100)])
    many = shapes(
        *quarters(g0=tie, g3=shapely.box(100, 100, 240, 200)), shapely.box(0, 50, 200, 52)
    )
    found = find_faults(many, SQUARE)
    ranks = [list(FAULT_KINDS).index(fault.kind) for fault in found]
    assert ranks == sorted(ranks)
    assert set(kinds(found)) >= {"invalid", "parts", "overlap", "gap", "outside", "sliver"}


def test_missing_and_empty_polygons_are_passed_over() -> None:
    sparse = shapes(*quarters(), None, shapely.Polygon(), shapely.MultiPolygon())
    assert find_faults(sparse, SQUARE) == []
    repaired, left = repair(sparse, SQUARE)
    assert left == []
    assert shapely.is_missing(repaired).tolist() == [False] * 4 + [True, False, False]
    assert shapely.area(repaired[:4]).all()
    assert shapely.is_empty(repaired[5:]).all()
    assert find_faults(shapes(None), None) == []
    assert repair(shapes(None), None)[1] == []


def test_what_is_no_polygon_is_refused() -> None:
    with pytest.raises(GeometryError, match="must be a polygon"):
        find_faults(shapes(shapely.Point(0, 0)), SQUARE)


def test_every_kind_has_its_sentence() -> None:
    line = shapely.LineString([(0, 0), (0, 7)])
    for kind in FAULT_KINDS:
        message_id, params = describe(Fault(kind, (0, 2), 1234.56, 0.61, line), ["001", "", "003"])
        sentence = message_id.format(**params)
        assert "001, 003" in sentence
        assert ("1,234.6" in sentence) == (kind not in {"invalid", "edge"})
    assert describe(Fault("gap", (), 1, 1, line))[1]["grids"] == "–"
    assert describe(Fault("gap", tuple(range(12)), 1, 1, line))[1]["grids"].endswith("10 …")


@pytest.mark.parametrize(
    ("shape", "expected"),
    [
        (shapely.box(0, 0, 30, 7), 7),
        (shapely.Point(0, 0).buffer(40, quad_segs=64), 80),
        (shapely.box(0, 0, 1000, 0.2), 0.2),
        (shapely.MultiPolygon([shapely.box(0, 0, 1, 9), shapely.box(5, 0, 8, 9)]), 3),
        (shapely.LineString([(0, 0), (1, 1)]), 0),
    ],
)
def test_widths(shape: Any, expected: float) -> None:
    assert widths(shapes(shape)) == pytest.approx([expected], rel=0.02)


# ------------------------------------------------------------------------------------ the repair


def check_repair(before: npt.NDArray[Any], after: npt.NDArray[Any], tolerance_m: float) -> None:
    """Check what a repair promises: nothing moves far, and areas change accordingly little."""
    assert (shapely.get_type_id(after) == shapely.GeometryType.MULTIPOLYGON).all()
    assert shapely.is_valid(after).all()
    assert (shapely.hausdorff_distance(before, after) <= tolerance_m + 1e-6).all()
    changed = np.abs(shapely.area(after) - shapely.area(before))
    assert (changed <= shapely.length(before) * tolerance_m).all()


def test_a_long_gap_is_shared_by_its_neighbours() -> None:
    # By coverage_clean the middle grid gets it all, and is 500 m long then.
    rows = [shapely.box(x, 0, x + 100, 100) for x in range(0, 500, 100)]
    rows += [shapely.box(x, 100.6, x + 100, 200) for x in range(0, 500, 100)]
    plan, street = shapes(*rows), shapely.box(0, 0, 500, 200)
    repaired, left = repair(plan, street)
    assert left == []
    assert shapely.coverage_is_valid(repaired)
    assert shapely.area(repaired) == pytest.approx([10_060] * 5 + [9940] * 5)
    check_repair(plan, repaired, 1)


def test_wide_faults_are_left_and_told() -> None:
    wide = quarters(g0=shapely.box(0, 0, 110, 100), g2=shapely.box(0, 104, 100, 200.4))
    repaired, left = repair(wide, SQUARE)
    assert kinds(left) == ["overlap", "gap"]
    assert left[0].area_m2 == pytest.approx(1000)
    assert left[1].area_m2 == pytest.approx(400)
    # What was narrow beside them is closed all the same.
    assert repaired[2].bounds == pytest.approx((0, 104, 100, 200))


def test_the_tolerance_decides() -> None:
    plan = quarters(g0=shapely.box(0, 0, 98, 100))
    assert kinds(repair(plan, SQUARE, tolerance_m=1.9)[1]) == ["gap"]
    repaired, left = repair(plan, SQUARE, tolerance_m=2.1)
    assert left == []
    check_repair(plan, repaired, 2.1)


def test_loose_crumbs_join_their_neighbour_and_pieces_do_not() -> None:
    crumb = shapely.MultiPolygon([shapely.box(0, 0, 100, 100), shapely.box(100, 50, 100.5, 51)])
    hole = shapely.difference(quarters()[1], shapely.box(100, 50, 100.5, 51))
    # A point between crumb and grid: they only touch.
    apart = shapely.MultiPolygon([shapely.box(0, 0, 100, 100), shapely.box(150, 150, 150.5, 151)])
    bitten = shapely.difference(quarters()[3], shapely.box(150, 150, 150.5, 151))
    repaired, left = repair(quarters(g0=apart, g3=bitten), SQUARE)
    assert left == []
    assert shapely.equals(repaired, quarters()).all()
    repaired, left = repair(quarters(g0=crumb, g1=hole), SQUARE)
    assert left == []
    island = shapely.MultiPolygon([shapely.box(0, 0, 100, 100), shapely.box(150, 150, 160, 160)])
    drilled = shapely.difference(quarters()[3], shapely.box(150, 150, 160, 160))
    assert kinds(repair(quarters(g0=island, g3=drilled), SQUARE)[1]) == ["parts"]


def test_a_hole_in_one_grid_is_no_narrow_gap() -> None:
    # All of its rim lies on its neighbour; its middle is 5 m away.
    drilled = shapely.difference(quarters()[3], shapely.box(150, 150, 160, 160))
    assert kinds(repair(quarters(g3=drilled), SQUARE)[1]) == ["gap"]


def test_a_grid_never_vanishes() -> None:
    thin = shapely.box(100, 0, 100.5, 100)
    plan = shapes(*quarters(), thin)
    repaired, _left = repair(plan, SQUARE)
    assert shapely.area(repaired)[4] > 0


@settings(max_examples=40, deadline=None)
@given(SEEDS)
def test_a_random_plan_has_no_faults(seed: int) -> None:
    tiles, square = random_plan(np.random.default_rng(seed))
    faults = [fault for fault in find_faults(tiles, square) if fault.kind != "sliver"]
    assert faults == []
    repaired, _left = repair(tiles, square)
    assert shapely.equals_exact(shapely.normalize(repaired), _multi(tiles), 1e-6).all()


def _multi(tiles: npt.NDArray[Any]) -> Any:
    return shapely.normalize(shapes(*(shapely.MultiPolygon([tile]) for tile in tiles)))


@settings(max_examples=30, deadline=None)
@given(SEEDS, st.floats(0.2, 10))
def test_a_shrunk_grid_leaves_a_gap(seed: int, by_m: float) -> None:
    rng = np.random.default_rng(seed)
    tiles, square = random_plan(rng)
    at = int(rng.integers(len(tiles)))
    whole = tiles[at]
    tiles[at] = shapely.buffer(whole, -by_m, join_style="mitre")
    lost_m2 = whole.area - tiles[at].area
    gaps = [fault for fault in find_faults(tiles, square) if fault.kind == "gap"]
    assert sum(fault.area_m2 for fault in gaps) == pytest.approx(lost_m2, abs=1)
    assert all(fault.width_m >= by_m * 0.9 for fault in gaps) or tiles[at].is_empty


@settings(max_examples=30, deadline=None)
@given(SEEDS, st.floats(0.3, 3))
def test_a_plan_drawn_by_a_shaky_hand_is_repaired(seed: int, tolerance_m: float) -> None:
    rng = np.random.default_rng(seed)
    tiles, square = random_plan(rng)
    drawn = jittered(tiles, tolerance_m / 3, rng)
    if not shapely.is_valid(drawn).all() or (shapely.length(drawn) < 40 * tolerance_m).any():
        return
    repaired, left = repair(drawn, square, tolerance_m=tolerance_m)
    check_repair(drawn, repaired, tolerance_m)
    assert shapely.area(repaired).sum() == pytest.approx(square.area, rel=1e-5)
    # A tip sharper than the tolerance may be left, but never without a word.
    assert shapely.coverage_is_valid(repaired) or left
    assert sum(fault.area_m2 for fault in left if fault.kind != "sliver") < 1


def test_shaky_hands_leave_nothing_behind() -> None:
    for seed in range(20):
        rng = np.random.default_rng(seed)
        tiles, square = random_plan(rng)
        repaired, left = repair(jittered(tiles, 0.33, rng), square)
        assert "sliver" in kinds(left) or left == []
        assert shapely.coverage_is_valid(repaired)
        assert shapely.area(repaired).sum() == pytest.approx(square.area, rel=1e-9)


@pytest.mark.data
def test_grids_of_a_real_street_thinned_out_one_by_one() -> None:
    folder = data_settings().test_data_dir
    path = folder / "shanghai_bund_osm" / "buildings_dissolved.geojson" if folder else None
    if path is None or not path.exists():
        pytest.skip("WANGGE_TEST_DATA_DIR has no shanghai_bund_osm")
    frame = gpd.read_file(path)
    plane = crs.metric_crs_of(frame)
    outlines = frame.to_crs(plane).geometry.to_numpy()
    boundary = shapely.buffer(shapely.convex_hull(shapely.union_all(outlines)), 10)
    cells = tessellate(outlines, boundary)
    middle = shapely.get_coordinates(shapely.centroid(cells))
    block = np.unique((middle // 250).astype(int), axis=0, return_inverse=True)[1].ravel()
    tiles = shapes(
        *(shapely.coverage_union_all(cells[block == at]) for at in range(block.max() + 1))
    )
    kept = [
        fault for fault in find_faults(tiles, boundary) if fault.kind not in {"parts", "sliver"}
    ]
    assert kept == []
    thinned = shapely.simplify(tiles, 0.3)
    assert "edge" in kinds(find_faults(thinned, boundary))
    repaired, left = repair(thinned, boundary)
    assert set(kinds(left)) <= {"parts", "sliver"}
    assert shapely.coverage_is_valid(repaired)
    assert shapely.area(repaired).sum() == pytest.approx(boundary.area, rel=1e-9)
