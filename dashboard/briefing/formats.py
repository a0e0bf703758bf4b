"""The sizes a briefing comes in, and how each divides its page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from geo.errors import N_, RequestError

Arrangement = Literal["across", "upright", "phone", "wall"]
Ending = Literal["png", "pdf", "pptx", "docx", "zip"]

MM_PER_PT: Final = 25.4 / 72
GAP_PT: Final = 8.0
"""Between the parts of a page; `brief.typ` sets the same."""

PEN_SHARE: Final = 0.1
"""Weight of a map's borders (1 on a sheet held in the hand) for each point of running text."""

SCREEN_PPI, SHARP_PPI, PAPER_PPI = 144.0, 288.0, 200.0


@dataclass(frozen=True)
class Format:
    """A page, points; what is left beside or below the map goes to the words.

    Attributes
    ----------
    key
        As in addresses and on the command line.
    label
        Message id of its name.
    arrange
        Which arrangement of `brief.typ`.
    usual
        The kind of file it is made for.
    ppi
        Of its picture: ``width * ppi / 72`` pixels wide.
    text
        Size of running text.
    header, strip, legend, footer
        Heights.
    map_w, map_h
        The map.
    round_scale
        Whether the map keeps to a round scale: on paper, where people measure.
    """

    key: str
    label: str
    arrange: Arrangement
    usual: Ending
    ppi: float
    width: float
    height: float
    margin: float
    text: float
    header: float
    strip: float
    legend: float
    footer: float
    map_w: float
    map_h: float
    round_scale: bool = False

    @property
    def panel(self) -> tuple[float, float]:
        """Width and height of what is left for the words."""
        inner_w, inner_h = self.width - 2 * self.margin, self.height - 2 * self.margin
        if self.arrange in ("across", "wall"):
            taken = self.header + self.footer + 2 * GAP_PT
            taken += self.strip + GAP_PT if self.strip else 0.0
            return inner_w - self.map_w - 2 * GAP_PT, inner_h - taken
        taken = self.header + self.strip + self.map_h + self.legend + self.footer
        return inner_w, inner_h - taken - 5 * GAP_PT

    @property
    def map_mm(self) -> tuple[float, float]:
        """Width and height of the map, millimetres."""
        return self.map_w * MM_PER_PT, self.map_h * MM_PER_PT


def _slide(key: str, label: str, ppi: float) -> Format:
    return Format(
        *(key, label, "across", "png", ppi),
        width=960.0,
        height=540.0,
        margin=20.0,
        text=11.5,
        header=48.0,
        strip=60.0,
        legend=44.0,
        footer=26.0,
        map_w=540.0,
        map_h=294.0,
    )


def _a_across(key: str, label: str, factor: float) -> Format:
    return Format(
        *(key, label, "across", "pdf", PAPER_PPI),
        width=841.89 * factor,
        height=595.28 * factor,
        margin=28.0 * factor,
        text=8.5 * factor,
        header=46.0 * factor,
        strip=54.0 * factor,
        legend=46.0 * factor,
        footer=26.0 * factor,
        map_w=470.0 * factor,
        map_h=338.0 * factor,
        round_scale=True,
    )


def _a_upright(key: str, label: str, factor: float) -> Format:
    return Format(
        *(key, label, "upright", "pdf", PAPER_PPI),
        width=595.28 * factor,
        height=841.89 * factor,
        margin=28.0 * factor,
        text=8.5 * factor,
        header=50.0 * factor,
        strip=54.0 * factor,
        legend=40.0 * factor,
        footer=26.0 * factor,
        map_w=539.28 * factor,
        map_h=370.0 * factor,
        round_scale=True,
    )


def _wall(key: str, label: str, width_mm: float, height_mm: float) -> Format:
    width, height = width_mm / MM_PER_PT, height_mm / MM_PER_PT
    margin, header, footer = width * 0.015, width * 0.036, width * 0.016
    panel = width * 0.19
    return Format(
        *(key, label, "wall", "pdf", 60.0),
        width=width,
        height=height,
        margin=margin,
        text=width / 150,
        header=header,
        strip=0.0,
        legend=0.0,
        footer=footer,
        map_w=width - 2 * margin - panel - 2 * GAP_PT,
        map_h=height - 2 * margin - header - footer - 2 * GAP_PT,
        round_scale=True,
    )


_SQRT2: Final = 2**0.5

VIEW_FORMATS: Final = {
    made.key: made
    for made in (
        _slide("slide", N_("Slide 16:9, 1920 × 1080"), SCREEN_PPI),
        _slide("slide4k", N_("Slide 16:9, 3840 × 2160"), SHARP_PPI),
        _a_across("a4", N_("A4 landscape"), 1.0),
        _a_upright("a4p", N_("A4 portrait"), 1.0),
        _a_across("a3", N_("A3 landscape"), _SQRT2),
        _a_upright("a3p", N_("A3 portrait"), _SQRT2),
        Format(
            *("phone", N_("Tall picture for chat groups, 1080 × 1920"), "phone", "png"),
            ppi=SCREEN_PPI,
            width=540.0,
            height=960.0,
            margin=20.0,
            text=15.0,
            header=76.0,
            strip=112.0,
            legend=66.0,
            footer=34.0,
            map_w=500.0,
            map_h=310.0,
        ),
    )
}
"""Of a view, by key."""

WALL_FORMATS: Final = {
    made.key: made
    for made in (
        _wall("a1", N_("A1 landscape"), 841.0, 594.0),
        _wall("a0", N_("A0 landscape"), 1189.0, 841.0),
    )
}
"""Of a wall map, by key."""

REPORT_FORMATS: Final = {
    "a4p": Format(
        *("a4p", N_("A4 portrait"), "upright", "pdf", PAPER_PPI),
        width=595.28,
        height=841.89,
        margin=42.0,
        text=9.0,
        header=18.0,
        strip=0.0,
        legend=0.0,
        footer=26.0,
        map_w=511.28,
        map_h=330.0,
        round_scale=True,
    ),
}
"""Of a report that runs over several pages, by key; the map is its largest one."""

SHEET_FORMATS: Final = {
    made.key: made
    for made in (
        Format(
            *("a4p", N_("A4 portrait"), "upright", "pdf", PAPER_PPI),
            width=595.28,
            height=841.89,
            margin=28.0,
            text=8.5,
            header=46.0,
            strip=106.0,
            legend=32.0,
            footer=24.0,
            map_w=539.28,
            map_h=358.0,
            round_scale=True,
        ),
        Format(
            *("a4", N_("A4 landscape"), "across", "pdf", PAPER_PPI),
            width=841.89,
            height=595.28,
            margin=28.0,
            text=8.5,
            header=42.0,
            strip=0.0,
            legend=32.0,
            footer=24.0,
            map_w=422.0,
            map_h=421.0,
            round_scale=True,
        ),
        Format(
            *("a3p", N_("A3 portrait"), "upright", "pdf", PAPER_PPI),
            width=841.89,
            height=1190.55,
            margin=34.0,
            text=10.0,
            header=54.0,
            strip=124.0,
            legend=36.0,
            footer=28.0,
            map_w=773.89,
            map_h=590.0,
            round_scale=True,
        ),
        Format(
            *("a3", N_("A3 landscape"), "across", "pdf", PAPER_PPI),
            width=1190.55,
            height=841.89,
            margin=34.0,
            text=10.0,
            header=50.0,
            strip=0.0,
            legend=36.0,
            footer=28.0,
            map_w=776.0,
            map_h=639.0,
            round_scale=True,
        ),
    )
}
"""Of the sheet of a grid, by key; what is left beside or below the map is its table's."""


def format_of(known: Mapping[str, Format], key: str) -> Format:
    """Return the format with a key.

    Raises
    ------
    RequestError
        If there is none.
    """
    if key not in known:
        raise RequestError(
            N_("There is no page size “{size}”. There are: {sizes}."),
            size=key[:40],
            sizes=", ".join(known),
        )
    return known[key]
