"""Facilities: services where people find them, street furniture along the roads."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from etl.demo import calibration as cal
from etl.demo.draft import SOURCE
from etl.demo.ground import placed
from etl.demo.place import Place

Shapes = npt.NDArray[Any]
Ints = npt.NDArray[np.int64]


@dataclass
class _Lot:
    """Facilities of one kind."""

    kind: str
    names: list[str]
    points: Shapes
    area_m2: float | None = None
    capacity: int | None = None


SERVICES = (
    ("canteen", "老年食堂", 9000, 60),
    ("day_care", "日间照料站", 12000, 30),
    ("after_school", "四点半学校", 12000, 40),
    ("clinic", "卫生服务站", 6000, None),
    ("aed", "自动体外除颤器", 4500, None),
    ("culture", "文化活动室", 8000, 80),
    ("car_park", "公共停车场", 3000, 90),
)
"""Kind, name, people per facility, capacity."""

SCALE_TO_HOUSEHOLDS = 2.8
ROADSIDE_M = {"light": 42.0, "manhole": 70.0, "fire": 150.0}
ROADSIDE_NAMES = {"light": "路灯", "manhole": "雨污水井盖", "fire": "消火栓"}
BUILDINGS_PER = {"waste": 9, "bin": 3, "charging": 14, "toilet": 40}
NEAR_NAMES = {
    "waste": "垃圾分类投放点",
    "bin": "果皮箱",
    "charging": "充电棚",
    "toilet": "公共厕所",
}
PUBLIC_KINDS = {
    "党群服务中心": "party_centre",
    "日间照料中心": "day_care",
    "幼儿园": "kindergarten",
    "小学教学楼": "school",
    "鼓东小学": "school",
    "卫生服务中心": "clinic",
    "警务站": "police",
    "市场": "shop",
    "文化活动中心": "culture",
}


def _near(place: Place, buildings: Ints, rng: np.random.Generator) -> Shapes:
    """Return points a few steps outside buildings."""
    rings = shapely.boundary(shapely.buffer(place.land.outlines[buildings], 4.5, quad_segs=2))
    along = rng.random(len(buildings))
    return np.asarray(shapely.line_interpolate_point(rings, along, normalized=True), dtype=object)


def roadside(place: Place, step_m: float) -> Shapes:
    """Return points every `step_m` along both kinds of roads, at the kerb, inside the outline."""
    land, ground = place.land, place.land.ground
    points: list[Any] = []
    for road, line in zip(ground.roads, placed(ground.lines, place.code), strict=True):
        kerb = shapely.offset_curve(line, road.width_m / 2 - 2)
        points += _every(shapely.intersection(kerb, land.outline), step_m)
    if ground.edges:
        points += _every(land.outline.buffer(-12).exterior, step_m)
    return np.asarray(points, dtype=object)


def _every(line: Any, step_m: float) -> list[Any]:
    parts = [part for part in shapely.get_parts(line) if part.length > step_m]
    return [
        part.interpolate(at) for part in parts for at in np.arange(step_m / 2, part.length, step_m)
    ]


def _spread(place: Place, n: int, rng: np.random.Generator) -> Ints:
    """Choose `n` homes far from each other: each next one the farthest from those chosen."""
    homes = np.array([i for i, b in enumerate(place.land.built) if b.use == "residential"])
    xy = place.land.xy[homes]
    chosen = [int(rng.integers(len(homes)))]
    while len(chosen) < n:
        gaps = np.sqrt(((xy[:, None, :] - xy[None, chosen, :]) ** 2).sum(axis=2)).min(axis=1)
        chosen.append(int(np.argmax(gaps * rng.uniform(0.7, 1.0, len(gaps)))))
    return homes[chosen]


def _public(place: Place) -> list[_Lot]:
    """Put services into the public buildings that carry their names."""
    lots = []
    for i, b in enumerate(place.land.built):
        for word, kind in PUBLIC_KINDS.items():
            if b.name.endswith(word) or (word == "市场" and word in b.name):
                area = 2000.0 if b.name == "西南关日间照料中心" else round(b.geom.area * 2, -1)
                lots.append(_Lot(kind, [b.name], place.land.anchors[[i]], area))
                break
    return lots


def _services(place: Place, rng: np.random.Generator) -> list[_Lot]:
    lots = []
    households = place.land.count_homes(0, 1, 2).sum()
    for kind, word, people, capacity in SERVICES:
        n = max(1, round(households * SCALE_TO_HOUSEHOLDS / people))
        at = _spread(place, n, rng)
        names = [f"{place.land.built[i].compound}{word}" for i in at]
        lots.append(_Lot(kind, names, _near(place, at, rng), capacity=capacity))
    return lots


def _stations(place: Place) -> _Lot:
    """Give each grid a station, at the home nearest to its middle."""
    land, at = place.land, []
    homes = np.array([b.use == "residential" for b in land.built])
    for grid in range(len(land.cut.codes)):
        members = np.flatnonzero((land.cut.of_building == grid) & homes)
        gap = ((land.xy[members] - land.xy[members].mean(axis=0)) ** 2).sum(axis=1)
        at.append(int(members[np.argmin(gap)]))
    rings = shapely.boundary(shapely.buffer(land.outlines[at], 6.0, quad_segs=2))
    points = shapely.line_interpolate_point(rings, 0.1, normalized=True)
    return _Lot("grid_station", [f"{n}网格驿站" for n in land.cut.names], np.asarray(points))


def _furniture(place: Place, rng: np.random.Generator) -> list[_Lot]:
    """Lights, manholes and hydrants along the roads; bins and the like near buildings."""
    lots = []
    for kind, step_m in ROADSIDE_M.items():
        if kind == "light" and place.code == cal.XINANGUAN:
            continue
        points = roadside(place, step_m)
        lots.append(_Lot(kind, _serial(ROADSIDE_NAMES[kind], len(points)), points))
    fixed = place.land.recipe.facilities
    for kind, per in BUILDINGS_PER.items():
        n = fixed.get(kind, max(2, round(len(place.land.built) / per)))
        at = np.resize(rng.permutation(len(place.land.built)), n)
        lots.append(_Lot(kind, _serial(NEAR_NAMES[kind], n), _near(place, at, rng)))
    return lots


def _serial(word: str, n: int) -> list[str]:
    return [f"{word}{i:03d}" for i in range(1, n + 1)]


def _xinanguan(place: Place, rng: np.random.Generator) -> list[_Lot]:
    """Add what 西南关 is known to have: two lots of lights, shops, institutions."""
    solar = cal.count(place.code, "lights_solar")
    wall = cal.count(place.code, "lights_wall")
    kerb = roadside(place, 25.0)
    kerb = kerb[np.linspace(0, len(kerb) - 1, solar).round().astype(int)]
    walls = np.resize(rng.permutation(len(place.land.built)), wall)
    homes = place.land.homes
    fronts = homes.home_building[homes.state == 3]
    offices = _spread(place, place.land.recipe.facilities["institution"], rng)
    return [
        _Lot("light", _serial("太阳能路灯", solar), kerb),
        _Lot("light", _serial("庭院壁灯", wall), _near(place, walls, rng)),
        _Lot("shop", _serial("沿街商铺", len(fronts)), _near(place, fronts, rng)),
        _Lot("institution", _serial("驻区单位", len(offices)), _near(place, offices, rng)),
    ]


def _parks(place: Place) -> _Lot:
    named = [(n, g) for n, g in place.land.site.greens if n.endswith("公园")]
    points = [shapely.point_on_surface(g) for _, g in named]
    return _Lot("park", [n for n, _ in named], placed(np.array(points, dtype=object), place.code))


def _police(place: Place, rng: np.random.Generator) -> _Lot:
    at = _spread(place, 1, rng)
    return _Lot("police", [f"{place.land.recipe.name}警务室"], _near(place, at, rng))


def equip(place: Place) -> None:
    """Place every facility of a community."""
    rng = place.chance("facilities")
    lots = [*_public(place), *_services(place, rng), _stations(place), _police(place, rng)]
    lots += _furniture(place, rng)
    if place.code == cal.XINANGUAN:
        lots += _xinanguan(place, rng)
    if (parks := _parks(place)).names:
        lots.append(parks)
    place.draft.add("facility", _frame(place, lots))


def _frame(place: Place, lots: list[_Lot]) -> pd.DataFrame:
    names = [name for lot in lots for name in lot.names]
    reps = [len(lot.names) for lot in lots]
    points = np.concatenate([lot.points for lot in lots])
    inside = shapely.contains(place.land.outline, points)
    points[~inside] = shapely.line_interpolate_point(
        place.land.outline.buffer(-3).exterior,
        shapely.line_locate_point(place.land.outline.buffer(-3).exterior, points[~inside]),
    )
    nearest = shapely.STRtree(place.land.cells).nearest(points)
    return pd.DataFrame(
        {
            "id": place.draft.take("facility", len(names)),
            "source": SOURCE,
            "external_id": [f"{place.code}-F{i:04d}" for i in range(1, len(names) + 1)],
            "community_id": place.community_id,
            "street_id": place.street_id,
            "kind": np.repeat([lot.kind for lot in lots], reps).astype(object),
            "name": names,
            "address": place.addresses[nearest],
            "capacity": pd.array(
                np.repeat(np.array([lot.capacity for lot in lots], dtype=object), reps),
                dtype="Int64",
            ),
            "area_m2": np.repeat(
                np.array([np.nan if lot.area_m2 is None else lot.area_m2 for lot in lots]), reps
            ),
            "geom": place.land.stored(points),
        }
    )
