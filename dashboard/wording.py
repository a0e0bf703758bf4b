"""Names and figures in words: what an indicator, area or building is called on the page."""

from __future__ import annotations

import re
from collections.abc import Mapping

from dashboard import figures
from dashboard.services.overview import UNKNOWN, Figure, Picture
from geo.indicators import INDICATORS
from geo.words import _

_MARKDOWN = re.compile(r"([\\`*_{}\[\]<>()#+\-.!|~:$])")


def plain(text: str) -> str:
    """Make a name from the data harmless in Markdown."""
    return _MARKDOWN.sub(r"\\\1", text)


def word(words: Mapping[str, str], key: str) -> str:
    """Return what a key of `geo.schema` is called."""
    return _(words[key])


def number(indicator: str, value: float | None) -> str:
    """Write an indicator's value without its unit."""
    entry = INDICATORS[indicator]
    if entry.decimals:
        return figures.decimal(value, entry.decimals)
    return figures.integer(value)


def unit(indicator: str) -> str:
    """Return an indicator's unit, short: ``households`` or ``%``."""
    entry = INDICATORS[indicator]
    return _(entry.unit) if entry.unit != "%" else "%"


def with_unit(indicator: str, value: float | None) -> str:
    """Write an indicator's value with its unit; a missing one stays a dash."""
    text = number(indicator, value)
    if text == figures.MISSING:
        return text
    return f"{text}%" if unit(indicator) == "%" else _("{n} {unit}", n=text, unit=unit(indicator))


def shown(picture: Picture, indicator: str, figure: Figure = UNKNOWN) -> str:
    """Write a figure with its unit, or say that too few cases stand behind it."""
    if picture.too_few(indicator, figure):
        return _("Too few cases")
    return with_unit(indicator, figure.value)


def shown_short(picture: Picture, indicator: str, figure: Figure = UNKNOWN) -> str:
    """Write a figure as short as a map label wants it: rates without their long unit."""
    if picture.too_few(indicator, figure):
        return _("Too few cases")
    if INDICATORS[indicator].kind == "rate":
        return _("{n} per 1,000", n=number(indicator, figure.value))
    return with_unit(indicator, figure.value)


def too_few(picture: Picture, figure: Figure) -> str:
    """Say that too few cases stand behind a ratio, and how many there are."""
    return _(
        "Too few cases (denominator < {limit}). {n} in all.",
        limit=figures.plain(picture.norms["small_denominator"].value),
        n=figures.integer(figure.numerator),
    )


def building(compound: str, number_: str, name: str = "") -> str:
    """Return what a building is called: its compound and number, else its name."""
    if number_:
        return _("{compound} building {number}", compound=compound, number=number_).strip()
    return name or compound or _("Building without a number")


def areas_noun(picture: Picture) -> str:
    """Return what the areas are called in a heading."""
    n = figures.integer(len(picture.areas))
    return _("{n} grids", n=n) if picture.of_grids else _("{n} communities", n=n)
