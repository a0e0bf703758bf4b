"""What stands in the blocks: homes, commercial strips, public buildings, greens and lanes.

Nothing here depends on the demo's seed: the ground is drawn, only the people on it are drawn by
lot. So boundaries in ``data/boundaries`` stay the same for every seed.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import shapely
from shapely import affinity
from shapely.geometry import LineString, Point, Polygon
from shapely.geometry.base import BaseGeometry

from etl.demo import rows
from etl.demo.ground import STRIP_DEPTH_M, STRIP_SETBACK_M, WALL_M, Block, Ground
from etl.demo.recipes import Plot


@dataclass(frozen=True)
class Building:
    """One building in local metres; `compound` is empty outside compounds.

    Attributes
    ----------
    form
        slab, tower, strip, hall, public.
    block
        Index of its block.
    angle
        Turn against east–west, degrees; its north side is the entrance side.
    """

    geom: Polygon
    form: str
    use: str
    block: int
    angle: float
    compound: str = ""
    name: str = ""


@dataclass
class Site:
    """Everything in one block, or in the whole community."""

    buildings: list[Building] = field(default_factory=list)
    compounds: list[tuple[str, Polygon]] = field(default_factory=list)
    greens: list[tuple[str, BaseGeometry]] = field(default_factory=list)
    waters: list[tuple[str, BaseGeometry]] = field(default_factory=list)
    lanes: list[BaseGeometry] = field(default_factory=list)

    def add(self, other: Site) -> None:
        """Take over everything of another site."""
        self.buildings += other.buildings
        self.compounds += other.compounds
        self.greens += other.greens
        self.waters += other.waters
        self.lanes += other.lanes


def _oval(at: Point, a: float, b: float, angle: float) -> Polygon:
    return affinity.rotate(affinity.scale(Point(at).buffer(1, quad_segs=12), a, b), angle)


# ------------------------------------------------------------------------------------- strips


def _frontage(block: Block, mains: BaseGeometry) -> list[LineString]:
    """Find the lines shops stand on, along the main roads of a block."""
    inset = STRIP_SETBACK_M + STRIP_DEPTH_M / 2
    ring = shapely.simplify(block.land.buffer(-inset, join_style="mitre"), 1.0).exterior
    near = shapely.intersection(ring, mains.buffer(15 + inset + 13, cap_style="flat"))
    lines = shapely.get_parts(shapely.line_merge(near))
    return [line for line in lines if line.length > 50]


def _shop_at(line: LineString, d: float, length: float) -> tuple[Polygon, float]:
    a = line.interpolate(d - length / 2)
    b = line.interpolate(d + length / 2)
    angle = float(np.degrees(np.arctan2(b.y - a.y, b.x - a.x)))
    x, y = (a.x + b.x) / 2, (a.y + b.y) / 2
    half = STRIP_DEPTH_M / 2
    shape = shapely.box(x - length / 2, y - half, x + length / 2, y + half)
    return affinity.rotate(shape, angle, origin=(x, y)), angle


def _shop_places(block: Block, lines: list[LineString], length: float) -> list[Building]:
    """Place as many shops of one length as there is room for."""
    made: list[Building] = []
    for line in lines:
        n = int((line.length + 12) // (length + 12))
        for i in range(n):
            shape, angle = _shop_at(line, (i + 0.5) * line.length / n, length)
            clear = all(shape.distance(other.geom) > 6 for other in made)
            if clear and block.land.buffer(-2).contains(shape):
                made.append(Building(shape, "strip", "commercial", -1, angle))
    return made


def strips(block: Block, mains: BaseGeometry, n: int) -> list[Building]:
    """Place `n` commercial buildings along the main roads of a block, evenly.

    Raises
    ------
    ValueError
        If the frontage is too short for `n`.
    """
    if not n:
        return []
    lines = _frontage(block, mains)
    for length in (44.0, 38.0, 32.0, 27.0, 22.0, 18.0):
        made = _shop_places(block, lines, length)
        if len(made) >= n:
            return [made[i] for i in np.linspace(0, len(made) - 1, n).round().astype(int)]
    message = f"no frontage for {n} shops in {block.plot.name}"
    raise ValueError(message)


def _behind(block: Block, shops: list[Building], mains: BaseGeometry) -> Polygon:
    """Return the land behind the shops, where the compound's wall runs."""
    if not shops:
        return block.land
    reach = STRIP_SETBACK_M + STRIP_DEPTH_M + WALL_M
    rim = shapely.difference(block.land, block.land.buffer(-reach, join_style="mitre"))
    used = shapely.intersection(rim, mains.buffer(15 + reach + 10, cap_style="flat"))
    rest = shapely.difference(block.land, used).buffer(-12).buffer(12, join_style="mitre")
    parts = [p for p in shapely.get_parts(rest) if isinstance(p, Polygon)]
    return max(parts, key=lambda part: part.area)


# ---------------------------------------------------------------------------------- compounds


NARROW_M = 175.0
ROOMY_M2 = 60_000.0


@dataclass(frozen=True)
class _Yard:
    """A compound's inside: where buildings may stand, its garden and lanes."""

    free: BaseGeometry
    garden: Polygon
    lanes: list[BaseGeometry]


def _yard(wall: Polygon, block: Block, angle: float, size: float) -> _Yard:
    """Lay a ring lane, a spine from the gate, and a garden in the middle."""
    ring = wall.buffer(-7, join_style="mitre")
    inner = affinity.rotate(wall, -angle, origin=wall.centroid)
    west, south, east, north = inner.bounds
    middle = wall.representative_point() if not wall.contains(wall.centroid) else wall.centroid
    size *= min(1.0, wall.area / ROOMY_M2)
    garden = _oval(middle, (east - west) * 0.17 * size, (north - south) * 0.12 * size, angle)
    spine = LineString([(middle.x, middle.y + 3000), (middle.x, middle.y - 3000)])
    spine = shapely.intersection(affinity.rotate(spine, angle, origin=middle), block.face)
    spine = shapely.difference(shapely.intersection(spine, wall.buffer(40)), garden)
    if east - west < NARROW_M:  # a gate only: a spine would leave no room for a row
        spine = shapely.difference(spine, wall.buffer(-7))
    free = wall.buffer(-13, join_style="mitre")
    free = shapely.difference(free, shapely.union_all([garden.buffer(5), spine.buffer(5)]))
    return _Yard(free, garden, [ring.boundary, *shapely.get_parts(spine)])


def _as_public(b: Building, name: str) -> Building:
    use = "commercial" if "市场" in name else "public"
    return Building(b.geom, "public", use, b.block, b.angle, "", name)


def _named_public(made: list[Building], names: tuple[str, ...], gate: Point) -> list[Building]:
    """Turn the homes nearest to the gate into the plot's public buildings."""
    order = sorted(range(len(made)), key=lambda i: made[i].geom.distance(gate))
    public = dict(zip(order, names, strict=False))
    return [_as_public(b, public[i]) if i in public else b for i, b in enumerate(made)]


def compound(
    block: Block, form: rows.Form, kind: str, shops: list[Building], mains: BaseGeometry
) -> Site:
    """Build a walled compound of slabs or towers round a garden."""
    plot = block.plot
    wall = _behind(block, shops, mains).buffer(-WALL_M, join_style="mitre")
    angle = rows.skew(block.land)
    yard = _yard(wall, block, angle, 0.8 if kind == "tower" else 1.0)
    shapes = rows.fill(yard.free, plot.homes + len(plot.public), form, angle)
    made = [Building(s, kind, "residential", -1, angle, plot.name) for s in shapes]
    made = _named_public(made, plot.public, Point(0, 0))
    site = Site([*shops, *made], [(plot.name, wall)], lanes=yard.lanes)
    site.greens.append((f"{plot.name}中心花园", yard.garden))
    if plot.households % 2:
        pond = affinity.scale(affinity.translate(yard.garden, 4, -2), 0.45, 0.42)
        site.waters.append(("", pond))
    return site


def _halved(land: Polygon, n: int, angle: float) -> list[Polygon]:
    """Cut land into `n` lots of equal size by cuts across its longer side."""
    if n == 1:
        return [land]
    flat = affinity.rotate(land, -angle, origin=(0, 0))
    west, south, east, north = flat.bounds
    tall = north - south > (east - west) * 1.25
    low, high = (south, north) if tall else (west, east)
    share = (n // 2) / n
    for _ in range(40):
        at = (low + high) / 2
        side = shapely.box(west, south, east, at) if tall else shapely.box(west, south, at, north)
        part = shapely.intersection(flat, side)
        low, high = (at, high) if part.area < share * flat.area else (low, at)
    rest = shapely.difference(flat, side)
    turned = [affinity.rotate(p, angle, origin=(0, 0)) for p in (part, rest)]
    return _halved(turned[0], n // 2, angle) + _halved(turned[1], n - n // 2, angle)


def courtyards(block: Block, shops: list[Building], mains: BaseGeometry) -> Site:
    """Build an old quarter: walled courtyards, each with a few blocks round its yard."""
    plot = block.plot
    land = _behind(block, shops, mains)
    angle = rows.skew(block.land)
    lots = [lot.buffer(-4, join_style="mitre") for lot in _halved(land, plot.courtyards, angle)]
    lots.sort(key=lambda lot: (-round(lot.centroid.y / 80), lot.centroid.x))
    share = _shares(plot.homes + len(plot.public), np.array([lot.area for lot in lots]))
    site = Site([*shops])
    for i, (lot, n) in enumerate(zip(lots, share, strict=True)):
        name = f"{plot.name}{8 + 2 * i}号院"
        shapes = rows.fill(lot.buffer(-3, join_style="mitre"), n, rows.YARD, angle)
        site.buildings += [Building(s, "slab", "residential", -1, angle, name) for s in shapes]
        site.compounds.append((name, lot))
        site.lanes += [shapely.intersection(lot.buffer(4, join_style="mitre").boundary, land)]
        yard = shapely.difference(lot, shapely.union_all(shapes).buffer(5)).buffer(-3)
        tree = max(shapely.get_parts(yard), key=lambda part: part.area, default=Polygon())
        if tree.area > 60:
            site.greens.append(("", shapely.simplify(tree.buffer(1.5), 0.5)))
    site.buildings = _named_public(site.buildings, plot.public, Point(0, 0))
    return site


def _shares(n: int, weights: np.ndarray) -> list[int]:
    """Share `n` out by weight, at least one each."""
    counts = np.ones(len(weights), dtype=int)
    for _ in range(n - len(weights)):
        counts[np.argmax(weights / (counts + 0.4))] += 1
    return counts.tolist()


# ------------------------------------------------------------------- campus, mall and arena


def campus(block: Block, shops: list[Building], mains: BaseGeometry) -> Site:
    """Build a school: buildings on the south half, the sports ground on the north."""
    plot = block.plot
    wall = _behind(block, shops, mains).buffer(-WALL_M, join_style="mitre")
    west, south, east, north = wall.bounds
    middle = south + (north - south) * 0.52
    field_ = shapely.intersection(wall, shapely.box(west, middle, east, north)).buffer(-10)
    free = shapely.intersection(wall, shapely.box(west, south, east, middle)).buffer(-10)
    angle = rows.skew(wall)
    shapes = rows.fill(free, len(plot.public), rows.SCHOOL, angle)
    site = Site([*shops])
    for shape, name in zip(shapes, plot.public, strict=True):
        site.buildings.append(Building(shape, "public", "public", -1, angle, "", name))
    track = _oval(field_.centroid, (east - west) * 0.26, (north - south) * 0.15, 0)
    site.greens += [(f"{plot.name}操场", shapely.intersection(track, field_))]
    site.lanes += [wall.buffer(-5, join_style="mitre").boundary]
    return site


def mall(block: Block) -> Site:
    """Build a shopping quarter of large halls round a planted square."""
    plot = block.plot
    angle = rows.skew(block.land)
    square = _oval(block.land.centroid, 48, 26, angle)
    free = shapely.difference(block.land.buffer(-10, join_style="mitre"), square.buffer(8))
    shapes = rows.fill(free, plot.strips + len(plot.public), rows.HALL, angle)
    made = [Building(s, "hall", "commercial", -1, angle) for s in shapes]
    made = _named_public(made, plot.public, Point(0, 0))
    site = Site(made, greens=[(f"{plot.name}绿地", square)])
    site.lanes.append(block.land.buffer(-5, join_style="mitre").boundary)
    return site


def arena(block: Block, shops: list[Building], mains: BaseGeometry) -> Site:
    """Build a sports park: stadium, halls, a lake, and shops along its roads."""
    plot = block.plot
    land = _behind(block, shops, mains)
    x, y = land.centroid.x, land.centroid.y
    halls = {
        "体育场": _oval(Point(x + 20, y), 118, 84, 0),
        "游泳馆": shapely.box(x + 176, y + 40, x + 246, y + 92),
        "体育馆": shapely.box(x + 176, y - 96, x + 252, y - 40),
        "文化活动中心": shapely.box(x - 226, y + 96, x - 158, y + 140),
        "网球馆": shapely.box(x - 90, y - 178, x - 20, y - 136),
    }
    made = [Building(s, "public", "public", -1, 0.0, "", n) for n, s in halls.items()]
    lake = _oval(Point(x - 182, y - 30), 46, 84, 14)
    grass = shapely.difference(land.buffer(-4), shapely.union_all([*halls.values(), lake]))
    ring = _oval(Point(x + 20, y), 134, 100, 0).exterior
    path = land.buffer(-14, join_style="round").boundary
    return Site(
        [*shops, *made], greens=[(plot.name, grass)], waters=[("体育湖", lake)], lanes=[ring, path]
    )


# -------------------------------------------------------------------------------- communities


def _park(block: Block) -> Site:
    if block.park.is_empty:
        return Site()
    west, south, east, north = block.park.bounds
    pond = _oval(block.park.centroid, (east - west) * 0.22, (north - south) * 0.18, 12)
    path = block.park.buffer(-9).boundary
    green = shapely.difference(block.park, pond)
    name = f"{block.plot.name}街心公园"
    return Site(greens=[(name, green)], waters=[("", pond)], lanes=[path])


def _site(block: Block, mains: BaseGeometry) -> Site:
    plot = block.plot
    if plot.style == "mall":
        return mall(block)
    shops = strips(block, mains, plot.strips)
    if plot.style == "slab":
        return _slabs(block, shops, mains)
    if plot.style == "tower":
        return compound(block, rows.TOWER, "tower", shops, mains)
    build = {"courtyards": courtyards, "campus": campus, "arena": arena}
    return build[plot.style](block, shops, mains)


def _slabs(block: Block, shops: list[Building], mains: BaseGeometry) -> Site:
    """Build slabs, long ones where the compound has much land for few buildings."""
    per_building = block.land.area / (block.plot.homes + len(block.plot.public))
    if per_building > LONG_SLAB_LAND_M2:
        try:
            return compound(block, rows.LONG_SLAB, "slab", shops, mains)
        except ValueError:  # too narrow a block: shorter slabs fit
            pass
    return compound(block, rows.SLAB, "slab", shops, mains)


LONG_SLAB_LAND_M2 = 3600.0


def build(ground: Ground) -> Site:
    """Build everything on a community's ground."""
    whole = Site()
    mains = ground.main_lines
    for index, block in enumerate(ground.blocks):
        site = _site(block, mains)
        site.buildings = [_in_block(b, index) for b in site.buildings]
        whole.add(site)
        whole.add(_park(block))
    return whole


def _in_block(b: Building, index: int) -> Building:
    return Building(b.geom, b.form, b.use, index, b.angle, b.compound, b.name)


def plot_of(ground: Ground, building: Building) -> Plot:
    """Return the plot a building stands on."""
    return ground.blocks[building.block].plot
