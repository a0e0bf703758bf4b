"""Party contact in words and tables: the arithmetic, who is left over, best places, two nets."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from dashboard import figures, wording
from dashboard.parts.table import AreaTable, Column, TableCell, TableRow
from dashboard.services.contacting import Contacting
from dashboard.services.overview import UNKNOWN, Area, Figure, Picture
from dashboard.state import COMMUNITY_DIGITS, PageState
from geo import nets, standing
from geo.errors import N_
from geo.indicators import too_few
from geo.nets import NOWHERE, Organisations
from geo.norms import Norm
from geo.words import _, language

Flags = npt.NDArray[np.bool_]
Sums = Mapping[str, float]

PARTS = {
    "linked": N_("In contact, on record"),
    "hosting": N_("Party households themselves"),
    "assignable": N_("Could be in contact"),
    "no_capacity": N_("All in reach are full"),
    "out_of_reach": N_("Out of reach"),
}
"""What occupied households are, each of them one of these; columns of `Contacting.buildings`."""

LEFT = ("no_capacity", "out_of_reach")
AS_GIVEN = -1
"""Sorts a table by nothing: its rows stand in the order they come in."""

_MOST_PLACES = 2
_TREE_REM = 15.0
_NAME_REM = 10.0
_INDENT = "\u3000"


@dataclass(frozen=True)
class Subject:
    """What the figures are about: its name, its buildings, and whether it is less than all."""

    name: str
    buildings: pd.DataFrame
    part: bool = True


def subject(found: Contacting, picture: Picture, asked: PageState) -> Subject:
    """Return what is looked at: a building, homes of an organisation's members, a grid or all."""
    buildings, at = found.buildings, picked(found, asked)
    if at is not None:
        return Subject(place_name(found, at), buildings.iloc[[at]])
    top = found.organisation(asked.org)
    if top is not None:
        name = str(found.organisations["name"].iloc[top])
        return Subject(name, buildings[homes_of(found, top)])
    area = picture.area(asked.grid)
    if area is not None and area.kind == "grid":
        grid = np.flatnonzero(found.grids["id"] == area.id)
        return Subject(area.label, buildings[buildings["grid"].isin(grid)])
    return Subject(found.community.name, buildings, part=False)


def picked(found: Contacting, asked: PageState) -> int | None:
    """Return the position of the chosen building."""
    chosen = asked.pick is not None and asked.pick[0] == "building"
    return found.building(asked.pick[1]) if chosen and asked.pick else None


def homes_of(found: Contacting, top: int) -> Flags:
    """Tell in which buildings the members of an organisation, and of all below it, live."""
    rows = found.organisations
    party = Organisations(
        rows["parent"].to_numpy(), rows["grid"].to_numpy(), np.zeros(len(rows), dtype=bool)
    )
    within = np.append(nets.below(party, top), False)
    at = found.members["building"].to_numpy()[within[found.members["organisation"].to_numpy()]]
    return np.isin(np.arange(len(found.buildings)), at)


def place_name(found: Contacting, building: int) -> str:
    """Return what a building is called."""
    row = found.buildings.iloc[building]
    return wording.building(row["compound"], row["number"], row["name"])


# -------------------------------------------------------------------------------- the arithmetic


def reach_sentence(picture: Picture) -> str:
    """Say how far the members could reach at all; nothing where that is not known."""
    members, households = picture.sum("party_members").value, picture.sum("households").value
    norm = picture.norms["party_contact"]
    if not figures.known(members) or not figures.known(households) or not households:
        return ""
    held = standing.contact(households, members, norm)
    bounds = [one for one in (held.least, held.most) if one is not None]
    sentence = _(
        "**{members} members** × {range} = {reached} households: **{share}** of {households}.",
        members=figures.integer(members),
        range=_joined([figures.plain(one) for one in (norm.low, norm.high) if one is not None]),
        reached=_joined([figures.integer(one) for one in bounds]),
        share=_joined([figures.decimal(100 * (held.share(one) or 0.0), 0) for one in bounds]) + "%",
        households=figures.integer(households),
    )
    if not held.missing:
        return sentence
    more = _(
        "{households} ÷ {limit} = {needed}: **{n} more** would reach everybody.",
        households=figures.integer(households),
        limit=figures.plain(norm.high),
        needed=figures.integer(held.needed),
        n=figures.integer(held.missing),
    )
    return _sentences(sentence, more)


def _joined(bounds: list[str]) -> str:
    return "–".join(dict.fromkeys(bounds))


def _sentences(*texts: str) -> str:
    return ("" if language() == "zh" else " ").join(text for text in texts if text)


def plan_sentence(found: Contacting) -> str:
    """Say what the party households there are do, and could do at most."""
    sums = found.buildings[[*PARTS, "occupied", "hosts", "links", "taken"]].sum()
    served = int(sums["linked"] + sums["hosting"] + sums["assignable"])
    kept = _(
        "**{hosts} party households** keep contact with {links} households and have room for "
        "{taken} more near by, at most {limit} each.",
        hosts=figures.integer(sums["hosts"]),
        links=figures.integer(sums["links"]),
        taken=figures.integer(sums["taken"]),
        limit=found.capacity,
    )
    reached = _(
        "So {linked} + {hosting} + {taken} = {served} of {occupied} occupied households "
        "(**{share}**) are served at best.",
        linked=figures.integer(sums["linked"]),
        hosting=figures.integer(sums["hosting"]),
        taken=figures.integer(sums["assignable"]),
        served=figures.integer(served),
        occupied=figures.integer(sums["occupied"]),
        share=figures.share(served, sums["occupied"]),
    )
    return _sentences(kept, reached)


def method(found: Contacting) -> str:
    """Say how it was worked out."""
    way = (
        _("along the walking network")
        if found.by_network
        else _("straight line × {detour}", detour=figures.plain(found.norms["detour"].value))
    )
    return _(
        "Recorded links stand. The rest is the plan that serves most households, then nearest: own "
        "corridor, own building, own grid and sub-district, elsewhere; at most {reach} m ({way}).",
        reach=figures.plain(found.reach_m),
        way=way,
    )


def parts(found: Contacting, buildings: pd.DataFrame) -> pd.DataFrame:
    """List what the occupied households of some buildings are."""
    norm, whole = found.norms["small_denominator"], float(buildings["occupied"].sum())
    rows = [
        {
            _("Occupied households"): _(label),
            _("Households"): figures.integer(float(buildings[name].sum())),
            _("Share of all"): share(float(buildings[name].sum()), whole, norm),
        }
        for name, label in PARTS.items()
    ]
    total = {
        _("Occupied households"): _("All"),
        _("Households"): figures.integer(whole),
        _("Share of all"): "",
    }
    return pd.DataFrame([*rows, total])


def share(part: float, whole: float, norm: Norm) -> str:
    """Write a share, or that too few households stand behind it (norm ``small_denominator``)."""
    if whole and too_few(whole, norm):
        return _("too few")
    return figures.share(part, whole)


def host_line(found: Contacting, buildings: pd.DataFrame) -> str:
    """Say what the party households of some buildings keep to."""
    sums = buildings[["hosts", "below", "links", "taken"]].sum()
    if not sums["hosts"]:
        return _("No party household lives here.")
    return _(
        "{hosts} party households here keep contact with {links} households; {below} of them with "
        "fewer than {floor}. They have room for {taken} more near by.",
        hosts=figures.integer(sums["hosts"]),
        links=figures.integer(sums["links"]),
        below=figures.integer(sums["below"]),
        floor=figures.plain(found.floor),
        taken=figures.integer(sums["taken"]),
    )


def ties(found: Contacting, building: int) -> pd.DataFrame:
    """List who keeps, or would keep, contact with whom: from and to a building."""
    kinds = ((found.links, _("on record")), (found.plan, _("could be")))
    rows = [
        {
            _("Party household in"): wording.plain(place_name(found, row["host"])),
            _("Households in"): wording.plain(place_name(found, row["home"])),
            _("Households"): figures.integer(row["households"]),
            _("State"): word,
        }
        for frame, word in kinds
        for row in frame.to_dict("records")
        if building in (row["host"], row["home"])
    ]
    return pd.DataFrame(rows)


# ----------------------------------------------------------------------------------- by grid


def by_grid(found: Contacting, picture: Picture) -> AreaTable:
    """Set the grids against each other; what is in none stands last."""
    columns = (
        Column(_("Grid")),
        Column(_("Left over"), _("Occupied households not served even at best.")),
        *_share_columns(),
        Column(_("Full"), wording.word(PARTS, "no_capacity")),
        Column(_("Too far"), wording.word(PARTS, "out_of_reach")),
        Column(_("Party hh"), _("Party households")),
        Column(
            _("Under floor"),
            _("Party households in contact with fewer than {n}", n=figures.plain(found.floor)),
        ),
    )
    labels, codes, sums = _labels(found, picture), found.grids["code"].tolist(), sums_by_grid(found)
    norm = found.norms["small_denominator"]
    rows = [
        TableRow(codes[place], (TableCell(labels[place]), *_cells(sums[place], norm)))
        for place in range(len(codes))
        if place in sums
    ]
    if sums.get(NOWHERE, {}).get("occupied"):
        rows.append(TableRow("", (TableCell(labels[NOWHERE]), *_cells(sums[NOWHERE], norm))))
    return AreaTable(columns, tuple(rows), sort=1)


def _share_columns() -> tuple[Column, Column]:
    """Return the heads of who is served now, and at best."""
    now = _("Occupied households in contact on record ÷ occupied households.")
    at_best = _("Occupied households served at best ÷ occupied households.")
    return Column(_("Now %"), now, bar=True), Column(_("At best %"), at_best, bar=True)


def sums_by_grid(found: Contacting) -> dict[int, Sums]:
    """Sum what is counted by building over each grid, by its position; -1 for no grid."""
    names = [*PARTS, "occupied", "hosts", "below", "members", "apart"]
    rows = found.buildings.groupby("grid")[names].sum().reset_index().to_dict("records")
    return {int(row["grid"]): {name: float(row[name]) for name in names} for row in rows}


def _cells(row: Sums, norm: Norm) -> tuple[TableCell, ...]:
    left = sum(row[name] for name in LEFT)
    occupied = row["occupied"]
    return (
        _count(left),
        _percent(row["linked"], occupied, norm),
        _percent(occupied - left, occupied, norm),
        *(_count(row[name]) for name in (*LEFT, "hosts", "below")),
    )


def _count(value: float) -> TableCell:
    return TableCell(figures.integer(value), value)


def _percent(part: float, whole: float, norm: Norm) -> TableCell:
    if not whole:
        return TableCell(figures.MISSING)
    if too_few(whole, norm):
        return TableCell(_("too few"), None, "muted")
    return TableCell(figures.decimal(100 * part / whole), part / whole)


# --------------------------------------------------------------------------- where one more helps


def best(found: Contacting) -> AreaTable:
    """List the buildings where one more party household would add most."""
    columns = (
        Column(_("Building")),
        Column(_("Adds"), _("Households more that could be served, after those above."), bar=True),
        Column(_("Left here"), _("Households of the building not served even at best.")),
        Column(_("Then served"), _("Occupied households served at best, with all above.")),
    )
    base = int(found.buildings[["linked", "hosting"]].to_numpy().sum())
    rows = []
    for number, one in enumerate(found.best, 1):
        here = found.buildings.iloc[one.building]
        cells = (
            TableCell(f"{number} {place_name(found, one.building)}"),
            _count(one.gain),
            _count(float(sum(here[name] for name in LEFT))),
            _count(float(base + one.served)),
        )
        rows.append(TableRow(str(here["id"]), cells))
    return AreaTable(columns, tuple(rows), sort=AS_GIVEN)


def guarantee(found: Contacting) -> str:
    """Say how good the list is, and that it is only as good as that."""
    if not found.best:
        return _("Nobody is left over who could be served: one more party household adds nothing.")
    gains = [one.gain for one in found.best]
    added = _(
        "One more party household in each of these {n} buildings would serve {sum} households "
        "more.",
        n=len(gains),
        sum=figures.integer(sum(gains)),
    )
    left = int(found.buildings[list(LEFT)].to_numpy().sum())
    if sum(gains) == left:
        sure = _("Then nobody is left over.")
    elif min(gains) == found.capacity:
        sure = _(
            "Each adds its full {limit}, so no other {n} buildings could add more.",
            limit=found.capacity,
            n=len(gains),
        )
    else:
        sure = _(
            "Chosen one after the other, each time the one that adds most: together they add at "
            "least 63% (1 − 1/e) of what the best {n} buildings could.",
            n=len(gains),
        )
    return _sentences(added, sure)


# ------------------------------------------------------------------------------------ two nets


def nets_sentence(found: Contacting) -> str:
    """Say how far the party's net and the grids' agree."""
    compared, apart = int(found.nets.comparable.sum()), int(found.nets.apart.sum())
    elsewhere = len(found.members) - compared
    if not compared:
        return _(
            "No member has both a home on record and an organisation that is for a grid, so the "
            "two nets cannot be compared."
        )
    first = _(
        "**{apart} of {n} members** ({share}) live in another grid than the one their branch is "
        "for.",
        apart=figures.integer(apart),
        n=figures.integer(compared),
        share=share(apart, compared, found.norms["small_denominator"]),
    )
    if not apart:
        first = _(
            "The two nets agree: all **{n} members** live in the grid their branch is for.",
            n=figures.integer(compared),
        )
    rest = _(
        "{n} more have no home on record here, or no branch with a grid.",
        n=figures.integer(elsewhere),
    )
    return _sentences(first, rest if elsewhere else "")


def gaps(found: Contacting, picture: Picture) -> list[str]:
    """Name the grids without a branch, and the branches without a grid."""
    labels = _labels(found, picture)
    bare = [labels[place] for place in found.nets.grids_without_branch.tolist()]
    names = found.organisations["name"]
    adrift = [str(names.iloc[place]) for place in found.nets.branches_without_grid.tolist()]
    said = []
    if bare:
        said.append(_("Grids without a branch: {names}.", names=_listed(bare)))
    if adrift:
        said.append(_("Branches for no grid of the plan in force: {names}.", names=_listed(adrift)))
    return said


def _listed(names: list[str]) -> str:
    return ("、" if language() == "zh" else ", ").join(map(wording.plain, names))


def _labels(found: Contacting, picture: Picture) -> Mapping[int, str]:
    """Return the grids' names by position, and what no grid is called."""
    known = {area.id: area.label for area in picture.areas if area.kind == "grid"}
    grids = zip(found.grids["id"].tolist(), found.grids["code"].tolist(), strict=True)
    labels = {place: known.get(one, code) for place, (one, code) in enumerate(grids)}
    return {**labels, NOWHERE: _("In no grid")}


def disagreements(found: Contacting) -> AreaTable:
    """List the organisations that are for a grid, and how many of their members live elsewhere."""
    columns = (
        Column(_("Organisation")),
        Column(_("Grid"), _("The grid it is for.")),
        Column(
            _("Elsewhere"),
            _("Members who live in another grid, or in none, of all with a home on record."),
            bar=True,
        ),
        Column(_("Party hh"), _("Of those elsewhere, with a party household.")),
        Column(_("Where"), _("Grids most of them live in, and how many.")),
    )
    shorts, names = _shorts(found), found.organisations
    rows = []
    for one in found.nets.organisations.reset_index().to_dict("records"):
        place = one["organisation"]
        cells = (
            TableCell(str(names["name"].iloc[place])),
            TableCell(shorts[one["grid"]]),
            TableCell(_part(one["apart"], one["members"]), one["apart"]),
            _count(one["hosts_apart"]),
            TableCell(_where(found, shorts, place)),
        )
        rows.append(TableRow(str(names["id"].iloc[place]), cells))
    return AreaTable(columns, tuple(rows), sort=2, name_rem=_NAME_REM)


def _part(some: int, every: int) -> str:
    return _("{n} of {all}", n=figures.integer(some), all=figures.integer(every))


def _shorts(found: Contacting) -> Mapping[int, str]:
    """Return the grids' serials by position, and what no grid is called."""
    serials = {place: code[COMMUNITY_DIGITS:] for place, code in enumerate(found.grids["code"])}
    return {**serials, NOWHERE: _("In no grid")}


def _where(found: Contacting, shorts: Mapping[int, str], organisation: int) -> str:
    """Name the grids most of an organisation's members live in instead."""
    own = found.nets.crossings[found.nets.crossings["organisation"] == organisation]
    named = [f"{shorts[row['grid']]}: {row['members']}" for row in own.to_dict("records")]
    tail = ["…"] if len(named) > _MOST_PLACES else []
    return ", ".join([*named[:_MOST_PLACES], *tail]) or figures.MISSING


# ----------------------------------------------------------------------------------- the tree


def tree(found: Contacting, org: int | None) -> AreaTable:
    """Show the organisations as a tree: the chosen one is open, and all that lead to it."""
    columns = (
        Column(_("Organisation")),
        Column(_("Own"), _("Members of the community's own")),
        Column(_("Signed up"), _("Members of an employer elsewhere, signed up here")),
        Column(_("Party hh"), _("Party households")),
        Column(_("Served"), _("Households in contact with them, on record")),
    )
    rows, open_ = found.organisations, _open(found, org)
    shown = [
        TableRow(str(row["id"]), _tree_cells(row, _sign(found, place, open_)))
        for place, row in enumerate(rows.to_dict("records"))
        if row["parent"] == NOWHERE or row["parent"] in open_
    ]
    return AreaTable(columns, tuple(shown), sort=AS_GIVEN, name_rem=_TREE_REM)


def _open(found: Contacting, org: int | None) -> set[int]:
    """Return the organisations whose parts are shown: the tops, the chosen one and those above."""
    parent = found.organisations["parent"].to_numpy()
    opened = set(np.flatnonzero(parent == NOWHERE).tolist())
    place = found.organisation(org)
    while place is not None and place != NOWHERE and place not in opened:
        opened.add(place)
        place = int(parent[place])
    return opened


def _sign(found: Contacting, place: int, opened: set[int]) -> str:
    if place not in found.organisations["parent"].to_numpy():
        return "·"
    return "▾" if place in opened else "▸"


def _tree_cells(row: Mapping[Hashable, Any], sign: str) -> tuple[TableCell, ...]:
    name = f"{_INDENT * row['depth']}{sign} {row['name']}"
    counts = (row[column] for column in ("own", "signed_up", "hosts", "served"))
    return (TableCell(name), *(_count(count) for count in counts))


# --------------------------------------------------------------------------------- a whole street


def by_community(picture: Picture) -> AreaTable:
    """Set the communities of a street against each other."""
    columns = (
        Column(_("Community")),
        Column(_("Members")),
        *_share_columns(),
        Column(_("Full"), wording.word(PARTS, "no_capacity")),
        Column(_("Too far"), wording.word(PARTS, "out_of_reach")),
    )
    rows = tuple(_community_row(picture, area) for area in picture.areas)
    return AreaTable(columns, rows)


def _community_row(picture: Picture, area: Area) -> TableRow:
    def cell(indicator: str) -> TableCell:
        return _figure_cell(picture, indicator, picture.figure(indicator, area.id))

    keys = ("party_members", "party_contact_coverage", "party_served", "party_no_room")
    cells = [cell(key) for key in (*keys, "party_out_of_reach")]
    return TableRow(area.code, (TableCell(area.label), *cells))


def _figure_cell(picture: Picture, indicator: str, figure: Figure) -> TableCell:
    if picture.too_few(indicator, figure):
        return TableCell(_("too few"), None, "muted")
    value = figure.value if figures.known(figure.value) else None
    return TableCell(wording.number(indicator, value), value)


def street_sentence(picture: Picture) -> str:
    """Say what the party households of a street can do at most."""
    served = picture.total.get("party_served", UNKNOWN)
    if not figures.known(served.numerator) or not figures.known(served.denominator):
        return _("Nothing is known yet of who could be in contact here.")
    return _(
        "At best {served} of {occupied} occupied households (**{share}**) are served; {full} have "
        "only full party households in reach, {far} have none in reach.",
        served=figures.integer(served.numerator),
        occupied=figures.integer(served.denominator),
        share=figures.share(served.numerator, served.denominator),
        full=figures.integer(picture.sum("party_no_room").value),
        far=figures.integer(picture.sum("party_out_of_reach").value),
    )
