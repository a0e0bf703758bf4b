"""The state of a page lives in its URL: a link reproduces what the sender saw.

Keys are stable ASCII; labels and translations never enter the URL. What a URL says is taken only
if it makes sense: anything unknown or malformed silently falls back to the default. The map's own
view (``z`` and ``c``) belongs to the map's script, which reads and writes it by itself.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import date
from typing import Any, Final, Literal, cast, get_args

import streamlit as st

from geo import words
from geo.areas import UNITS
from geo.errors import N_
from geo.hotspots import MODES
from geo.periods import DEFAULT_PERIOD, PERIODS
from geo.scan import METHODS as SCANS
from geo.schema import (
    CARE_CLASSES,
    COVERED_GROUPS,
    FACILITY_KINDS,
    OPEN_TICKET_STATES,
    TICKET_SIGNS,
    WALKERS,
)
from geo.studies import MEASURES, METHODS, RADII, SIMULATIONS, STEPS

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

SPANS: Final = {
    "28": N_("Last 4 weeks"),
    "91": N_("Last 13 weeks"),
    "182": N_("Last 26 weeks"),
    "364": N_("Last 52 weeks"),
}
"""Days hot spots are looked for in: whole weeks, ending with the data."""

EACH: Final = {"each": N_("Each class by itself"), "all": N_("All together")}
CALLS: Final = {"first": N_("Without repeats"), "calls": N_("All calls")}
WHEN: Final = {"past": N_("At any time"), "now": N_("Going on now")}
"""How tickets are put together, which of them count, and which clusters are looked for."""

NEAR: Final = ("30", "50", "80", "120")
"""How near tickets of a group are to each other, metres."""

MINUTES: Final = ("5", "10", "15")
EVERY_SERVICE: Final = "all"

PICKABLE: Final = ("building", "unit", "ticket", "facility", "elderly", "party_household")

SCREEN: Final = "screen"
"""The value of ``mode`` that shows the page on a wall; buildings then have no colour to choose."""

SCENES: Final = {
    "norms": N_("Norms"),
    "tickets": N_("Tickets"),
    "homes": N_("Residence"),
    "services": N_("Services"),
}
"""What the wall shows in turn."""

FEWEST_SECONDS: Final = 5
MOST_SECONDS: Final = 600
"""How long one of them may stay."""

_STREET = re.compile(r"[0-9]{9}")
_COMMUNITY = re.compile(r"[0-9]{12}|all")
_GRID = re.compile(r"[0-9]{15}")
_WORD = re.compile(r"[a-z0-9_]{1,40}")
_CLASS = re.compile(r"[A-Za-z0-9_.-]{1,20}")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MONTH = re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])")
_AREA = re.compile(r"[0-9a-f.-]{1,40}")
_NUMBER = re.compile(r"[0-9]{1,18}")
_SECONDS = re.compile(r"[1-9][0-9]{0,2}")


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
    method, span, unit, measure, test, each, calls, step, scan, when, reach, sims, near
        What is asked about hot spots, see `geo.studies.Question`: one of its methods, of `SPANS`,
        ``UNITS``, ``MEASURES``, ``MODES``, `EACH`, `CALLS`, ``STEPS``, ``SCANS`` and `WHEN`; a
        radius, a number of simulations, and one of `NEAR`.
    at
        Position of a step of a series; None for what became of areas over all of them.
    cell, spot
        What is chosen of an answer: the key of an area, the number of a spot.
    since
        Day of a measure whose effect is looked at, ``YYYY-MM-DD``.
    screen
        Whether the place is shown on a wall: ``mode=screen``.
    scenes, every, scene
        What the wall shows, keys of `SCENES` in the order of showing, and seconds for each; and
        the one it stands still at, if it does.
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
    method: str = "gi"
    span: str = "182"
    unit: str = "s50"
    measure: str = "rate"
    test: str = "calibrated"
    each: str = "each"
    calls: str = "first"
    step: str = "week"
    at: int | None = None
    scan: str = "space_time_permutation"
    when: str = "past"
    reach: str = "300"
    sims: str = "199"
    near: str = "50"
    cell: str | None = None
    spot: int | None = None
    since: str | None = None
    screen: bool = False
    scenes: tuple[str, ...] = tuple(SCENES)
    every: int = 20
    scene: str | None = None
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


def _in_order(known: Mapping[str, object], value: str | None) -> tuple[str, ...]:
    """Read a comma list in its own order, each word once; without one, all that are known."""
    named = dict.fromkeys((value or "").split(","))
    return tuple(word for word in named if word in known) or tuple(known)


def _seconds(value: str | None) -> int:
    found = _like(_SECONDS, value)
    fits = found is not None and FEWEST_SECONDS <= int(found) <= MOST_SECONDS
    return int(found) if found and fits else DEFAULT.every


def _number(value: str | None) -> int | None:
    found = _like(_NUMBER, value)
    return int(found) if found else None


def _day(value: str | None) -> str | None:
    found = _like(_DAY, value)
    if found is None:
        return None
    try:
        date.fromisoformat(found)
    except ValueError:  # such as 30 February
        return None
    return found


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
        **_asked(params),
        screen=get("mode") == SCREEN,
        scenes=_in_order(SCENES, get("scenes")),
        every=_seconds(get("every")),
        scene=get("scene") if get("scene") in SCENES else None,
        lang=_among(words.LANGUAGES, get("lang"), DEFAULT.lang),
    )


_ASKED: Final[Mapping[str, Mapping[str, object] | tuple[str, ...]]] = {
    "method": METHODS,
    "span": SPANS,
    "unit": UNITS,
    "measure": MEASURES,
    "test": MODES,
    "each": EACH,
    "calls": CALLS,
    "step": STEPS,
    "scan": SCANS,
    "when": WHEN,
    "reach": tuple(map(str, RADII)),
    "sims": tuple(map(str, SIMULATIONS)),
    "near": NEAR,
}
"""The fields about hot spots that hold one word of a list."""


def _asked(params: Mapping[str, str]) -> dict[str, Any]:
    """Read what is asked about hot spots."""
    return {
        **{
            name: _among(known, params.get(name), getattr(DEFAULT, name))
            for name, known in _ASKED.items()
        },
        "at": _number(params.get("at")),
        "cell": _like(_AREA, params.get("cell")),
        "spot": _number(params.get("spot")),
        "since": _day(params.get("since")),
    }


def _spell_pick(layer: str, number: int) -> dict[str, str]:
    return {"bld": str(number)} if layer == "building" else {"pick": f"{layer}:{number}"}


def _spell(name: str, value: Any) -> dict[str, str]:
    if name == "pick":
        return _spell_pick(*value)
    if name == "screen":
        return {"mode": SCREEN}
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


_OF_A_PLACE = ("grid", "pick", "plan", "other", "staff", "org", "cell", "spot", "at")
"""What another territory does not have."""

_OF_AN_ANSWER = ("spot", "at")
"""What the answer to another question numbers anew."""


def write(**changes: Any) -> PageState:
    """Change the page's URL.

    A change of the territory forgets what was picked there and where the map stood; another
    question about hot spots forgets what was chosen of the answer.

    Parameters
    ----------
    **changes
        Fields of `PageState`.
    """
    before = read()
    moves = "street" in changes or "community" in changes
    asks = not changes.keys().isdisjoint({*_ASKED, "cls"})
    cleared = dict.fromkeys((*(_OF_A_PLACE if moves else ()), *(_OF_AN_ANSWER if asks else ())))
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
