"""What a score is made of: one bar a term, to the right what it adds, to the left what it takes."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from dashboard.parts.base import mount


@dataclass(frozen=True)
class Part:
    """One term.

    Attributes
    ----------
    value
        As measured, with its unit.
    part, text
        What it adds to the score, and how that is written.
    weight
        Its weight, in per cent.
    """

    label: str
    value: str
    part: float
    text: str
    weight: str


@dataclass(frozen=True)
class Breakdown:
    """The terms of one score.

    Attributes
    ----------
    head
        Of the columns: term, measured value, weight, part.
    total
        What the sum is called, and the sum as written.
    colors
        Of what adds and of what takes away.
    """

    head: tuple[str, str, str, str]
    parts: tuple[Part, ...]
    total: tuple[str, str]
    colors: tuple[str, str]


def breakdown(shown: Breakdown) -> None:
    """Draw the bars."""
    top = max((abs(one.part) for one in shown.parts), default=0.0) or 1.0
    mount("breakdown", {**asdict(shown), "max": top}, "breakdown")
