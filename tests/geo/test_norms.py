"""Norms: verdicts, gaps, and what an office changed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from geo.norms import NORMS, Norm, in_force
from geo.schema import CARE_CLASSES

RATIOS = {"polsby_popper", "reock"}
"""Norms of ratios, which have no unit."""


def test_every_norm_has_a_bound_a_unit_and_a_source() -> None:
    for key, norm in NORMS.items():
        assert norm.key == key
        assert norm.low is not None or norm.high is not None
        assert bool(norm.unit) != (key in RATIOS)
        assert norm.source
        assert norm.low is None or norm.high is None or norm.low <= norm.high


@pytest.mark.parametrize(
    ("households", "verdict", "gap"),
    [(299, "below", -1), (300, "within", 0), (500, "within", 0), (1483, "above", 983)],
)
def test_a_grid_against_its_norm(households: int, verdict: str, gap: int) -> None:
    norm = NORMS["grid_households"]
    assert norm.verdict(households) == verdict
    assert norm.gap(households) == gap


def test_one_sided_norms() -> None:
    assert NORMS["visits_per_month"].verdict(1_000_000) == "within"
    assert NORMS["household_visit_days"].verdict(0) == "within"
    assert NORMS["household_visit_days"].verdict(366) == "above"


def test_the_single_number_of_a_norm() -> None:
    assert NORMS["detour"].value == 1.3
    assert NORMS["elderly_service_reach_m"].value == 500
    with pytest.raises(ValueError, match="neither"):
        _ = Norm("x", "x", None, None, "m", "x").value


def test_every_care_class_has_an_interval() -> None:
    days = [NORMS[f"visit_days_{name}"].value for name in CARE_CLASSES]
    assert days == [7, 30, 90]


def test_an_offices_norm_replaces_the_default() -> None:
    own = replace(NORMS["grid_households"], low=200)
    assert in_force({"grid_households": own})["grid_households"].low == 200
    assert in_force()["grid_households"].low == 300
