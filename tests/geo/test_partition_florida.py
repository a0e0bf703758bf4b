"""Grids on ground nobody here made: precincts of Florida (needs WANGGE_TEST_DATA_DIR).

Precincts are lumpier than buildings and their people are no households, but the task is the same:
contiguous districts of equal population. `alarm-redist/redist` uses these two sets for it.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.suggest import precincts
from geo import settings
from geo.partition import Wish, feasibility, measure, suggest

pytestmark = pytest.mark.data

PEOPLE = {"fl70": 229_820, "fl250": 787_186}

DEVIATION = {("fl70", 15): 0.1}
"""How far from the ideal population a district may be where 5 % was never reached: with 4.7
precincts per district, two of which are as large as a district."""


@pytest.fixture
def data() -> Path:
    folder = settings.testing().test_data_dir
    if folder is None:
        pytest.skip("WANGGE_TEST_DATA_DIR is not set")
    return folder


@pytest.mark.parametrize("name", ["fl70", "fl250"])
@pytest.mark.parametrize("count", [3, 7, 15])
def test_districts(data: Path, name: str, count: int) -> None:
    atoms = precincts(data, name)
    assert atoms.households.sum() == PEOPLE[name]
    ideal = PEOPLE[name] / count
    deviation = DEVIATION.get((name, count), 0.05)
    wish = Wish(floor=ideal * (1 - deviation), ceiling=ideal * (1 + deviation), count=count)
    assert not feasibility(atoms, wish)
    suggestion = suggest(atoms, wish)
    for plan in suggestion.plans:
        assert plan.measures.grids == count
        assert plan.measures.parts == 0
        assert plan.measures == measure(atoms, plan.grid, wish)
    best = suggestion.plans[0].measures
    assert best.in_band == count
    assert max(best.high - ideal, ideal - best.low) <= deviation * ideal
    assert best.polsby_popper > 0.25
