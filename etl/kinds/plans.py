"""Grid plans: polygons with a code, or a table that says which building is in which grid.

Either becomes a new draft; nothing that is in force changes. Polygons are kept as they were drawn,
and buildings join the one they stand in. A table's grids are drawn around their buildings' cells.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyproj
import shapely
import sqlalchemy as sa

from etl import checks, grids, redraw
from etl.mapping import plain
from etl.rows import Rows
from geo import crs
from geo.codes import MAX_SERIAL, SERIAL_DIGITS, free_codes, reading_order
from geo.errors import N_, FileError, InputError
from geo.plans import label_points
from geo.polygons import FAULT_KINDS, find_faults
from geo.store import drafts, intake
from geo.store.tables import building, grid, plan_assignment
from geo.store.writes import copy_frame, reserve_ids
from geo.words import _

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]
Shapes = npt.NDArray[Any]

GRID_DIGITS = 15

_LABEL = re.compile(
    r"(?:第|网格|grid|g)?[\s_#-]*(?:(\d+)|([零〇一二三四五六七八九十百]+))\s*号?(?:网格)?",
    re.IGNORECASE,
)
_CHINESE_DIGITS = "零一二三四五六七八九"
_CHINESE_TENS = {"十": 10, "百": 100}
_KEYS = ("id", "source", "external_id", "address", "anchor", "cell")


@dataclass(frozen=True)
class Place:
    """The community a plan is for.

    Attributes
    ----------
    boundary
        EPSG:4326; None where there is none.
    plane
        Its metric CRS.
    buildings
        id, source, external_id, address, anchor and cell, in id order.
    """

    id: int
    code: str
    name: str
    boundary: Any
    plane: pyproj.CRS
    buildings: pd.DataFrame


@dataclass(frozen=True)
class Draft:
    """A plan as a file says it.

    Attributes
    ----------
    codes, names
        One per grid; a code is empty where the file has none.
    shapes
        Polygons, EPSG:4326, shape (k,); None where the plan is a table.
    grid
        Position of the grid each building is in, -1 for none, shape (n,).
    rows
        How many rows of the file it was made from.
    """

    codes: list[str]
    names: list[str]
    shapes: Shapes | None
    grid: Ints
    rows: int

    @property
    def source(self) -> str:
        """Key of `geo.schema.PLAN_SOURCES`."""
        return "drawn" if self.shapes is None else "imported"


# -------------------------------------------------------------------------------------- gather


def has_polygons(rows: Rows) -> bool:
    """Tell whether a file is a plan as polygons; else it is a table of buildings."""
    return rows.sheet.geometry is not None or rows.has("wkt")


def read_place(connection: sa.Connection, community: str) -> Place:
    """Read the community a plan is for.

    Raises
    ------
    FileError
        If nobody said which one it is.
    InputError
        If there is none of that code, or it has no buildings.
    """
    if not community:
        raise FileError(N_("Say which community the plan is for, with --community."))
    community_id = grids.community_id(connection, community)
    divisions = intake.divisions(connection).set_index("id")
    name, boundary = divisions.loc[community_id, ["name", "geom"]]
    asked = sa.select(*(building.c[key] for key in _KEYS)).order_by(building.c.id)
    buildings = intake.frame_of(connection, asked.where(building.c.community_id == community_id))
    if buildings.empty:
        raise InputError(N_("Community {code} has no buildings to make grids of."), code=community)
    ground = shapely.multipoints(buildings["anchor"].tolist()) if boundary is None else boundary
    middle = shapely.centroid(ground)
    plane = crs.metric_crs(float(middle.x), float(middle.y))
    return Place(community_id, community, str(name), boundary, plane, buildings)


# -------------------------------------------------------------------------------------- decide


def prepare(rows: Rows, shapes: Shapes, place: Place, source: str) -> Draft:
    """Check the rows and return the plan the good ones make.

    Parameters
    ----------
    rows, shapes
        Of the file; findings are added to the rows.
    place
        The community.
    source
        Where the buildings' ids come from; empty: from anywhere.

    Raises
    ------
    FileError
        If a table lacks a column it needs.
    """
    return (
        _from_polygons(rows, shapes, place)
        if has_polygons(rows)
        else _from_table(rows, place, source)
    )


def _from_polygons(rows: Rows, shapes: Shapes, place: Place) -> Draft:
    outlines = checks.polygons(rows, shapes)
    _refuse_outside(rows, outlines, place)
    label = _labels(rows)
    code = _codes(rows, label, place)
    name = _names(rows, label)
    sure = code.where(rows.findings.accepted & (code != ""))
    rows.refuse_repeats(sure, "code", N_("this grid stands in row {first} already"))
    kept = np.flatnonzero(rows.findings.accepted)
    codes, polygons = code.iloc[kept].tolist(), outlines[kept]
    grid_at = _standing(place, codes, polygons)
    return Draft(codes, name.iloc[kept].tolist(), polygons, grid_at, len(kept))


def _refuse_outside(rows: Rows, outlines: Shapes, place: Place) -> None:
    """Refuse polygons that share no ground with the community."""
    if place.boundary is None:
        return
    common = shapely.area(shapely.intersection(outlines, place.boundary))
    area = np.where(common > 0, 0, -1)
    areas = checks.Areas(
        np.array([place.id]),
        np.array([place.code], dtype=object),
        np.array([place.name], dtype=object),
        np.array([place.boundary], dtype=object),
    )
    checks.refuse_outside(rows, shapely.point_on_surface(outlines), area, areas)


def _standing(place: Place, codes: list[str], polygons: Shapes) -> Ints:
    """Return the polygon each building stands in; of several the one with the smallest code."""
    order = sorted(range(len(codes)), key=lambda at: (codes[at] == "", codes[at], at))
    ranked = np.array([*order, -1], dtype=np.int64)
    anchors = place.buildings["anchor"].to_numpy(dtype=object)
    return ranked[redraw.standing(anchors, polygons[ranked[:-1]])]


def _from_table(rows: Rows, place: Place, source: str) -> Draft:
    _require_columns(rows)
    label = _labels(rows)
    rows.findings.refuse(label == "", "code", None, N_("has no grid"))
    code = _codes(rows, label, place)
    at = _buildings_of(rows, place, source)
    stands = pd.Series(at, index=label.index).astype("str")
    stands = stands.where(rows.findings.accepted)
    field = "building" if rows.has("building") else "address"
    rows.refuse_repeats(stands, field, N_("this building stands in row {first} already"))
    kept = rows.findings.accepted
    key = code.where(code != "", label)[kept]
    position, _keys = pd.factorize(key, sort=True)
    grid_at = np.full(len(place.buildings), -1, dtype=np.int64)
    grid_at[at[kept]] = position
    first = np.unique(position, return_index=True)[1]
    codes, names = code[kept].iloc[first].tolist(), _names(rows, label)[kept].iloc[first].tolist()
    return Draft(codes, names, None, grid_at, int(kept.sum()))


def _require_columns(rows: Rows) -> None:
    lacking = not rows.has("code") or not (rows.has("building") or rows.has("address"))
    if lacking:
        raise FileError(
            N_("Columns found: {found}; needed: {needed}; use --mapping."),
            found=", ".join(str(name) for name in rows.sheet.frame.columns),
            needed="building/楼栋编号 · address/地址, grid/网格编码",
        )


# ------------------------------------------------------------------------------------- their codes


def _labels(rows: Rows) -> pd.Series:
    """Return what the file calls each grid; empty where it says nothing."""
    text = rows.raw("code").fillna("").astype(object)
    return text.map(lambda one: unicodedata.normalize("NFKC", one).strip())


def _names(rows: Rows, label: pd.Series) -> pd.Series:
    """Return the grids' names; a code that is more than a number serves as one."""
    worded = label.where(~label.str.fullmatch(r"\d*"), "")
    return rows.text("name").fillna(worded).fillna("").astype(object)


def _codes(rows: Rows, label: pd.Series, place: Place) -> pd.Series:
    """Return each row's grid code, empty where its label holds no number; refuse the others'."""
    code = label.map(lambda one: read_code(one, place.code))
    raw = rows.raw("code")
    foreign = code.str.len().eq(GRID_DIGITS) & ~code.str.startswith(place.code)
    rows.findings.refuse(foreign, "code", raw, N_("is the code of a grid of another community"))
    rows.findings.refuse(
        code == "?", "code", raw, N_("is no grid code: 15 digits, or a number from 1 to 999")
    )
    return code


def read_code(label: str, community: str) -> str:
    """Read a grid code as offices write it: all 15 digits, or only the serial.

    Parameters
    ----------
    label
        ``310101002001007``, ``7``, ``007``, ``第7网格``, ``第七网格`` …
    community
        12 digits.

    Returns
    -------
    str
        15 digits; empty for a name (``和平里网格``); ``"?"`` for a number that is no code.
    """
    found = _LABEL.fullmatch(label)
    if found is None:
        return ""
    digits = found[1] or str(_chinese_number(found[2]))
    if len(digits) == GRID_DIGITS:
        return digits
    if len(digits) > SERIAL_DIGITS or not 0 < int(digits) <= MAX_SERIAL:
        return "?"
    return f"{community}{int(digits):0{SERIAL_DIGITS}d}"


def _chinese_number(word: str) -> int:
    """Read 七, 十二, 二十 or 一百零五."""
    total = digit = 0
    for character in word.replace("〇", "零"):
        if character in _CHINESE_TENS:
            total += (digit or 1) * _CHINESE_TENS[character]
            digit = 0
        else:
            digit = _CHINESE_DIGITS.index(character)
    return total + digit


# --------------------------------------------------------------------------------- their buildings


def _buildings_of(rows: Rows, place: Place, source: str) -> Ints:
    """Return the position of each row's building: by its id, else by its address; -1 for none."""
    known = place.buildings
    ids, addresses = rows.raw("building"), rows.raw("address")
    own = (known["source"] == source) if source else known["id"].notna()
    by_id, many_ids = _look_up(ids, known["external_id"].where(own), str)
    by_address, many_addresses = _look_up(addresses, known["address"], plain)
    at = np.where((by_id < 0) & ~many_ids, by_address, by_id)
    refuse, lost = rows.findings.refuse, at < 0
    unsaid = (ids.isna() & addresses.isna()).to_numpy()
    refuse(unsaid, "building", None, N_("has neither a building's id nor an address"))
    many = N_("several buildings have this id; say whose ids these are with --source")
    refuse(lost & many_ids, "building", ids, many)
    several = lost & ~many_ids & many_addresses
    refuse(several, "address", addresses, N_("several buildings have this address"))
    unknown = lost & ~unsaid & ~many_ids & ~several
    field = "building" if rows.has("building") else "address"
    said = ids.fillna(addresses)
    refuse(unknown, field, said, N_("there is no such building in {area}"), area=place.name)
    return at


def _look_up(asked: pd.Series, known: pd.Series, form: Any) -> tuple[Ints, Mask]:
    """Find words in a list: their positions (-1: not there once), and which are ambiguous."""
    there = pd.Series(np.arange(len(known)), index=known.map(form, na_action="ignore"))
    there = there[there.index.notna() & (there.index != "")]
    once = there[~there.index.duplicated(keep=False)]
    words = asked.map(form, na_action="ignore")
    at = once.reindex(words).fillna(-1).to_numpy(dtype=np.int64)
    several = words.isin(there.index[there.index.duplicated()]) & words.notna()
    return at, several.to_numpy(dtype=bool)


# ------------------------------------------------------------------------------- already there?


def find_same(connection: sa.Connection, place: Place, draft: Draft, name: str) -> str | None:
    """Return the plan of this name (or ``name 2`` …) that holds exactly the same, None for none."""
    plans = intake.plans_of(connection, place.id)
    numbered = re.compile(re.escape(name) + r"( \d+)?")
    for plan_id, other, source in plans[["id", "name", "source"]].itertuples(index=False):
        if source == draft.source and numbered.fullmatch(other):
            stored = _stored(connection, int(plan_id))
            same = _same_table if draft.shapes is None else _same_polygons
            if same(connection, int(plan_id), stored, place, draft):
                return str(other)
    return None


def _stored(connection: sa.Connection, plan_id: int) -> pd.DataFrame:
    columns = (grid.c.id, grid.c.code, grid.c.name, grid.c.geom)
    return intake.frame_of(connection, sa.select(*columns).where(grid.c.plan_id == plan_id))


def _same_polygons(
    _connection: sa.Connection, _plan_id: int, stored: pd.DataFrame, _place: Place, draft: Draft
) -> bool:
    """Compare polygons bit by bit; a code the file does not have may be any."""
    facts = zip(stored["code"], stored["name"], strict=True)
    known = dict(zip(shapely.to_wkb(stored["geom"].to_numpy(dtype=object)), facts, strict=True))
    mine = shapely.to_wkb(draft.shapes).tolist()
    return len(stored) == len(mine) == len(set(mine)) and all(
        shape in known and known[shape] in {(code, name), (code or known[shape][0], name)}
        for shape, code, name in zip(mine, draft.codes, draft.names, strict=True)
    )


def _same_table(
    connection: sa.Connection, plan_id: int, stored: pd.DataFrame, place: Place, draft: Draft
) -> bool:
    """Compare who is with whom, and the codes the file has."""
    assigned = intake.assignments_of(connection, plan_id).set_index("building_id")["grid_id"]
    held = assigned.reindex(place.buildings["id"]).fillna(-1).to_numpy(dtype=np.int64)
    pairs = np.unique(np.stack([held, draft.grid]), axis=1)
    pairs = pairs[:, (pairs >= 0).any(axis=0)]
    here, there = pairs.tolist()
    if not len(here) == len(set(here)) == len(set(there)) == len(stored) == len(draft.codes):
        return False
    facts = stored.set_index("id").reindex(here)
    return all(
        name == draft.names[at] and draft.codes[at] in {"", code}
        for name, code, at in zip(facts["name"], facts["code"], there, strict=True)
    )


# --------------------------------------------------------------------------------------- apply


def write(connection: sa.Connection, place: Place, draft: Draft, name: str, actor: str) -> str:
    """Write a draft, and return what it is called.

    Raises
    ------
    InputError
        If no code is free for a grid without one.
    """
    drafts.lock_community(connection, place.id)
    called = drafts.free_name(connection, place.id, name)
    plan_id = intake.add_plan(
        connection,
        community_id=place.id,
        name=called,
        state="draft",
        source=draft.source,
        created_by=actor or redraw.ACTOR,
    )
    ids = reserve_ids(connection, grid, len(draft.codes))
    codes = _all_codes(place, draft, intake.used_grid_codes(connection, place.id))
    frame = pd.DataFrame({"id": ids, "plan_id": plan_id, "code": codes, "name": draft.names})
    frame["code_given"] = [code != "" for code in draft.codes]
    if draft.shapes is not None:
        frame["geom"] = draft.shapes
        labels = label_points(crs.to_metric(draft.shapes, place.plane))
        frame["label_point"] = crs.to_stored(labels, place.plane)
    copy_frame(connection, grid, frame)
    _assign(connection, plan_id, place, np.append(ids, -1)[draft.grid])
    if draft.shapes is None:
        _draw(connection, plan_id, place)
    return called


def _all_codes(place: Place, draft: Draft, used: set[str]) -> list[str]:
    """Give the grids without a code, in reading order, codes never used before."""
    bare = np.array([code == "" for code in draft.codes], dtype=bool)
    fresh = free_codes(place.code, int(bare.sum()), used | set(draft.codes))
    order = reading_order(_centres(place, draft)[bare])
    codes = np.array(draft.codes, dtype=object)
    codes[bare] = np.array(fresh, dtype=object)[order - 1]
    return [str(code) for code in codes]


def _centres(place: Place, draft: Draft) -> Floats:
    """Return the middle of each grid, metres: of its polygon, or of its buildings."""
    if draft.shapes is not None:
        metric = crs.to_metric(draft.shapes, place.plane)
        return np.asarray(shapely.get_coordinates(shapely.centroid(metric)))
    anchors = crs.to_metric(place.buildings["anchor"].to_numpy(dtype=object), place.plane)
    held = draft.grid >= 0
    xy, where = shapely.get_coordinates(anchors)[held], draft.grid[held]
    sums = [np.bincount(where, xy[:, axis], minlength=len(draft.codes)) for axis in (0, 1)]
    return np.asarray(np.column_stack(sums) / np.bincount(where)[:, None])


def _assign(connection: sa.Connection, plan_id: int, place: Place, grid_id: Ints) -> None:
    held = grid_id >= 0
    ids = place.buildings["id"].to_numpy(dtype=np.int64)[held]
    facts = {"plan_id": plan_id, "building_id": ids, "grid_id": grid_id[held]}
    copy_frame(connection, plan_assignment, pd.DataFrame(facts))
    redraw.log(connection, plan_id, "start", pd.DataFrame(facts))


def _draw(connection: sa.Connection, plan_id: int, place: Place) -> None:
    """Draw the grids of a table around their buildings' cells, which are there unless made now."""
    if place.boundary is None:
        return
    if shapely.is_missing(place.buildings["cell"].to_numpy(dtype=object)).any():
        redraw.redraw(connection, place.id)
        return
    cells = crs.to_metric(place.buildings["cell"].to_numpy(dtype=object), place.plane)
    redraw.redraw_grids(connection, plan_id, place.buildings, cells, place.plane)


# ------------------------------------------------------------------------------------ what to say


def tell(place: Place, draft: Draft, called: str, *, same: bool) -> list[str]:
    """Say what became of a plan: its name, who is in no grid, what is wrong with its polygons."""
    if same:
        return [_("The plan “{name}” holds exactly this already.", name=called)]
    inside = int((draft.grid >= 0).sum())
    said = [
        _(
            "Draft “{name}”: {grids} grids with {inside} of {buildings} buildings.",
            name=called,
            grids=len(draft.codes),
            inside=inside,
            buildings=len(draft.grid),
        )
    ]
    bare = draft.codes.count("")
    if bare:
        said.append(_("{count} grids without a code were numbered by their place.", count=bare))
    if inside < len(draft.grid):
        said.append(_("{count} buildings are in no grid yet.", count=len(draft.grid) - inside))
    return said + _faults(place, draft)


def _faults(place: Place, draft: Draft) -> list[str]:
    if draft.shapes is None:
        return []
    boundary = place.boundary
    if boundary is not None:
        boundary = crs.to_metric(np.array([boundary], dtype=object), place.plane)[0]
    found = find_faults(crs.to_metric(draft.shapes, place.plane), boundary)
    counts = pd.DataFrame(
        {"kind": [one.kind for one in found], "area_m2": [one.area_m2 for one in found]}
    )
    return [_count(str(kind), some["area_m2"]) for kind, some in counts.groupby("kind", sort=False)]


def _count(kind: str, area_m2: pd.Series) -> str:
    what, count = _(FAULT_KINDS[kind]), len(area_m2)
    if not area_m2.any():
        return _("{kind}: {count}.", kind=what, count=count)
    area = f"{area_m2.sum():,.1f}"
    return _("{kind}: {count}, {area} m² in all.", kind=what, count=count, area=area)
