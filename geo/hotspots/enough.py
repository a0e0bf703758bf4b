"""Whether there is enough to test."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from geo.errors import N_

MIN_CASES = 30
MIN_AREAS = 30

SHORTAGES = {
    "areas": N_("Only {areas} areas have data; at least {least} are needed."),
    "cases": N_("Only {cases} tickets; at least {least} are needed."),
    "steps": N_("Only {areas} steps in time; at least {least} are needed."),
    "constant": N_("All areas have the same value, so none stands out."),
}
"""Why nothing can be tested."""


@dataclass(frozen=True)
class Shortage:
    """Why there is too little to test.

    Attributes
    ----------
    reason
        Key of `SHORTAGES`.
    areas, cases
        What there is.
    least
        What is needed of it.
    """

    reason: str
    areas: int
    cases: int
    least: int

    @property
    def message_id(self) -> str:
        """The sentence, with places for `params`."""
        return SHORTAGES[self.reason]

    @property
    def params(self) -> dict[str, int]:
        """Numbers for the sentence."""
        return {"areas": self.areas, "cases": self.cases, "least": self.least}


def shortage(values: npt.ArrayLike) -> Shortage | None:
    """Say whether counts are too few to test, and why; None if they suffice."""
    given = np.asarray(values, dtype=np.float64)
    known = given[np.isfinite(given)]
    areas, cases = len(known), int(known.sum())
    if areas < MIN_AREAS:
        return Shortage("areas", areas, cases, MIN_AREAS)
    if cases < MIN_CASES:
        return Shortage("cases", areas, cases, MIN_CASES)
    if known.min() == known.max():
        return Shortage("constant", areas, cases, MIN_AREAS)
    return None
