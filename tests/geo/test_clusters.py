"""Clusters of several classes: told with the chance that any of the scans shows one so strong."""

from __future__ import annotations

import numpy as np
import pytest

from geo.scan import Scan, poisson
from geo.studies import clusters

R = 99


def _noise(seed: int, *, simulations: int = R) -> Scan:
    rng = np.random.default_rng(seed)
    xy = rng.uniform(0, 500, (40, 2))
    people = rng.integers(20, 200, 40).astype(float)
    cases = rng.multinomial(200, people / people.sum()).astype(float)
    return poisson(cases, people, xy, max_radius_m=150, simulations=simulations, seed=seed)


def test_one_scan_alone_needs_no_correction() -> None:
    found = _noise(1)
    (corrected,) = clusters._corrected([found])
    assert corrected == pytest.approx([one.p for one in found.clusters])


def test_several_scans_count_against_the_strongest_of_each_period() -> None:
    scans = [_noise(seed) for seed in (2, 3, 4)]
    corrected = clusters._corrected(scans)
    for found, rows in zip(scans, corrected, strict=True):
        assert len(rows) == len(found.clusters)
        for one, q in zip(found.clusters, rows, strict=True):
            as_strong = 0
            for period in range(R):
                strongest = max(
                    (each.maxima[period] - each.maxima.mean()) / each.maxima.std() for each in scans
                )
                own = (one.llr - found.maxima.mean()) / found.maxima.std()
                as_strong += bool(strongest >= own - 1e-9)
            assert q == pytest.approx((1 + as_strong) / (R + 1))
            assert q >= one.p - 1e-12


def test_of_many_classes_of_noise_few_periods_show_a_cluster() -> None:
    """Eight classes at once, thirty times: without the correction many would show something."""
    least, alone = [], []
    for number in range(30):
        scans = [_noise(1000 + number * 8 + one, simulations=39) for one in range(8)]
        least.append(min(rows[0] for rows in clusters._corrected(scans) if rows))
        alone.append(min(one.clusters[0].p for one in scans if one.clusters))
    assert np.mean(np.array(least) <= 0.05) <= 0.17
    assert np.mean(np.array(alone) <= 0.05) >= 0.2
