"""Which tickets a question is about, and what was left out and why."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from geo.cases import Cases
from geo.spots import Describer, Find, Spot, top_addresses
from geo.studies.question import AreaFigures, Question, Study

Floats = npt.NDArray[np.float64]
Positions = npt.NDArray[np.int64]

Told = Callable[[float], None]
"""Told the share that is done, 0 to 1; may raise to stop."""

TOP = 10
"""Addresses told whatever was found."""

SURE = 0.05
"""What is told as found is an accident at most so often, after the correction."""


@dataclass(frozen=True)
class Group:
    """Tickets that are tested together.

    Attributes
    ----------
    code
        Their class; empty for all that were asked for.
    tickets
        Positions in the cases.
    """

    code: str
    tickets: Positions


@dataclass
class Asked:
    """A question with its tickets, and a note of every count and decision on the way.

    Attributes
    ----------
    cases
        Only the tickets that count.
    told
        See `geo.studies.question.Study`.
    """

    question: Question
    cases: Cases
    told: dict[str, Any] = field(default_factory=dict)

    @cached_property
    def describer(self) -> Describer:
        """Says of places what they are near and consist of."""
        return Describer(self.cases, self.question.start, self.question.stop)

    def groups(self, least: int) -> list[Group]:
        """Return the tickets to be tested together: each class with at least `least`, or all."""
        codes = self.cases.tickets["class_code"].to_numpy(object)
        if not self.question.each:
            return [Group("", np.arange(len(codes)))]
        known, at = np.unique(codes.astype(str), return_inverse=True)
        size = np.bincount(at, minlength=len(known))
        self.told["classes"] = int((size >= least).sum())
        self.told["classes_too_few"] = int((size < least).sum())
        return [
            Group(str(known[one]), np.flatnonzero(at == one))
            for one in np.flatnonzero(size >= least)
        ]

    def study(
        self,
        found: list[Find],
        *,
        areas: AreaFigures | None = None,
        shortage: str = "",
        steps: tuple[int, ...] = (),
        more: dict[str, Any] | None = None,
    ) -> Study:
        """Make the answer; what was found is described in the order given."""
        spots: tuple[Spot, ...] = self.describer.spots(found) if found else ()
        return Study(
            question=self.question,
            told=self.told,
            spots=spots,
            areas=areas,
            shortage=shortage,
            addresses=top_addresses(self.cases, None, TOP),
            steps=steps,
            more=more or {},
        )


def take_in(cases: Cases, question: Question, *, calls: bool = False) -> Asked:
    """Choose the tickets of a question.

    Parameters
    ----------
    calls
        Whether repeats count whatever the question says.
    """
    chosen = cases.between(question.start, question.stop).of_classes(question.classes)
    told: dict[str, Any] = {"calls": len(chosen.tickets), "unplaced": len(chosen.unplaced)}
    if not (question.repeats or calls):
        first = chosen.first_reports()
        told["repeats"] = len(chosen.tickets) - len(first.tickets)
        chosen = first
    told["tickets"] = len(chosen.tickets)
    return Asked(question, chosen, told)
