"""The state of a page lives in its URL: a link reproduces what the sender saw.

Keys are stable ASCII; labels and translations never enter the URL. What a URL says is taken only
if it makes sense: anything unknown or malformed silently falls back to the default. The map's own
view (``z`` and ``c``) belongs to the map's script, which reads and writes it by itself.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, Final, Literal, cast, get_args

import streamlit as st

from geo import words
from geo.periods import DEFAULT_PERIOD, PERIODS
from geo.schema import (
    CARE_CLASSES,
    COVERED_GROUPS,
    FACILITY_KINDS,
    OPEN_TICKET_STATES,
    TICKET_SIGNS,
    WALKERS,
)

WHOLE_STREET: Final = "all"
"""The value of ``community`` that stands for every community of the street."""

STREET_DIGITS: Final = 9
COMMUNITY_DIGITS: Final = 12

BuildingMode = Literal["indicator", "state", "storeys", "plain"]
BUILDING_MODES: Final[tuple[BuildingMode, ...]] = get_args(BuildingMode)
SWITCHABLE_LAYERS: Final = (
    "sub_district",
    "unit",
    "ticket",
    "elderly",
    "party_household",
    "facility",
    "label",
)
DEFAULT_SIGNS: Final = (*OPEN_TICKET_STATES, "overdue")
VIEWS: Final = ("norms", "load", "visits", "party", "services", "trends")
"""The parts of the page about workload and coverage."""

SCORE: Final = "score"
"""The value of ``term`` that stands for the composite load."""

SCALES: Final = ("z", "z_cut", "ratio", "ratio_cut")
"""Standard deviations or ratios to the mean, with or without the ends drawn in."""

PAINTED: Final = ("contact", "nets")
"""What the buildings show of the party: who is left over, or where the two nets disagree."""

MINUTES: Final = ("5", "10", "15")
EVERY_SERVICE: Final = "all"

PICKABLE: Final = ("building", "unit", "ticket", "facility", "elderly", "party_household")

_STREET = re.compile(r"[0-9]{9}")
_COMMUNITY = re.compile(r"[0-9]{12}|all")
_GRID = re.compile(r"[0-9]{15}")
_WORD = re.compile(r"[a-z0-9_]{1,40}")
_CLASS = re.compile(r"[A-Za-z0-9_.-]{1,20}")
_MONTH = re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])")
_NUMBER = re.compile(r"[0-9]{1,18}")


@dataclass(frozen=True)
class PageState:
    """What the URL says, checked.

    Attributes
    ----------
    street, community, grid
        Official codes (9, 12 and 15 digits); ``community`` may be `WHOLE_STREET`.
    ind
        Key of the indicator the map shows.
    pick
        A thing that was clicked: ``(layer, database id)``.
    layers
        The layers switched on besides grids and buildings.
    plan, other
        The plan that is drawn or looked at, and the one it is compared with, by number.
    view
        One of `VIEWS`.
    group, walker, minutes, service
        Whose reach of which service is looked at: keys of ``COVERED_GROUPS`` and ``WALKERS``, one
        of `MINUTES`, and a facility kind or `EVERY_SERVICE` for all that are required.
    staff
        A member of staff, by number.
    paint, org
        One of `PAINTED`, and a party organisation, by number.
    month
        A month of the trends, ``YYYY-MM``.
    term, scale
        What of the workload is looked at: `SCORE`, or an indicator's key; and how terms are made
        comparable, one of `SCALES`.
    sign, cls, care, kind
        Filters of the point layers: ticket signs and classes, care classes, facility kinds.
        Empty means all, except for ``sign``.
    """

    street: str | None = None
    community: str | None = None
    period: str = DEFAULT_PERIOD
    ind: str = "households"
    grid: str | None = None
    pick: tuple[str, int] | None = None
    layers: tuple[str, ...] = ("label",)
    sign: tuple[str, ...] = DEFAULT_SIGNS
    cls: tuple[str, ...] = ()
    care: tuple[str, ...] = ()
    kind: tuple[str, ...] = ()
    mode: BuildingMode = "indicator"
    plan: int | None = None
    other: int | None = None
    view: str = "norms"
    group: str = "residents"
    walker: str = "adult"
    minutes: str = "15"
    service: str = EVERY_SERVICE
    staff: int | None = None
    paint: str = "contact"
    org: int | None = None
    month: str | None = None
    term: str = SCORE
    scale: str = "z"
    lang: str = words.DEFAULT_LANGUAGE


DEFAULT: Final = PageState()


def _like(pattern: re.Pattern[str], value: str | None) -> str | None:
    return value if value is not None and pattern.fullmatch(value) else None


def _among(known: Mapping[str, object] | tuple[str, ...], value: str | None, default: str) -> str:
    return value if value is not None and value in known else default


def _several(
    known: Mapping[str, object] | tuple[str, ...], value: str | None, default: tuple[str, ...]
) -> tuple[str, ...]:
    """Read a comma list in the registry's order; an empty list is a choice, nonsense is not."""
    if value is None:
        return default
    named = value.split(",") if value else []
    kept = tuple(word for word in known if word in named)
    return kept if kept or not value else default


def _classes(value: str | None) -> tuple[str, ...]:
    named = (value or "").split(",")
    return tuple(sorted({word for word in named if _CLASS.fullmatch(word)}))


def _number(value: str | None) -> int | None:
    found = _like(_NUMBER, value)
    return int(found) if found else None


def _pick(params: Mapping[str, str]) -> tuple[str, int] | None:
    building = _like(_NUMBER, params.get("bld"))
    if building:
        return "building", int(building)
    layer, _, number = params.get("pick", "").partition(":")
    return (layer, int(number)) if layer in PICKABLE and _NUMBER.fullmatch(number) else None


def parse(params: Mapping[str, str]) -> PageState:
    """Read a URL's parameters; whatever makes no sense becomes the default.

    Parameters
    ----------
    params
        The query string, one value a key.
    """
    get = params.get
    return PageState(
        street=_like(_STREET, get("street")),
        community=_like(_COMMUNITY, get("community")),
        period=_among(PERIODS, get("period"), DEFAULT.period),
        ind=_like(_WORD, get("ind")) or DEFAULT.ind,
        grid=_like(_GRID, get("grid")),
        pick=_pick(params),
        layers=_several(SWITCHABLE_LAYERS, get("layers"), DEFAULT.layers),
        sign=_several(TICKET_SIGNS, get("sign"), DEFAULT.sign),
        cls=_classes(get("cls")),
        care=_several(CARE_CLASSES, get("care"), DEFAULT.care),
        kind=_several(FACILITY_KINDS, get("kind"), DEFAULT.kind),
        mode=cast("BuildingMode", _among(BUILDING_MODES, get("mode"), DEFAULT.mode)),
        plan=_number(get("plan")),
        other=_number(get("other")),
        view=_among(VIEWS, get("view"), DEFAULT.view),
        group=_among(COVERED_GROUPS, get("group"), DEFAULT.group),
        walker=_among(WALKERS, get("walker"), DEFAULT.walker),
        minutes=_among(MINUTES, get("minutes"), DEFAULT.minutes),
        service=_among((EVERY_SERVICE, *FACILITY_KINDS), get("service"), DEFAULT.service),
        staff=_number(get("staff")),
        paint=_among(PAINTED, get("paint"), DEFAULT.paint),
        org=_number(get("org")),
        month=_like(_MONTH, get("month")),
        term=_like(_WORD, get("term")) or DEFAULT.term,
        scale=_among(SCALES, get("scale"), DEFAULT.scale),
        lang=_among(words.LANGUAGES, get("lang"), DEFAULT.lang),
    )


def _spell_pick(layer: str, number: int) -> dict[str, str]:
    return {"bld": str(number)} if layer == "building" else {"pick": f"{layer}:{number}"}


def _spell(name: str, value: Any) -> dict[str, str]:
    if name == "pick":
        return _spell_pick(*value)
    return {name: ",".join(value) if isinstance(value, tuple) else str(value)}


def query(state: PageState) -> dict[str, str]:
    """Write a state as URL parameters; what equals the default is left out.

    ``parse(query(state)) == state`` for every state that `parse` can return.
    """
    spelled: dict[str, str] = {}
    for field in fields(PageState):
        value = getattr(state, field.name)
        if value is not None and value != field.default:
            spelled |= _spell(field.name, value)
    return spelled


def read() -> PageState:
    """Read the page's URL and speak its language from here on.

    Every page run, fragment run and callback begins here: the language belongs to the run.
    """
    state = parse(st.query_params.to_dict())
    words.speak(state.lang)
    return state


def write(**changes: Any) -> PageState:
    """Change the page's URL.

    A change of the territory forgets what was picked there and where the map stood.

    Parameters
    ----------
    **changes
        Fields of `PageState`.
    """
    before = read()
    moves = "street" in changes or "community" in changes
    cleared = dict.fromkeys(("grid", "pick", "plan", "other", "staff", "org")) if moves else {}
    after = replace(before, **{**cleared, **changes})
    if after != before:
        st.query_params.from_dict(query(after))
    return after


def put(**changes: Any) -> None:
    """Change the page's URL, as `write`; for widgets' callbacks."""
    write(**changes)


def territory_of(code: str) -> dict[str, str | None]:
    """Return what choosing an area by its code changes: a grid, or else the whole territory."""
    if len(code) > COMMUNITY_DIGITS:
        return {"grid": code, "pick": None}
    return {"street": code[:STREET_DIGITS], "community": code}


def with_default(state: PageState, field: str) -> PageState:
    """Return a state with one field as if the URL did not speak of it."""
    return replace(state, **{field: getattr(DEFAULT, field)})
