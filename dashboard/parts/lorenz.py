"""Lorenz curves: how much of everything the least loaded part of all carries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

from dashboard.parts.base import mount


@dataclass(frozen=True)
class Curve:
    """One curve: points from (0, 0) to (1, 1)."""

    label: str
    color: str
    points: tuple[tuple[float, float], ...]


def lorenz(curves: Sequence[Curve], axes: Mapping[str, str]) -> None:
    """Draw the curves over the diagonal of equal shares.

    Parameters
    ----------
    axes
        What ``x``, ``y`` and the ``even`` diagonal are called.
    """
    mount("lorenz", {"curves": [asdict(curve) for curve in curves], "axes": dict(axes)}, "lorenz")
