"""The whole demo: five communities in five streets, as frames ready for the tables."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, datetime
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from etl.demo import calibration as cal
from etl.demo import categories, facilities, grids, hotspots, party, people, staff, tickets, visits
from etl.demo.buildings import build, plot_of
from etl.demo.draft import SOURCE, Draft
from etl.demo.ground import lay_out, multi, placed
from etl.demo.homes import STATES, built_years, make_homes
from etl.demo.hotspots import Hotspot
from etl.demo.people import CARE, LIVING
from etl.demo.place import Land, Place, cells_of, households_per_building
from etl.demo.recipes import RECIPES, Recipe
from etl.demo.rhythm import DAYS
from geo import crs
from geo.plans import grid_shapes

Ints = npt.NDArray[np.int64]
Shapes = npt.NDArray[Any]

DEFAULT_SEED = 20261120
LAND_SEED = 7
"""Of the ground itself (storeys, years, dwelling states): the same for every demo."""

PLAN_NAME = "2026 版"
OLD_PLAN_NAME = "2025 版"
PLAN_FROM = date(2026, 1, 1)
OLD_PLAN_FROM = date(2025, 1, 1)
STREET_REACH_M = 320.0
SIDE_M = 25.0
UNMANAGED = "无主管楼院"
SINCE_DAYS = (40, 2400)

Step = Callable[[str], None]


# ------------------------------------------------------------------------------------- the land


@cache
def land_of(code: str) -> Land:
    """Make a community's land; the same in every demo."""
    recipe = next(recipe for recipe in RECIPES if recipe.code == code)
    ground = lay_out(recipe)
    site = build(ground)
    rng = np.random.default_rng([LAND_SEED, int(code)])
    homes = make_homes(ground, site.buildings, rng)
    cut = grids.cut(ground, site.buildings, households_per_building(homes, len(site.buildings)))
    # A long straight side bends between metres and degrees; short ones bend too little to matter.
    outline = placed(np.array([ground.outline.segmentize(SIDE_M)], dtype=object), code)[0]
    outlines = placed(np.array([b.geom for b in site.buildings], dtype=object), code)
    return Land(
        recipe=recipe,
        ground=ground,
        site=site,
        homes=homes,
        cut=cut,
        outline=outline,
        outlines=outlines,
        anchors=shapely.point_on_surface(outlines),
        cells=cells_of(ground, outline, outlines),
        built_year=built_years(ground, site.buildings, rng),
    )


def sub_districts(land: Land) -> pd.DataFrame:
    """Return a community's zones or courtyards: code, name, place, geom (EPSG:4326), compound."""
    zones = np.array([plot_of(land.ground, b).zone for b in land.built], dtype=object)
    if any(zones):
        names = list(dict.fromkeys(zones))
        at = np.array([names.index(zone) for zone in zones])
        shapes, _ = grid_shapes(land.cells, at)
        rows = [(f"{land.recipe.code}-P{i + 1:02d}", n, "", n) for i, n in enumerate(names)]
    elif land.recipe.code == cal.XIANGHE:
        walls = land.site.compounds
        rows = [
            (f"{land.recipe.code}-Y{i + 1:02d}", n, UNMANAGED if n.endswith("号院") else "", n)
            for i, (n, _) in enumerate(walls)
        ]
        shapes = placed(np.array([wall for _, wall in walls], dtype=object), land.recipe.code)
    else:
        rows, shapes = [], np.empty(0, dtype=object)
    frame = pd.DataFrame(rows, columns=["code", "name", "place", "key"])
    return frame.assign(geom=multi(land.stored(shapes)))


def street_shape(land: Land) -> shapely.Geometry:
    """Return a schematic street round its community, EPSG:4326."""
    wide = land.outline.buffer(STREET_REACH_M, join_style="mitre").simplify(25)
    return land.stored(np.array([wide], dtype=object))[0]


# ------------------------------------------------------------------------------------ territory


def _division(draft: Draft, kind: str, parent: int | None, rows: pd.DataFrame) -> Ints:
    ids = draft.take("division", len(rows))
    frame = pd.DataFrame(
        {
            "id": ids,
            "kind": kind,
            "code": rows["code"],
            "name": rows["name"],
            "parent_id": pd.array([parent] * len(rows), dtype="Int64"),
            "geom": rows["geom"],
            "schematic": True,
            "place": rows["place"],
            "source": SOURCE,
        }
    )
    draft.add("division", frame)
    return ids


def _territory(draft: Draft, land: Land) -> tuple[int, int, dict[str, int]]:
    """Write street, community and sub-districts; return their ids."""
    code = land.recipe.code
    street = next(s for s in cal.STREETS if code.startswith(s.code))
    rows = pd.DataFrame({"code": [street.code], "name": [street.name], "place": [street.place]})
    rows["geom"] = multi(np.array([street_shape(land)], dtype=object))
    street_id = int(_division(draft, "street", None, rows)[0])
    rows = pd.DataFrame({"code": [code], "name": [land.recipe.name], "place": [""]})
    rows["geom"] = multi(land.stored(np.array([land.outline], dtype=object)))
    community_id = int(_division(draft, "community", street_id, rows)[0])
    parts = sub_districts(land)
    ids = _division(draft, "sub_district", community_id, parts) if len(parts) else np.empty(0, int)
    return street_id, community_id, dict(zip(parts["key"], ids.tolist(), strict=True))


def _ground(draft: Draft, land: Land, community_id: int) -> None:
    """Write roads, lanes, compounds, greens and waters."""
    ground, site = land.ground, land.site
    roads = [(r.kind, r.name, line) for r, line in zip(ground.roads, ground.lines, strict=True)]
    roads += [
        (r.kind, r.name, line) for r, line in zip(ground.edges, ground.edge_lines, strict=True)
    ]
    rows = [*roads, *(("lane", "", line) for line in site.lanes)]
    rows += [("compound", n, g) for n, g in site.compounds]
    rows += [("green", n, g) for n, g in site.greens]
    rows += [("water", n, g) for n, g in site.waters]
    rows = [row for row in rows if not row[2].is_empty]
    shapes = land.stored(placed(np.array([g for *_, g in rows], dtype=object), land.recipe.code))
    frame = pd.DataFrame(
        {
            "id": draft.take("ground", len(rows)),
            "community_id": community_id,
            "kind": [kind for kind, *_ in rows],
            "name": [name for _, name, _ in rows],
            "geom": shapes,
        }
    )
    draft.add("ground", frame)


def _numbers(land: Land) -> list[str]:
    """Give each building without a name its number in its compound, or among the shops there."""
    seen: dict[str, int] = {}
    numbers = []
    for b in land.built:
        key = b.compound or f"shops of {plot_of(land.ground, b).name}"
        seen[key] = seen.get(key, 0) + (not b.name)
        numbers.append("" if b.name else str(seen[key]))
    return numbers


def _addresses(land: Land, numbers: list[str]) -> npt.NDArray[np.object_]:
    made = []
    for b, number in zip(land.built, numbers, strict=True):
        shop = f"{plot_of(land.ground, b).name}商铺{number}号楼"
        home = f"{b.compound}{number}栋"
        made.append(b.name or (home if b.compound else shop))
    return np.array(made, dtype=object)


def _uses(land: Land) -> list[str]:
    return [
        "mixed" if mixed and b.use == "residential" else b.use
        for b, mixed in zip(land.built, land.homes.mixed, strict=True)
    ]


def _sub_district_ids(land: Land, ids: dict[str, int]) -> Any:
    keys = [plot_of(land.ground, b).zone or b.compound for b in land.built]
    return pd.array([ids.get(key) for key in keys], dtype="Int64")


def _buildings(
    draft: Draft, land: Land, community_id: int, zones: dict[str, int]
) -> tuple[Ints, npt.NDArray[np.object_]]:
    n, numbers = len(land.built), _numbers(land)
    ids, addresses = draft.take("building", n), _addresses(land, numbers)
    frame = pd.DataFrame(
        {
            "id": ids,
            "source": SOURCE,
            "external_id": [f"{land.recipe.code}-B{i:04d}" for i in range(1, n + 1)],
            "community_id": community_id,
            "sub_district_id": _sub_district_ids(land, zones),
            "compound": [b.compound for b in land.built],
            "number": numbers,
            "name": [b.name for b in land.built],
            "address": addresses,
            "use": _uses(land),
            "storeys": land.homes.storeys,
            "built_year": land.built_year,
            "geom": multi(land.stored(land.outlines)),
            "anchor": land.stored(land.anchors),
            "cell": land.stored(land.cells),
        }
    )
    draft.add("building", frame)
    return ids, addresses


def _homes(draft: Draft, land: Land, building_id: Ints) -> Ints:
    homes = land.homes
    unit_id = draft.take("unit", len(homes.unit_no))
    units = {
        "id": unit_id,
        "building_id": building_id[homes.unit_building],
        "number": homes.unit_no.astype(str).astype(object),
        "geom": land.stored(homes.unit_point),
    }
    draft.add("unit", pd.DataFrame(units))
    home_id = draft.take("household", len(homes.state))
    rows = {
        "id": home_id,
        "building_id": building_id[homes.home_building],
        "unit_id": pd.arrays.IntegerArray(unit_id[homes.home_unit], homes.home_unit < 0),
        "floor": homes.floor,
        "room": homes.room,
        "state": STATES[homes.state],
    }
    draft.add("household", pd.DataFrame(rows))
    return home_id


# ---------------------------------------------------------------------------------------- plans


def _plan(draft: Draft, community_id: int, state: str, name: str, **dates: date) -> int:
    plan_id = int(draft.take("plan", 1)[0])
    row: dict[str, Any] = {
        "id": plan_id,
        "community_id": community_id,
        "name": name,
        "state": state,
    }
    span: dict[str, Any] = {"effective_from": None, "effective_to": None} | dates
    made = datetime(2026, 1, 1, tzinfo=draft.as_of.tzinfo)
    row |= span | {"source": "demo", "created_at": made, "created_by": SOURCE}
    draft.add("plan", pd.DataFrame([row]))
    return plan_id


def _grids(draft: Draft, land: Land, plan_id: int, building_id: Ints, of_building: Ints) -> Ints:
    """Write the grids of one plan and which building belongs to which."""
    shapes, labels = grid_shapes(land.cells, of_building)
    ids = draft.take("grid", len(land.cut.codes))
    rows = {
        "id": ids,
        "plan_id": plan_id,
        "code": land.cut.codes,
        "name": land.cut.names,
        "geom": land.stored(shapes),
        "label_point": land.stored(labels),
    }
    draft.add("grid", pd.DataFrame(rows))
    belongs = {"plan_id": plan_id, "building_id": building_id, "grid_id": ids[of_building]}
    draft.add("plan_assignment", pd.DataFrame(belongs))
    return ids


def _old_plan(draft: Draft, land: Land, community_id: int, building_id: Ints) -> None:
    """Write last year's plan of 祥和: the same grids, some buildings at their borders moved."""
    plan_id = _plan(
        draft,
        community_id,
        "retired",
        OLD_PLAN_NAME,
        effective_from=OLD_PLAN_FROM,
        effective_to=PLAN_FROM,
    )
    moved = land.cut.of_building.copy()
    for name in ("兴华里", "康复里"):
        west, east = (i for i, n in enumerate(land.cut.names) if n.startswith(name))
        members = np.flatnonzero(land.cut.of_building == east)
        axis = int(np.argmax(np.ptp(land.xy[np.isin(land.cut.of_building, (west, east))], axis=0)))
        centre = land.xy[land.cut.of_building == west].mean(axis=0)
        gap = np.abs(land.xy[members, axis] - centre[axis])
        moved[members[np.argsort(gap, kind="stable")[:3]]] = west
    _grids(draft, land, plan_id, building_id, moved)


# --------------------------------------------------------------------------------------- people


def _settle(draft: Draft, land: Land, home_id: Ints) -> tuple[people.People, Ints]:
    recipe, homes = land.recipe, land.homes
    old = np.array([plot_of(land.ground, b).old for b in land.built])[homes.home_building]
    rng = draft.chance("people", recipe.code)
    crowd = people.settle(recipe.code, homes.state, old, recipe.people, rng)
    ids = draft.take("resident", len(crowd.home))
    rows = {
        "id": ids,
        "household_id": home_id[crowd.home],
        "name": ("居民" + pd.Series(ids).astype(str).str.zfill(6)).to_numpy(object),
        "birth_date": people.birth_dates(crowd.age, draft.as_of),
        "living": LIVING[crowd.living],
        "care_class": CARE[crowd.care],
        "disabled": crowd.disabled,
        "floating": crowd.floating,
    }
    draft.add("resident", pd.DataFrame(rows))
    return crowd, ids


def _organisations(place: Place) -> tuple[Ints, Ints]:
    """Write committee, branches and groups; return the branches, and each building's group."""
    draft, land = place.draft, place.land
    top = draft.take("party_organisation", 1)
    branches = draft.take("party_organisation", len(place.grid_id))
    group_no = np.zeros(len(land.built), dtype=np.int64)
    parent: list[int] = []
    names: list[str] = []
    for grid, name in enumerate(land.cut.names):
        members = np.flatnonzero((land.cut.of_building == grid) & (land.count_homes(0, 1, 2) > 0))
        group_no[members] = len(names) + np.arange(len(members)) // party.BUILDINGS_PER_GROUP
        n = -(-len(members) // party.BUILDINGS_PER_GROUP)
        parent += [branches[grid]] * n
        names += [f"{name}第{i + 1}楼道党小组" for i in range(n)]
    groups = draft.take("party_organisation", len(names))
    rows = pd.DataFrame(
        {
            "id": [*top, *branches, *groups],
            "community_id": place.community_id,
            "parent_id": pd.array([None, *[top[0]] * len(branches), *parent], dtype="Int64"),
            "level": np.repeat(
                ["committee", "grid_branch", "corridor_group"], [1, len(branches), len(names)]
            ).astype(object),
            "name": [
                f"{land.recipe.name}党委",
                *(f"{name}网格党支部" for name in land.cut.names),
                *names,
            ],
            "grid_id": pd.array([None, *place.grid_id, *[None] * len(names)], dtype="Int64"),
        }
    )
    draft.add("party_organisation", rows)
    return branches, groups[group_no]


def _party(place: Place) -> None:
    recipe, homes, rng = place.land.recipe, place.land.homes, place.chance("party")
    branches, group_of_building = _organisations(place)
    wanted = (recipe.members, recipe.signed_up, recipe.party_households)
    chosen = party.choose_members(place.people, homes.state, wanted, rng)
    n, lives = len(chosen.resident), chosen.resident >= 0
    ids = place.draft.take("party_member", n)
    building = homes.home_building[place.people.home[chosen.resident]]
    organisation = np.where(lives, group_of_building[building], rng.choice(branches, n))
    resident_id = place.resident_id[chosen.resident]
    number = np.cumsum(~lives)
    names = [
        f"居民{r:06d}" if here else f"报到党员{k:03d}"
        for r, here, k in zip(resident_id, lives, number, strict=True)
    ]
    rows = {
        "id": ids,
        "community_id": place.community_id,
        "organisation_id": organisation,
        "resident_id": pd.arrays.IntegerArray(resident_id, ~lives),
        "name": names,
        "kind": np.where(chosen.signed_up, "signed_up", "own").astype(object),
    }
    place.draft.add("party_member", pd.DataFrame(rows))
    holders = np.flatnonzero(chosen.holds)
    _contacts(place, ids[holders], place.people.home[chosen.resident[holders]], rng)


def _contacts(place: Place, member_id: Ints, home: Ints, rng: np.random.Generator) -> None:
    draft, homes = place.draft, place.land.homes
    today = np.datetime64(draft.as_of.date(), "D")
    since = today - rng.integers(*SINCE_DAYS, len(home)).astype("timedelta64[D]")
    ids = draft.take("party_household", len(home))
    rows = {"id": ids, "household_id": place.home_id[home], "member_id": member_id, "since": since}
    draft.add("party_household", pd.DataFrame(rows))
    where = (place.land.xy, place.land.cut.of_building)
    links = party.link(home, homes.home_building, homes.state, where, rng)
    rows = {
        "id": draft.take("contact_link", len(links.home)),
        "party_household_id": ids[links.party],
        "household_id": place.home_id[links.home],
        "since": since[links.party],
    }
    draft.add("contact_link", pd.DataFrame(rows))


# ----------------------------------------------------------------------------------- everything


def settle_place(draft: Draft, recipe: Recipe) -> Place:
    """Write a community's ground, buildings, plans and people."""
    land = land_of(recipe.code)
    street_id, community_id, zones = _territory(draft, land)
    _ground(draft, land, community_id)
    building_id, addresses = _buildings(draft, land, community_id, zones)
    home_id = _homes(draft, land, building_id)
    crowd, resident_id = _settle(draft, land, home_id)
    if recipe.code == cal.XIANGHE:
        _old_plan(draft, land, community_id, building_id)
    plan_id = _plan(draft, community_id, "published", PLAN_NAME, effective_from=PLAN_FROM)
    grid_id = _grids(draft, land, plan_id, building_id, land.cut.of_building)
    return Place(
        draft,
        land,
        crowd,
        street_id,
        community_id,
        building_id,
        home_id,
        resident_id,
        grid_id,
        addresses,
    )


def planted(place: Place) -> list[Hotspot]:
    """Return a community's hotspots; neighbours in the list get different kinds."""
    index = [recipe.code for recipe in RECIPES].index(place.code)
    kinds = len(hotspots.SPECS)
    later = [1 + (index + i) % (kinds - 1) for i in range(hotspots.PER_COMMUNITY - 1)]
    return hotspots.plant(place, (0, *later))


def busy(place: Place) -> list[Hotspot]:
    """Write everything that goes on in a community; return its hotspots."""
    _party(place)
    team = staff.employ(place)
    facilities.equip(place)
    spots = planted(place)
    tickets.record(place, tickets.draw(place, spots), team)
    visits.visit(place, team)
    return spots


def truth_of(place: Place, spots: list[Hotspot]) -> list[dict[str, Any]]:
    """Describe hotspots in degrees and dates."""
    centres = place.land.stored(shapely.points([(spot.x, spot.y) for spot in spots]))
    first = np.datetime64(place.draft.as_of.date(), "D") - DAYS
    return [
        {
            "community": place.code,
            "lon": round(float(centre.x), 7),
            "lat": round(float(centre.y), 7),
            "radius_m": round(spot.radius_m, 1),
            "class_code": spot.class_code,
            "from": str(first + spot.first_day),
            "to": str(first + spot.last_day),
            "planted": spot.planted,
            "expected": round(spot.expected, 2),
            "story": spot.story,
        }
        for spot, centre in zip(spots, centres, strict=True)
    ]


def make(
    seed: int, as_of: datetime, step: Step = lambda _name: None
) -> tuple[dict[str, pd.DataFrame], list[dict[str, Any]]]:
    """Make the whole demo.

    Parameters
    ----------
    seed
        Of everything drawn by lot.
    as_of
        Data cut-off, with a zone.
    step
        Told the name of each community when it is done.

    Returns
    -------
    frames : dict
        One frame per table, ids and foreign keys filled in, from 1.
    truth : list
        The planted hotspots.
    """
    draft = Draft(seed, as_of)
    draft.add("ticket_category", categories.table())
    facts = {"demo_seed": str(seed), "demo_as_of": as_of.isoformat()}
    draft.add("app_fact", pd.DataFrame(facts.items(), columns=["key", "value"]))
    truth: list[dict[str, Any]] = []
    for recipe in RECIPES:
        place = settle_place(draft, recipe)
        truth += truth_of(place, busy(place))
        step(recipe.name)
    return draft.frames(), truth


def truth_text(truth: list[dict[str, Any]], seed: int, as_of: datetime) -> str:
    """Write the truth file's text."""
    head = {"seed": seed, "as_of": as_of.isoformat(), "hotspots": truth}
    return json.dumps(head, ensure_ascii=False, indent=1) + "\n"


def stored_area_km2(shape: shapely.Geometry, code: str) -> float:
    """Measure a stored shape in its community's metric CRS, km²."""
    metric = crs.to_metric(np.array([shape], dtype=object), crs.metric_crs(*cal.CENTRES[code]))
    return float(metric[0].area / 1e6)
