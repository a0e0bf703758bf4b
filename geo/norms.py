"""Norms are data: a floor and/or a ceiling with its source, editable by the office.

Here are the defaults a new database starts with. What is in force is in the table ``norm`` (the
latest row of a key, for the community or else for all); `in_force` merges the two.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from geo.errors import N_


@dataclass(frozen=True)
class Norm:
    """A floor and/or a ceiling.

    Attributes
    ----------
    low, high
        Smallest and largest value that respects the norm, in `unit`; None where there is none.
    source
        Where the number comes from, in words.
    verified
        True where the source was read, False where it is known only second-hand.
    """

    key: str
    label: str
    low: float | None
    high: float | None
    unit: str
    source: str
    note: str = ""
    verified: bool = False

    @property
    def value(self) -> float:
        """The one number of a norm that is used as a single number: the floor, else the ceiling."""
        bound = self.low if self.low is not None else self.high
        if bound is None:
            message = f"norm {self.key} has neither a floor nor a ceiling"
            raise ValueError(message)
        return bound

    def verdict(self, value: float) -> str:
        """Say where a value stands: ``"below"``, ``"within"`` or ``"above"``."""
        if self.low is not None and value < self.low:
            return "below"
        return "above" if self.high is not None and value > self.high else "within"

    def gap(self, value: float) -> float:
        """Return how far a value is outside: negative below, positive above, 0 within."""
        if self.low is not None and value < self.low:
            return value - self.low
        return value - self.high if self.high is not None and value > self.high else 0.0


_REPORTS = N_("Newspaper reports on the model communities")
_PRACTICE = N_("Common practice, second-hand; to be confirmed by the office")
_OWN = N_("Our setting; the office may change it")
_CARE = N_("Inner Mongolia, care visits to elderly people, 2022")

_REQUIRED = N_("GB 50180-2018 and TD/T 1062-2021 as cited by others; their text was not read")

SERVICES = {
    "party_centre": N_("Walk to the party and community service centre"),
    "canteen": N_("Walk to an elderly canteen"),
    "day_care": N_("Walk to elderly day care"),
    "clinic": N_("Walk to a health station"),
    "school": N_("Walk to a school"),
    "kindergarten": N_("Walk to a kindergarten"),
    "park": N_("Walk to a park"),
    "shop": N_("Walk to a shop or market"),
    "culture": N_("Walk to a place of culture"),
    "toilet": N_("Walk to a public toilet"),
}
"""Kinds of facilities that may belong to the fifteen-minute circle: each has a norm
``service_minutes_<kind>``, 0 where the office does not require it."""

REQUIRED_AT_FIRST = ("party_centre", "canteen", "clinic", "school", "kindergarten")

WORKLOAD_TERMS = {
    "households": N_("Weight of households in the load"),
    "care_elderly": N_("Weight of elderly people in care in the load"),
    "rented_share": N_("Weight of the rented share in the load"),
    "tickets": N_("Weight of tickets in the load"),
    "repeat_addresses": N_("Weight of repeat addresses in the load"),
    "tickets_open": N_("Weight of open tickets in the load"),
    "visits_due": N_("Weight of visits due in the load"),
    "round_m": N_("Weight of the way round in the load"),
}
"""Indicators a grid's composite load is made of, each with a norm ``weight_<key>``."""


def _service(kind: str, label: str) -> Norm:
    required = 15.0 if kind in REQUIRED_AT_FIRST else 0.0
    note = N_("0: not required.")
    return Norm(f"service_minutes_{kind}", label, None, required, N_("min"), _REQUIRED, note)


def _weight(key: str, label: str) -> Norm:
    return Norm(f"weight_{key}", label, 1, None, N_("shares"), _OWN, N_("0 leaves the term out."))


_ENTRIES = (
    Norm(
        "grid_households",
        N_("Households per grid"),
        300,
        500,
        N_("households"),
        _REPORTS,
        verified=True,
    ),
    Norm(
        "worker_households",
        N_("Households per worker"),
        400,
        600,
        N_("households"),
        _REPORTS,
        verified=True,
    ),
    Norm(
        "visits_per_month",
        N_("Visits a month"),
        300,
        None,
        N_("visits"),
        _REPORTS,
        N_("The report does not say whether per worker or per grid."),
        verified=True,
    ),
    Norm(
        "household_visit_days",
        N_("Every household is visited at least every"),
        None,
        365,
        N_("days"),
        _REPORTS,
        verified=True,
    ),
    Norm(
        "visit_days_high_risk",
        N_("Elderly people at high risk are visited at least every"),
        None,
        7,
        N_("days"),
        _CARE,
        N_("And within 24 hours of a change."),
        verified=True,
    ),
    Norm(
        "visit_days_key",
        N_("Elderly people of key care are visited at least every"),
        None,
        30,
        N_("days"),
        _CARE,
        verified=True,
    ),
    Norm(
        "visit_days_general",
        N_("Elderly people of general care are visited at least every"),
        None,
        90,
        N_("days"),
        _CARE,
        verified=True,
    ),
    Norm(
        "party_contact",
        N_("Households in contact with one party household"),
        10,
        15,
        N_("households"),
        _REPORTS,
        N_("Elsewhere 5–15 or 8–10."),
        verified=True,
    ),
    Norm("walk_5min_m", N_("Five-minute walk"), None, 300, N_("m"), _PRACTICE),
    Norm("walk_10min_m", N_("Ten-minute walk"), None, 500, N_("m"), _PRACTICE),
    Norm(
        "walk_15min_m",
        N_("Fifteen-minute walk"),
        800,
        1000,
        N_("m"),
        _PRACTICE,
    ),
    Norm(
        "elderly_service_reach_m",
        N_("Walking distance to an elderly service"),
        None,
        500,
        N_("m"),
        _OWN,
        N_("Elsewhere 700 m."),
    ),
    Norm("walk_speed_m_min", N_("Walking speed"), 60, None, N_("m/min"), _PRACTICE),
    Norm("wheelchair_speed_m_min", N_("Wheelchair speed"), 40, None, N_("m/min"), _PRACTICE),
    Norm(
        "detour",
        N_("Detour factor: walking distance ÷ straight line"),
        1.3,
        None,
        N_("times"),
        _PRACTICE,
        N_("Used where there is no road network."),
    ),
    Norm(
        "grid_parts",
        N_("Separate parts of one grid"),
        None,
        1,
        N_("parts"),
        _OWN,
    ),
    Norm(
        "polsby_popper",
        N_("Compactness by outline (Polsby–Popper)"),
        0.2,
        None,
        "",
        _OWN,
        N_("1 is a circle, 0.785 a square."),
    ),
    Norm(
        "reock",
        N_("Compactness by circle (Reock)"),
        0.25,
        None,
        "",
        _OWN,
        N_("1 is a circle, 0.637 a square."),
    ),
    Norm(
        "elderly_speed_m_min",
        N_("Walking speed of elderly people"),
        45,
        None,
        N_("m/min"),
        _OWN,
        N_("Three quarters of the usual speed: an assumption."),
    ),
    Norm(
        "contact_reach_m",
        N_("Farthest household a party household keeps contact with"),
        None,
        300,
        N_("m"),
        _OWN,
        N_("Walking distance."),
    ),
    Norm(
        "visit_quota_per_worker",
        N_("The visit quota is per worker"),
        1,
        None,
        N_("1 yes, 0 per grid"),
        _OWN,
        N_("The report does not say whether per worker or per grid."),
    ),
    Norm("worker_hours_month", N_("Working hours a month"), None, 168, N_("hours"), _OWN),
    Norm("visit_minutes", N_("Time for one visit"), 20, None, N_("min"), _OWN),
    Norm("ticket_minutes", N_("Time for one ticket"), 60, None, N_("min"), _OWN),
    Norm("rounds_per_month", N_("Working days a month"), 21, None, N_("days"), _OWN),
    Norm(
        "small_denominator",
        N_("Fewest cases a rate is shown for"),
        30,
        None,
        N_("cases"),
        _OWN,
    ),
    *(_service(kind, label) for kind, label in SERVICES.items()),
    *(_weight(key, label) for key, label in WORKLOAD_TERMS.items()),
)

NORMS: dict[str, Norm] = {norm.key: norm for norm in _ENTRIES}


def in_force(changed: Mapping[str, Norm] | None = None) -> dict[str, Norm]:
    """Return the norms with what an office changed laid over the defaults."""
    return {**NORMS, **(changed or {})}
