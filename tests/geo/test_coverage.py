"""Reach of services, and how often a visit is due."""

from __future__ import annotations

import numpy as np

from geo.coverage import nearest_m, within_reach
from geo.norms import NORMS
from geo.workload import visit_days

HOMES = np.array([[0.0, 0.0], [300.0, 400.0], [1000.0, 0.0]])


def test_the_nearest_service_counts() -> None:
    services = np.array([[0.0, 0.0], [900.0, 0.0]])
    assert nearest_m(HOMES, services).tolist() == [0, 500, 100]


def test_no_service_is_out_of_reach() -> None:
    assert np.isinf(nearest_m(HOMES, np.empty((0, 2)))).all()
    assert not within_reach(HOMES, np.empty((0, 2)), reach_m=500, detour=1.3).any()
    assert nearest_m(np.empty((0, 2)), HOMES).size == 0


def test_the_detour_shortens_the_reach() -> None:
    service = np.array([[0.0, 0.0]])
    assert within_reach(HOMES, service, reach_m=500, detour=1.0).tolist() == [True, True, False]
    assert within_reach(HOMES, service, reach_m=500, detour=1.3).tolist() == [True, False, False]


def test_the_most_urgent_member_sets_the_interval() -> None:
    care = {
        "high_risk": np.array([0, 1, 0, 0]),
        "key": np.array([0, 1, 2, 0]),
        "general": np.array([0, 0, 1, 1]),
    }
    assert visit_days(care, NORMS).tolist() == [365, 7, 30, 90]
