"""Colours and style: the palettes of map, bars and legends, and the page's style sheet.

Streamlit's own colours are in ``.streamlit/config.toml``; these are the ones that carry data, for
the panel and, through `dashboard.maps`, for the map. Both come in a light and a dark set; on dark
ground *worse* is brighter.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from types import MappingProxyType
from typing import Final, Literal

import streamlit as st

Mode = Literal["light", "dark"]


def _table(**colors: str) -> Mapping[str, str]:
    return MappingProxyType(colors)


@dataclass(frozen=True)
class Palette:
    """One theme's data colours.

    Attributes
    ----------
    ink
        Text, and the line of hollow symbols.
    norm
        Below, within, up to 1.5, 2 and 3 times the ceiling, above that.
    sequential
        Five steps, low to high.
    hot, cold
        Far above and far below what chance explains; three each, the surest first.
    within_bar
        *Within the norm* in a thin bar, where the map's tint would vanish.
    plain_bar
        A bar that is not judged by a norm.
    states, tickets, care
        By the words of `geo.schema`; a pending ticket is hollow, its colour is the inside.
    facilities
        By family; only supports the icon.
    fates
        Of a building between two plans: stays, moves, enters, leaves, is in neither.
    """

    ink: str
    norm: tuple[str, ...]
    sequential: tuple[str, ...]
    hot: tuple[str, str, str]
    cold: tuple[str, str, str]
    within_bar: str
    plain_bar: str
    states: Mapping[str, str]
    tickets: Mapping[str, str]
    care: Mapping[str, str]
    facilities: Mapping[str, str]
    party: str
    fates: tuple[str, ...]


_LIGHT: Final = Palette(
    ink="#1B2733",
    norm=("#3B7FC4", "#E2EEE6", "#F5CF97", "#EBA55B", "#D2702F", "#963511"),
    sequential=("#E6EFF0", "#BFDADD", "#8BBCC5", "#5395A6", "#22657B"),
    hot=("#963511", "#D2702F", "#F5CF97"),
    cold=("#1F5F9E", "#6FA6D6", "#C3DAEE"),
    within_bar="#7FB59A",
    plain_bar="#1A5FA8",
    states=_table(resident="#3E93CC", rented="#E6B350", vacant="#E2E7EC", shop="#793573"),
    tickets=_table(
        pending="#FFFFFF",
        active="#E3A008",
        overdue="#B42318",
        closed="#5E8F83",
        void="#C3CAD1",
    ),
    care=_table(high_risk="#7A3E00", key="#C98A1B", general="#8A5A00", none="#9EA9B5"),
    facilities=_table(
        party="#B42318",
        elderly="#8A5A00",
        health="#2F7D6B",
        education="#793573",
        station="#1A5FA8",
        other="#55636F",
    ),
    party="#B42318",
    fates=("#C9DDD3", "#D2702F", "#3B7FC4", "#6C3363", "#D3D9DF"),
)

_DARK: Final = Palette(
    ink="#E6EDF2",
    norm=("#4E95DB", "#2A4043", "#6A4626", "#A35A22", "#DE7B2B", "#FFBE5C"),
    sequential=("#1B3641", "#24566A", "#35809A", "#66AEC0", "#BDE2E8"),
    hot=("#FFD083", "#F08A2E", "#BF6222"),
    cold=("#C4E6FF", "#6CB0F2", "#3E7CC0"),
    within_bar="#4F8F7A",
    plain_bar="#5AA7E8",
    states=_table(resident="#1F7AB8", rented="#FDC160", vacant="#495157", shop="#BB95C5"),
    tickets=_table(
        pending="#0E1820",
        active="#F2C14E",
        overdue="#FF6B52",
        closed="#3F8F7C",
        void="#56656F",
    ),
    care=_table(high_risk="#FFD9A0", key="#E0A33C", general="#E0A33C", none="#58646D"),
    facilities=_table(
        party="#C7402F",
        elderly="#A06C0C",
        health="#2F8A76",
        education="#8F4A88",
        station="#2E79C7",
        other="#5F7180",
    ),
    party="#FF8A75",
    fates=("#2A4043", "#FFBE5C", "#4E95DB", "#D19CC1", "#2B3C49"),
)

PALETTES: Final[dict[Mode, Palette]] = {"light": _LIGHT, "dark": _DARK}


def mode() -> Mode:
    """Return the theme the reader's browser shows."""
    return "dark" if st.context.theme.type == "dark" else "light"


def palette() -> Palette:
    """Return the data colours of the theme the reader's browser shows."""
    return PALETTES[mode()]


def apply_style() -> None:
    """Put the page's style sheet on the page."""
    sheet = (files("dashboard") / "theme.css").read_text(encoding="utf-8")
    st.html(f"<style>{sheet}</style>")
