"""Maps as pictures: scale bar, north arrow and legend are part of them."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Final

from dashboard.briefing.formats import PAPER_PPI
from dashboard.briefing.page import Made
from dashboard.briefing.press import press
from dashboard.briefing.report import Plate
from geo.words import language

LEGEND_SHARE: Final = 0.0165
"""Size of a legend's text, of the map's width."""

SMALLEST_PT, LARGEST_PT = 6.0, 11.0
PT_PER_MM: Final = 72 / 25.4


@dataclass(frozen=True)
class Drawn:
    """A picture.

    Attributes
    ----------
    png
        Its bytes.
    wide, high
        Its size at the map's own scale, points.
    alt
        What it shows, for those who do not see it.
    """

    png: bytes
    wide: float
    high: float
    alt: str


def drawn(plate: Plate, made: Made) -> Drawn:
    """Draw a map with its legends.

    Raises
    ------
    WanggeError
        If no Chinese font is installed, or Typst refuses.
    """
    wide = plate.map["width"] * PT_PER_MM
    text = min(max(wide * LEGEND_SHARE, SMALLEST_PT), LARGEST_PT)
    document = {
        "title": plate.title,
        "author": "",
        "lang": language(),
        "form": {"text": text},
        "map": plate.map,
        "legends": list(plate.legends),
    }
    png = press(document, made.at, "png", PAPER_PPI, template="plate")
    pixels = struct.unpack(">II", png[16:24])
    return Drawn(png, wide, wide * pixels[1] / pixels[0], _alt(plate))


def _alt(plate: Plate) -> str:
    titles = [one["title"] for one in plate.legends if one["title"]]
    said = [plate.title, str(plate.map.get("alt", "")), *titles]
    return " · ".join(dict.fromkeys(text for text in said if text))
