"""The indicator strip: seven figures that are also the map's switch."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass

from dashboard.parts.base import mount
from geo.words import _


@dataclass(frozen=True)
class Cell:
    """One figure.

    Attributes
    ----------
    key
        The indicator it stands for.
    value, unit
        As shown; the unit stands smaller beside the number.
    verdict, tone
        One line with its arithmetic, and ``bad``, ``warn``, ``good`` or nothing.
    change, change_tone
        Against the previous period; empty where there is nothing to compare.
    trend
        Twelve months, oldest first; None where a month is unknown.
    help
        What the figure means, shown on hover.
    """

    key: str
    label: str
    value: str
    unit: str
    verdict: str
    tone: str = ""
    change: str = ""
    change_tone: str = "muted"
    trend: tuple[float | None, ...] = ()
    help: str = ""


def strip(cells: Sequence[Cell], selected: str, on_pick: Callable[[str], None]) -> None:
    """Draw the strip; `on_pick` gets the key of the figure that was chosen."""
    data = {
        "label": _("Indicators"),
        "selected": selected,
        "cells": [asdict(cell) for cell in cells],
    }
    mount("strip", data, "strip", on_pick)
