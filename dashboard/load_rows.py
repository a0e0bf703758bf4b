"""The load in words and rows: who carries most, what each score is made of, how evenly it lies."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from dashboard import figures, norm_lines, theme, wording
from dashboard.parts.breakdown import Breakdown, Part
from dashboard.parts.lorenz import Curve
from dashboard.parts.table import AreaTable, Column, TableCell, TableRow
from dashboard.services.overview import Area, Picture
from dashboard.services.weighing import Person
from dashboard.state import SCORE
from geo import composite
from geo.composite import CUT, DRAWS, TOP, Composite, Method, RankRange
from geo.errors import N_
from geo.indicators import INDICATORS
from geo.norms import WORKLOAD_TERMS
from geo.words import _, language
from geo.workload import SMALL_SAMPLE, Balance, balance, lorenz

Floats = npt.NDArray[np.float64]

SEED: Final = 2008
"""Of the sampled weights: the same page shows the same ranges."""

MEASURED: Final = (
    "workload_hours",
    "hours_per_worker",
    "households",
    "care_high_risk",
    "care_key",
    "care_general",
    "rented_share",
    "tickets_proactive",
    "tickets_received",
    "repeat_addresses",
    "tickets_open",
    "tickets_overdue",
    "visits_due",
    "round_m",
)
"""What is measured and shown by itself, whether it is a term of the composite load or not."""

SCALE_NAMES: Final = {
    "z": N_("Standard deviations"),
    "z_cut": N_("Standard deviations, ends drawn in"),
    "ratio": N_("Ratio to the mean"),
    "ratio_cut": N_("Ratio to the mean, ends drawn in"),
}
"""The words of `dashboard.state.SCALES`."""

_WORDS: Final = (
    (0.1, N_("evenly shared"), "good"),
    (0.2, N_("fairly even"), ""),
    (0.5, N_("unevenly shared"), "warn"),
    (np.inf, N_("very unevenly shared"), "bad"),
)
"""Coefficients of variation up to which something is called so. Ours: a good plan reaches 0.1."""


@dataclass(frozen=True)
class Load:
    """The composite load of the areas of a picture.

    Attributes
    ----------
    found
        In the order of the picture's areas.
    """

    picture: Picture
    found: Composite

    @cached_property
    def ranges(self) -> RankRange:
        """How the ranks move with the weights."""
        return composite.rank_ranges(self.found, seed=SEED)

    @cached_property
    def order(self) -> list[Area]:
        """The areas with a score, the most loaded first."""
        return [self.picture.areas[place] for place in composite.heaviest(self.found)]

    def place(self, area: Area) -> int:
        """Return the position of an area."""
        return self.picture.areas.index(area)

    def score(self, area: Area) -> float | None:
        """Return the score of an area; None without any term."""
        score = float(self.found.score[self.place(area)])
        return score if figures.known(score) else None


def _values(picture: Picture, key: str) -> Floats:
    """Return a term of the areas; NaN where it is unknown, or stands on too few cases."""
    found = picture.values(key)
    known = [found[area.id] for area in picture.areas]
    return np.array([np.nan if one is None else one for one in known], dtype=np.float64)


def load(picture: Picture, scale: str = "z") -> Load:
    """Add up the composite load of a picture's areas.

    Parameters
    ----------
    scale
        One of `dashboard.state.SCALES`.
    """
    terms = {key: _values(picture, key) for key in WORKLOAD_TERMS}
    weights = {key: picture.norms[f"weight_{key}"].value for key in WORKLOAD_TERMS}
    method: Method = "ratio" if scale.startswith("ratio") else "z"
    cut = CUT if scale.endswith("cut") else 0.0
    return Load(picture, composite.composite(terms, weights, method=method, cut=cut))


def choices() -> dict[str, str]:
    """Return what the map can be coloured by."""
    return {SCORE: _("Composite load"), **{key: _(INDICATORS[key].label) for key in MEASURED}}


# -------------------------------------------------------------------------------------- numbers


def score_text(score: float | None) -> str:
    """Write a score or a part of one, with its sign; 0 is the mean."""
    if not figures.known(score):
        return figures.MISSING
    rounded = round(score, 2)
    sign = figures.RISE if rounded > 0 else figures.FALL if rounded < 0 else ""
    return sign + figures.decimal(abs(rounded), 2)


def rank_text(ranges: RankRange, place: int) -> str:
    """Write the ranks 90 % of the sampled weights give."""
    low, high = int(ranges.low[place]), int(ranges.high[place])
    if not high:
        return figures.MISSING
    return str(low) if low == high else f"{low}–{high}"


def name(area: Area) -> str:
    """Return what an area is called, for Markdown."""
    return wording.plain(area.label)


def tip(made: Load, area: Area) -> str:
    """Write an area's score and its range of ranks, for hovering."""
    score = _("{label}: {text}", label=_("Composite load"), text=score_text(made.score(area)))
    ranks = rank_text(made.ranges, made.place(area))
    return _("{score} · rank {ranks}", score=score, ranks=ranks)


def _join(sentences: Sequence[str]) -> str:
    return ("" if language() == "zh" else " ").join(one for one in sentences if one)


# -------------------------------------------------------------------------------------- verdicts


def verdict(made: Load) -> str:
    """Say which area carries most, and how sure that is."""
    if not made.order:
        return ""
    area, found, ranges = made.order[0], made.found, made.ranges
    place = made.place(area)
    largest = np.argsort(-found.parts[place], kind="stable")[:2]
    parts = [
        _("{term} {part}", term=_(INDICATORS[found.keys[n]].label), part=score_text(one))
        for n in largest.tolist()
        for one in [float(found.parts[place, n])]
        if one > 0
    ]
    words = {
        "name": name(area),
        "score": score_text(float(found.score[place])),
        "ranks": rank_text(ranges, place),
    }
    sentences = [_("**{name}** carries most: **{score}** (0 is the mean), rank {ranks}.", **words)]
    if parts:
        sentences.append(
            _("Most of it: {parts}.", parts=("、" if language() == "zh" else ", ").join(parts))
        )
    return _join(sentences)


def how_even(found: Balance) -> tuple[str, str]:
    """Call a balance by a word, with its tone."""
    return next((_(word), tone) for limit, word, tone in _WORDS if found.cv <= limit)


def told(made: Load) -> str:
    """Say what does not count, or only by half; empty where everything does."""
    found, separator = made.found, "、" if language() == "zh" else ", "

    def names(keys: Sequence[str]) -> str:
        return separator.join(_(INDICATORS[key].label) for key in keys)

    sentences = []
    if found.absent:
        sentences.append(_("Left out, no data: {terms}.", terms=names(found.absent)))
    if found.unweighed:
        sentences.append(_("Left out, weight 0: {terms}.", terms=names(found.unweighed)))
    if missing := int(found.unknown.sum()):
        sentences.append(_("{n} missing values count as the mean.", n=figures.integer(missing)))
    return _join(sentences)


def sampling_text() -> str:
    """Say where the ranges of ranks come from."""
    return _(
        "Ranks: 90% of {draws} draws of weights that vary by a quarter around those set. Top {n}: "
        "how often an area is among the first {n}.",
        draws=figures.integer(DRAWS),
        n=TOP,
    )


# ---------------------------------------------------------------------------------------- tables


def table(made: Load) -> AreaTable:
    """Set the areas against their score, its range of ranks, and every measured term."""
    picture = made.picture
    heads = [
        Column(_("Grid") if picture.of_grids else _("Community")),
        Column(_("Load"), _("Composite load; 0 is the mean")),
        Column(_("Rank"), sampling_text()),
        Column(_("Top {n}", n=TOP), sampling_text()),
    ]
    heads += [Column(_(INDICATORS[key].label), _(INDICATORS[key].formula)) for key in MEASURED]
    rows = [_row(made, place, area) for place, area in enumerate(picture.areas)]
    return AreaTable(tuple(heads), tuple(rows), sort=1)


def _row(made: Load, place: int, area: Area) -> TableRow:
    score, ranges = float(made.found.score[place]), made.ranges
    known = score if figures.known(score) else None
    top = float(ranges.top[place])
    cells = [
        TableCell(area.label),
        TableCell(score_text(score), known),
        # A small rank sorts like a large load.
        TableCell(rank_text(ranges, place), None if known is None else -float(ranges.low[place])),
        TableCell(figures.whole_share(top, 1.0) if known is not None else figures.MISSING, top),
        *(_cell(made.picture, key, area) for key in MEASURED),
    ]
    return TableRow(area.code, tuple(cells))


def _cell(picture: Picture, key: str, area: Area) -> TableCell:
    figure = picture.figure(key, area.id)
    if picture.too_few(key, figure):
        return TableCell(_("too few"), None, "muted")
    value = figure.value if figures.known(figure.value) else None
    return TableCell(wording.number(key, value), value)


def breakdown(made: Load, area: Area) -> Breakdown:
    """Take the score of an area apart: what each term adds or takes away."""
    place, found = made.place(area), made.found
    parts = [
        Part(
            label=_(INDICATORS[key].label),
            value=_("unknown")
            if found.unknown[place, n]
            else wording.with_unit(key, made.picture.figure(key, area.id).value),
            part=float(found.parts[place, n]),
            text=score_text(float(found.parts[place, n])),
            weight=f"{figures.plain(round(100 * float(found.weights[n]), 1))}%",
        )
        for n, key in enumerate(found.keys)
    ]
    parts.sort(key=lambda one: -one.part)
    total = float(found.score[place])
    palette = theme.palette()
    return Breakdown(
        head=(_("Term"), _("Measured"), _("Weight"), _("Part")),
        parts=tuple(parts),
        total=(_("Composite load"), score_text(total)),
        colors=(palette.norm[3], palette.plain_bar),
    )


# --------------------------------------------------------------------------------------- balance


@dataclass(frozen=True)
class Shared:
    """Something that is shared out, and among whom."""

    title: str
    unit: str
    shares: Floats

    @property
    def balance(self) -> Balance:
        """How evenly."""
        return balance(self.shares, small_sample=len(self.shares) < SMALL_SAMPLE)


def shared(picture: Picture, people: Sequence[Person]) -> list[Shared]:
    """Return what is shared out: households and hours over grids, households over workers.

    Parameters
    ----------
    picture
        Of grids.
    """
    found = [
        _shared(_("Households over grids"), "households", _values(picture, "households")),
        _shared(_("Hours over grids"), "hours", _values(picture, "workload_hours")),
    ]
    norm = picture.norms["worker_households"]
    held = [one.gauge.value for one in norm_lines.held(picture, people, norm)]
    found.append(_shared(_("Households over workers"), "households", np.array(held)))
    return [one for one in found if len(one.shares)]


def _shared(title: str, unit: str, values: Floats) -> Shared:
    return Shared(title, _(unit), values[~np.isnan(values)].astype(np.float64))


def _balance_sentence(one: Shared) -> str:
    found = one.balance
    word, _tone = how_even(found)
    return _(
        "**{what}: {word}.** The largest is {peak}× the mean ({high} ÷ {mean}); CV {cv}, Gini "
        "{gini}. For all to be equal, {moves} {unit} ({share}) would have to move.",
        what=one.title,
        word=word,
        peak=figures.decimal(found.peak),
        high=figures.integer(found.high),
        mean=figures.integer(found.mean),
        cv=figures.decimal(found.cv, 2),
        gini=figures.decimal(found.gini, 2),
        moves=figures.integer(found.moves),
        unit=one.unit,
        share=figures.share(found.hoover, 1.0),
    )


def balance_sentences(found: Sequence[Shared]) -> list[str]:
    """Say of each how evenly it is shared out, with the arithmetic."""
    return [_balance_sentence(one) for one in found if one.balance.mean > 0]


def balance_frame(found: Sequence[Shared]) -> pd.DataFrame:
    """Set the measures of balance side by side."""
    rows: list[tuple[str, list[str]]] = [
        (_("How many"), [figures.integer(one.balance.count) for one in found]),
        (
            _("Smallest–largest"),
            [
                f"{figures.integer(one.balance.low)}–{figures.integer(one.balance.high)}"
                for one in found
            ],
        ),
        (_("Mean"), [figures.integer(one.balance.mean) for one in found]),
        (_("Coefficient of variation"), [figures.decimal(one.balance.cv, 2) for one in found]),
        (_("Gini"), [figures.decimal(one.balance.gini, 2) for one in found]),
        (_("Largest ÷ mean"), [figures.decimal(one.balance.peak, 2) for one in found]),
        (_("Within ±10%"), [figures.whole_share(one.balance.within_10, 1.0) for one in found]),
        (_("Within ±20%"), [figures.whole_share(one.balance.within_20, 1.0) for one in found]),
        (_("Would have to move"), [figures.integer(one.balance.moves) for one in found]),
    ]
    columns = [_("Measure"), *(one.title for one in found)]
    return pd.DataFrame([(name, *values) for name, values in rows], columns=columns)


def curves(found: Sequence[Shared]) -> list[Curve]:
    """Draw the Lorenz curve of each."""
    palette = theme.palette()
    colors = (palette.plain_bar, palette.norm[4], palette.tickets["closed"])
    return [
        Curve(one.title, color, tuple((float(x), float(y)) for x, y in lorenz(one.shares)))
        for one, color in zip(found, colors, strict=False)
    ]


def curve_axes() -> Mapping[str, str]:
    """Return what the axes of the Lorenz curves are called."""
    return {
        "x": _("Least loaded part of all"),
        "y": _("What it carries"),
        "even": _("All equal"),
    }
