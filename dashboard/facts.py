"""The facts on a card: what, how much, and what it is held against."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final, NamedTuple

import pandas as pd

from dashboard import figures, verdicts, wording
from dashboard.services.overview import Area, Figure, Picture
from dashboard.services.things import Thing
from geo.indicators import INDICATORS
from geo.schema import (
    BUILDING_USES,
    CARE_CLASSES,
    FACILITY_KINDS,
    GRID_ROLES,
    HOUSEHOLD_STATES,
    TICKET_ACTIONS,
    TICKET_HANDLING,
    TICKET_SIGNS,
    TICKET_SOURCES,
)
from geo.words import _, language


class Fact(NamedTuple):
    """A line of a card, in Markdown."""

    label: str
    value: str
    against: str = ""


def frame(facts: Sequence[Fact]) -> pd.DataFrame:
    """Set facts as a table: indicator, value, for comparison."""
    columns = [_("Indicator"), _("Figure"), _("For comparison")]
    rows = [(fact.label, f"**{fact.value}**", fact.against) for fact in facts]
    return pd.DataFrame(rows, columns=columns)


def _gray(text: str) -> str:
    return f":gray[{text}]" if text else ""


def _toned(text: str, tone: str) -> str:
    color = {"bad": "red", "warn": "orange", "good": "green"}.get(tone, "gray")
    return f":{color}[{text}]" if text else ""


# -------------------------------------------------------------------------------- of a grid


def area_line(area: Area) -> str:
    """Say an area's code, size and people by role."""
    roles = " · ".join(
        f"{_(label)} {area.roles[role]}" for role, label in GRID_ROLES.items() if role in area.roles
    )
    parts = [area.code]
    if area.buildings is not None:
        parts.append(_("{n} buildings", n=figures.integer(area.buildings)))
    if figures.known(area.area_m2):
        parts.append(figures.hectares(area.area_m2))
    return "　".join([*parts, roles] if roles else parts)


def _against_norm(picture: Picture, indicator: str, figure: Figure) -> str:
    norm = picture.norm(indicator)
    if norm is None:
        return ""
    text, tone = verdicts.norm_line(norm, figure.value)
    return _toned(text, tone)


def _against_all(picture: Picture, indicator: str, _figure: Figure) -> str:
    """Hold an area's rate against the whole."""
    return _gray(_("all: {value}", value=wording.shown(picture, indicator, picture.sum(indicator))))


def _as_share(of: str) -> Callable[[Picture, str, Figure], str]:
    """Hold a count against another indicator's sum over everything shown."""

    def text(picture: Picture, _indicator: str, figure: Figure) -> str:
        share = figures.share(figure.value, picture.sum(of).value)
        return _gray(_("{share} of all", share=share)) if share != figures.MISSING else ""

    return text


_AREA_FACTS: Final[tuple[tuple[str, Callable[[Picture, str, Figure], str]], ...]] = (
    ("households", _against_norm),
    ("households_per_worker", _against_norm),
    ("residents", _as_share("residents")),
    ("age60", _as_share("age60")),
    ("age80", _as_share("age80")),
    ("alone60", _as_share("alone60")),
    ("tickets", _as_share("tickets")),
    ("tickets_per_1000_households", _against_all),
    ("tickets_overdue", _as_share("tickets_overdue")),
    ("on_time_rate", _against_all),
    ("visits_overdue", _as_share("visits_overdue")),
    ("party_contact_coverage", _against_all),
    ("elderly_service_reach", _against_all),
)


def of_area(picture: Picture, area: Area) -> list[Fact]:
    """Return the facts of a grid."""
    return [_area_fact(picture, area, key, against) for key, against in _AREA_FACTS]


def _area_fact(
    picture: Picture, area: Area, key: str, against: Callable[[Picture, str, Figure], str]
) -> Fact:
    figure = picture.figure(key, area.id)
    if picture.too_few(key, figure):
        return Fact(_label(key), figures.MISSING, _gray(wording.too_few(picture, figure)))
    value = wording.shown_short(picture, key, figure)
    return Fact(_label(key), value, against(picture, key, figure) if figure.value else "")


def _label(key: str) -> str:
    return _(INDICATORS[key].label)


# ------------------------------------------------------------------------ of what was clicked


def _building_name(facts: dict[str, Any], prefix: str = "building_") -> str:
    return wording.building(
        facts.get(f"{prefix}compound") or "",
        facts.get(f"{prefix}number") or "",
        facts.get(f"{prefix}name") or "",
    )


def title(found: Thing) -> str:
    """Return what a thing is called."""
    row = found.facts
    if found.layer == "building":
        return _building_name(row, "")
    if found.layer == "unit":
        return _("Unit {number}", number=row["number"])
    if found.layer == "ticket":
        return str(row["category"])
    if found.layer == "facility":
        return row["name"] or wording.word(FACILITY_KINDS, row["kind"])
    return _("Elderly people") if found.layer == "elderly" else _("Party households")


def line(found: Thing) -> str:
    """Return the line below a title: where it is, or what kind."""
    row = found.facts
    if found.layer == "building":
        grid = f"{row['grid_code'][-3:]} {row['grid_name']}".strip() if row["grid_code"] else ""
        return "　".join(wording.plain(part) for part in (row["community_name"], grid) if part)
    if found.layer == "facility":
        return wording.word(FACILITY_KINDS, row["kind"])
    if found.layer == "ticket" and row["building_id"] is None:
        return ""
    place = wording.plain(_building_name(row))
    unit = row.get("number") if found.layer in ("elderly", "party_household") else None
    return "　".join([place, _("Unit {number}", number=unit)]) if unit else place


def of_thing(picture: Picture, found: Thing) -> list[Fact]:
    """Return the facts of what was clicked."""
    makers: dict[str, Callable[[Picture, Thing], list[Fact]]] = {
        "building": _of_building,
        "unit": _of_unit,
        "ticket": _of_ticket,
        "facility": _of_facility,
        "elderly": _of_elderly,
        "party_household": _of_party,
    }
    return makers[found.layer](picture, found)


def _count(value: int | None, unit: str) -> str:
    return _("{n} {unit}", n=figures.integer(value), unit=unit)


def _of_building(_picture: Picture, found: Thing) -> list[Fact]:
    row, people, households = found.facts, _("people"), _("households")
    year = str(row["built_year"]) if row["built_year"] else figures.MISSING
    built, storeys = _gray(_("built {year}", year=year)), figures.plain(row["storeys"])
    alone = _gray(_("{n} living alone", n=figures.integer(row["alone60"])))
    linked = _gray(_("{n} households in contact", n=figures.integer(row["contact_linked"])))
    open_signs = ("pending", "active", "overdue")
    reported = sum(found.signs.values())
    waiting = sum(found.signs.get(sign, 0) for sign in open_signs)
    late = found.signs.get("overdue", 0)
    return [
        Fact(_("Use"), wording.word(BUILDING_USES, row["use"]), built),
        Fact(_("Storeys"), storeys, _gray(_("{n} units", n=figures.integer(row["units"])))),
        Fact(_("Households"), _count(row["households"], households)),
        Fact(_("Residents"), _count(row["residents"], people)),
        Fact(_("Residents 60+"), _count(row["age60"], people), alone),
        Fact(_("Party households"), _count(row["party_households"], households), linked),
        Fact(
            _("Tickets in the period"),
            _count(reported, _("tickets")),
            _gray(_("{open} open, {late} overdue", open=waiting, late=late)),
        ),
    ]


def _of_unit(_picture: Picture, found: Thing) -> list[Fact]:
    dwellings = sum(found.states.values())
    homes = dwellings - found.states.get("shop", 0)
    return [
        Fact(_("Dwellings"), figures.integer(dwellings)),
        Fact(_("Households"), figures.integer(homes), _gray(_("shops are counted apart"))),
        Fact(_("Storeys"), figures.plain(found.facts["storeys"])),
    ]


def _of_ticket(_picture: Picture, found: Thing) -> list[Fact]:
    row = found.facts
    class_name = row["class_name"] if language() == "zh" else row["class_name_en"]
    year = figures.this_year()
    repeats = _gray(_("repeats an earlier one")) if row["repeats"] else ""
    sign = wording.word(TICKET_SIGNS, row["sign"])
    sign = _toned(sign, "bad") if row["sign"] == "overdue" else sign
    return [
        Fact(_("State"), sign, repeats),
        Fact(_("Class"), wording.plain(class_name or row["class_name"])),
        Fact(_("Channel"), wording.word(TICKET_SOURCES, row["channel"])),
        Fact(_("Handling"), wording.word(TICKET_HANDLING, row["handling"])),
        Fact(_("Received"), figures.moment(row["reported_at"], year)),
        Fact(_("Due"), figures.moment(row["due_at"], year)),
        Fact(_("Closed"), figures.moment(row["closed_at"], year)),
    ]


def _of_facility(_picture: Picture, found: Thing) -> list[Fact]:
    row = found.facts
    area = _("{n} m²", n=figures.integer(row["area_m2"])) if row["area_m2"] else figures.MISSING
    return [
        Fact(_("Kind"), wording.word(FACILITY_KINDS, row["kind"])),
        Fact(_("Address"), wording.plain(row["address"]) or figures.MISSING),
        Fact(_("Capacity"), figures.integer(row["capacity"])),
        Fact(_("Floor area"), area),
    ]


def _of_elderly(_picture: Picture, found: Thing) -> list[Fact]:
    row, people = found.facts, _("people")
    classes = [
        Fact(_(label), _count(row[f"care_{care}"], people)) for care, label in CARE_CLASSES.items()
    ]
    return [
        Fact(_("Residents 60+"), _count(row["age60"], people)),
        Fact(_("Living alone"), _count(row["alone60"], people)),
        *classes,
    ]


def _of_party(picture: Picture, found: Thing) -> list[Fact]:
    row, norm = found.facts, picture.norms["party_contact"]
    n = row["party_households"]
    each = row["contact_linked"] / n if n else None
    against = _("norm {range} each", range=figures.bounds(norm.low, norm.high))
    return [
        Fact(_("Party households"), figures.integer(n)),
        Fact(_("Households in contact"), figures.integer(row["contact_linked"])),
        Fact(_("Per party household"), figures.decimal(each), _gray(against)),
    ]


# -------------------------------------------------------------------------- what it consists of


def parts_title(found: Thing) -> str:
    """Return the heading of a thing's parts."""
    return {"building": _("Units"), "unit": _("Dwellings by floor"), "ticket": _("History")}[
        found.layer
    ]


def parts_frame(found: Thing) -> pd.DataFrame:
    """Return a thing's parts as a table: units or floors by state, or the steps of a ticket."""
    if found.layer == "ticket":
        year = found.facts["as_of"].year
        steps = [
            (figures.moment(step["at"], year), wording.word(TICKET_ACTIONS, step["action"]))
            for step in found.parts
        ]
        return pd.DataFrame(steps, columns=[_("Time"), _("Step")])
    first = "number" if found.layer == "building" else "floor"
    head = _("Unit") if found.layer == "building" else _("Floor")
    columns = [head, *(_(label) for label in HOUSEHOLD_STATES.values())]
    rows = [
        (_part_name(part[first]), *(figures.integer(part[state]) for state in HOUSEHOLD_STATES))
        for part in found.parts
    ]
    return pd.DataFrame(rows, columns=columns)


def _part_name(value: object) -> str:
    return figures.MISSING if value in (None, "") else str(value)
