"""What can be asked about hot spots, and what an answer consists of."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Final

from geo.areas import UNITS, is_unit
from geo.errors import N_, RequestError
from geo.hotspots import MODES
from geo.scan import METHODS as SCANS
from geo.spots import Address, Driver, Spot

METHODS: Final = {
    "gi": N_("Significant hot spots"),
    "emerging": N_("Change over time"),
    "scan": N_("Clusters"),
    "repeats": N_("Repeat addresses"),
    "groups": N_("Groups and density"),
    "compare": N_("Before and now"),
}
"""What can be asked, and what it is called."""

MEASURES: Final = {
    "rate": N_("Tickets per household"),
    "count": N_("Tickets"),
}
STEPS: Final = {"week": N_("By week"), "month": N_("By month")}
RADII: Final = (100, 200, 300, 500)
SIMULATIONS: Final = (199, 999, 9999)

VERSION: Final = 4
"""Of what the methods compute: kept answers of another version are not shown again."""

_ASKS: Final[Mapping[str, tuple[str, ...]]] = {
    "gi": ("unit", "measure", "mode", "each"),
    "emerging": ("unit", "mode", "step"),
    "scan": ("scan", "prospective", "each", "radius_m", "simulations"),
    "repeats": (),
    "groups": ("radius_m",),
    "compare": ("unit", "measure", "mode", "each"),
}


@dataclass(frozen=True, kw_only=True)
class Question:
    """What is asked.

    Attributes
    ----------
    method
        One of `METHODS`.
    start, stop
        Local days ``start <= day < stop``, ordinals.
    classes
        Of tickets; none means all.
    each
        Whether each class is looked at by itself, with a correction for how many there are.
    repeats
        Whether tickets count that repeat an earlier one.
    unit
        What tickets are counted in, of ``geo.areas.UNITS``.
    measure, mode
        Of `MEASURES` and ``geo.hotspots.MODES``.
    step
        Of a series: of `STEPS`.
    scan
        Of ``geo.scan.METHODS``.
    prospective
        Whether only clusters count that are going on at the end.
    radius_m
        Largest radius of a cluster; of a group, how near its tickets are to each other.
    simulations, seed
        Of what is drawn by lot.
    """

    method: str
    start: int
    stop: int
    classes: tuple[str, ...] = ()
    each: bool = True
    repeats: bool = False
    unit: str = "s50"
    measure: str = "rate"
    mode: str = "calibrated"
    step: str = "week"
    scan: str = "space_time_permutation"
    prospective: bool = False
    radius_m: float = 300.0
    simulations: int = 199
    seed: int = 20260101

    def __post_init__(self) -> None:
        """Refuse what no method can answer."""
        words: tuple[tuple[str, str, Mapping[str, str]], ...] = (
            ("method", self.method, METHODS),
            ("measure", self.measure, MEASURES),
            ("mode", self.mode, MODES),
            ("step", self.step, STEPS),
            ("scan", self.scan, SCANS),
        )
        for name, value, known in words:
            if value not in known:
                raise _unknown(name, value, known)
        if not is_unit(self.unit):
            raise _unknown("unit", self.unit, UNITS)
        if self.stop <= self.start:
            raise RequestError(N_("The period ends before it begins."))

    @property
    def days(self) -> int:
        """Length of the period."""
        return self.stop - self.start

    def parameters(self) -> dict[str, Any]:
        """Return what this method makes use of, for keeping and telling."""
        names = ("method", "start", "stop", "classes", "repeats", "seed", *_ASKS[self.method])
        return {name: getattr(self, name) for name in names}

    def key(self, *where: object) -> str:
        """Return sixteen hex digits that are the same for the same question about the same data.

        Parameters
        ----------
        *where
            What else tells answers apart: the place, the version of the data.
        """
        text = json.dumps([VERSION, self.parameters(), *map(str, where)], sort_keys=True)
        return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()


def _unknown(name: str, value: str, known: Mapping[str, str]) -> RequestError:
    return RequestError(
        N_("“{name}” cannot be “{value}”. It can be: {known}."),
        name=name,
        value=value,
        known=", ".join(known),
    )


@dataclass(frozen=True, kw_only=True)
class AreaFigures:
    """What was found in each area; sequences of one length.

    Attributes
    ----------
    unit, keys, size_m
        As in `geo.areas.Areas`.
    rings
        Outlines in degrees, the first point not repeated; empty for buildings and grids.
    observed, households
        Tickets counted, and dwellings.
    z, p, q
        Of the side that is told (the class with the strongest sign, where each was tested).
    level
        Three hot at 99 %, two at 95 %, one at 90 %; negative cold, 0 nothing certain.
    class_code
        The class `level` is of; empty for all.
    category
        Position in ``geo.spacetime.EMERGING``; empty where nothing was asked over time.
    series, levels
        By area, tickets and level in each step; empty likewise.
    """

    unit: str
    keys: tuple[str, ...]
    size_m: float = 0.0
    rings: tuple[tuple[tuple[float, float], ...], ...] = ()
    observed: tuple[int, ...]
    households: tuple[float, ...]
    z: tuple[float | None, ...] = ()
    p: tuple[float | None, ...] = ()
    q: tuple[float | None, ...] = ()
    level: tuple[int, ...] = ()
    class_code: tuple[str, ...] = ()
    category: tuple[int, ...] = ()
    series: tuple[tuple[int, ...], ...] = ()
    levels: tuple[tuple[int, ...], ...] = ()


@dataclass(frozen=True, kw_only=True)
class Study:
    """An answer, with all that is needed to say how it came about.

    Attributes
    ----------
    question
        What was asked.
    told
        Counts and decisions by name, for the explanation: tickets, unplaced, outside, repeats
        left out, areas, classes tested, …
    spots
        What was found, the surest first.
    areas
        Figures of each area; None where no areas were tested.
    shortage
        Why nothing was tested, a key of `geo.studies.explain.SHORTAGES`; empty if it was.
    addresses
        The buildings most tickets come from, whatever was found.
    steps
        First days of the steps of a series, and the day after the last; ordinals.
    more
        What only this method tells.
    """

    question: Question
    told: Mapping[str, Any]
    spots: tuple[Spot, ...] = ()
    areas: AreaFigures | None = None
    shortage: str = ""
    addresses: tuple[Address, ...] = ()
    steps: tuple[int, ...] = ()
    more: Mapping[str, Any] = field(default_factory=dict)


def as_json(study: Study) -> dict[str, Any]:
    """Return a study as plain values."""
    return asdict(study)


def from_json(kept: Mapping[str, Any]) -> Study:
    """Read what `as_json` made."""
    areas = kept["areas"]
    return Study(
        question=Question(**_tuples(kept["question"])),
        told=dict(kept["told"]),
        spots=tuple(spot_from_json(one) for one in kept["spots"]),
        areas=None if areas is None else AreaFigures(**_tuples(areas)),
        shortage=kept["shortage"],
        addresses=tuple(Address(**one) for one in kept["addresses"]),
        steps=tuple(kept["steps"]),
        more=dict(kept["more"]),
    )


def spot_from_json(kept: Mapping[str, Any]) -> Spot:
    """Read a spot of what `as_json` made."""
    plain = _tuples({name: kept[name] for name in kept if name not in {"drivers", "addresses"}})
    return Spot(
        **plain,
        drivers=tuple(Driver(**one) for one in kept["drivers"]),
        addresses=tuple(Address(**one) for one in kept["addresses"]),
    )


def _tuples(kept: Mapping[str, Any]) -> dict[str, Any]:
    """Turn lists (JSON knows no tuples) back, however deep."""

    def back(value: Any) -> Any:
        return tuple(back(one) for one in value) if isinstance(value, (list, tuple)) else value

    return {name: back(value) for name, value in kept.items()}
