"""The handbook of indicators: every entry of the registry in words, as a page of documentation."""

from __future__ import annotations

from collections.abc import Iterator

from geo.errors import N_
from geo.indicators import INDICATORS, Indicator
from geo.norms import NORMS
from geo.words import _

DIRECTIONS = {
    "up_good": N_("more is better"),
    "down_good": N_("less is better"),
    "norm": N_("good within the norm"),
    "neutral": N_("neither good nor bad"),
}
TIMINGS = {"snapshot": N_("As things stand"), "period": N_("In the period")}


def page() -> str:
    """Write the handbook as Markdown, in the language of this context."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    few = NORMS["small_denominator"]
    yield "# " + _("Handbook of indicators")
    yield ""
    yield _(
        "Made from the registry (`geo/indicators.py`) by `scripts/handbook.py`. Numerators and "
        "denominators of grids add up to those of the community, and those to the street; values "
        "follow from the sums. A missing value is a dash, never 0; a rate or share whose "
        "denominator is below the norm “{norm}” ({n}) says “too few cases” instead.",
        norm=_(few.label),
        n=f"{few.value:g}",
    )
    for entry in INDICATORS.values():
        yield ""
        yield "## " + _(entry.label)
        yield ""
        yield from (f"- **{name}**: {text}" for name, text in _facts(entry))


def _facts(entry: Indicator) -> Iterator[tuple[str, str]]:
    yield _("Key"), f"`{entry.key}`"
    yield _("Formula"), _(entry.formula)
    yield _("Numerator"), _(entry.numerator)
    yield _("Denominator"), _(entry.denominator) if entry.denominator else _("none: a count")
    yield _("Unit of measure"), _(entry.unit) if entry.unit != "%" else "%"
    timing, direction = TIMINGS[entry.timing], DIRECTIONS[entry.direction]
    yield _("When"), _(timing)
    yield _("Reading"), _(direction)
    if entry.norm:
        norm = NORMS[entry.norm]
        yield _("Norm"), _(norm.label)
    yield _("Source"), _(entry.source)
    yield _("Version"), str(entry.version)
    yield _("Edge cases"), _(entry.edges)
