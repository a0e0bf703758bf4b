"""Times of one kind, and what is told of them."""

from __future__ import annotations

import math
import statistics
from dataclasses import dataclass


@dataclass(frozen=True)
class Series:
    """Times of one kind, milliseconds."""

    times_ms: list[float]

    @property
    def p50(self) -> float:
        """The median."""
        return statistics.median(self.times_ms)

    def below(self, share: float) -> float:
        """Return the time that this share of all stays at or under."""
        ordered = sorted(self.times_ms)
        return ordered[min(len(ordered) - 1, math.ceil(share * len(ordered)) - 1)]
