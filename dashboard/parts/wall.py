"""The picture on a wall: header, figures, panels and foot, around the map; it lives by itself.

The page hands over all scenes at once. Turning from one to the next, the clock, the keys and the
heartbeat are the script's: they go on when the server does not answer.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from dashboard.parts.base import mount


@dataclass(frozen=True)
class Gauge:
    """A bar below a number: shares of its width, and the norm's band."""

    share: float
    band: tuple[float, float]
    color: str


@dataclass(frozen=True)
class Number:
    """One large figure; `aside` stands at the right of its label, `line` below it."""

    label: str
    value: str
    unit: str = ""
    aside: str = ""
    line: str = ""
    tone: str = ""
    gauge: Gauge | None = None


@dataclass(frozen=True)
class Stretch:
    """A piece of a bar: its share of the panel's full width."""

    share: float
    color: str
    hatched: bool = False


@dataclass(frozen=True)
class Bar:
    """A row of a panel."""

    name: str
    text: str
    pieces: tuple[Stretch, ...] = ()


@dataclass(frozen=True)
class Panel:
    """Rows under a heading.

    Attributes
    ----------
    band
        Of the norm, in shares of the full width.
    keys
        Colour and meaning of the bars' pieces, where they have several.
    note
        What is left out, or why there is nothing.
    """

    title: str
    rows: tuple[Bar, ...] = ()
    band: tuple[float, float] | None = None
    keys: tuple[tuple[str, str], ...] = ()
    note: str = ""


@dataclass(frozen=True)
class Key:
    """A mark of the legend: its fields are those of a legend's row on the map."""

    swatch: str
    text: str
    color: str = ""
    icon: str = ""


@dataclass(frozen=True)
class Scene:
    """One of the pictures shown in turn.

    Attributes
    ----------
    map
        What the map shows, as its script reads it; None where there is no map.
    trouble
        Why this is not the newest, as a sentence; it stands in place of the other one.
    """

    key: str
    tab: str
    sentence: str
    panels: tuple[Panel, ...] = ()
    legend: tuple[Key, ...] = ()
    map: Mapping[str, Any] | None = None
    trouble: str = ""


@dataclass(frozen=True, kw_only=True)
class Wall:
    """All that is shown.

    Attributes
    ----------
    cutoff, offline
        Which data this is; the same where the server does not answer.
    late
        What the header says instead because the data could not be read again.
    every
        Seconds a scene stays.
    held
        Key of the scene it stands still at, from the beginning.
    colors
        What a legend's marks need besides their own, and the ground.
    words
        What the script says by itself.
    locale, zone
        Of the clock.
    """

    title: str
    cutoff: str
    offline: str
    numbers: tuple[Number, ...] = ()
    scenes: tuple[Scene, ...]
    every: int
    held: str | None
    late: str = ""
    colors: Mapping[str, Any] = field(default_factory=dict)
    words: Mapping[str, str] = field(default_factory=dict)
    locale: str
    zone: str


def wall(shown: Wall, now_ms: int, refresh_s: float) -> None:
    """Draw the picture, or give the one that is there newer data.

    Parameters
    ----------
    now_ms
        The server's clock, milliseconds since 1970.
    refresh_s
        Seconds after which newer data can be expected.
    """
    mount("wall", {"shown": asdict(shown), "now": now_ms, "refresh": refresh_s}, "wall")
