"""Tickets in space: cells, ancestors, signs and counts."""

from __future__ import annotations

import h3.api.basic_int as h3
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.errors import GeometryError
from geo.facts import NEVER_US
from geo.tickets import SIGNS, STATES, bins, centres, h3_cells, parents, signs

PLACES = st.tuples(st.floats(73, 135), st.floats(3, 54))


@given(st.lists(PLACES, min_size=1, max_size=20), st.integers(0, 10))
def test_cells_and_ancestors_are_h3s(places: list[tuple[float, float]], resolution: int) -> None:
    lon, lat = np.array(places).T
    cells = h3_cells(lon, lat)
    assert cells.tolist() == [h3.latlng_to_cell(y, x, 10) for x, y in places]
    expected = [h3.cell_to_parent(cell, resolution) for cell in cells.tolist()]
    assert parents(cells, resolution).tolist() == expected


def test_a_missing_place_has_no_cell() -> None:
    cells = h3_cells(np.array([np.nan, 119.3, 119.3]), np.array([26.0, np.nan, 26.0]))
    assert cells[:2].tolist() == [0, 0]
    assert cells[2] > 0
    assert parents(cells, 5)[0] == 0


def test_an_impossible_place_is_refused() -> None:
    with pytest.raises(GeometryError):
        h3_cells(np.array([26.0]), np.array([119.3]))


def test_centres_are_h3s() -> None:
    cell = h3.latlng_to_cell(26.08, 119.3, 8)
    lon, lat = centres(np.array([cell, cell]))
    assert (lat[0], lon[0]) == (lat[1], lon[1]) == h3.cell_to_latlng(cell)
    assert centres(np.empty(0, dtype=np.int64))[0].size == 0


def test_signs() -> None:
    state = np.array([STATES.index(name) for name in STATES])
    late = signs(state, np.full(state.size, 10), 11)
    assert [SIGNS[i] for i in late] == ["overdue", "overdue", "closed", "void", "void", "void"]
    on_time = signs(state, np.full(state.size, NEVER_US), 11)
    assert [SIGNS[i] for i in on_time][:2] == ["pending", "active"]


def test_bins_count_every_placed_ticket_once_per_level() -> None:
    rng = np.random.default_rng(4)
    n = 500
    cells = h3_cells(119.3 + rng.random(n) * 0.05, 26.08 + rng.random(n) * 0.05)
    cells[:20] = 0
    tickets = pd.DataFrame(
        {
            "h3_10": cells,
            "month": rng.integers(600, 604, n),
            "class": rng.integers(0, 3, n),
            "sign": rng.integers(0, 5, n),
            "community": rng.integers(0, 2, n),
        }
    )
    found = bins(tickets, (9, 7))
    assert found.groupby("res")["n"].sum().to_dict() == {9: 480, 7: 480}
    keys = ["res", "h3", "month", "class", "sign", "community"]
    assert not found.duplicated(keys).any()
    placed = tickets[tickets["h3_10"] != 0].assign(
        h3=[h3.cell_to_parent(cell, 7) for cell in cells[20:].tolist()]
    )
    expected = placed.groupby(keys[1:]).size()
    seen = found[found["res"] == 7].set_index(keys[1:])["n"]
    pd.testing.assert_series_equal(
        seen.sort_index(), expected.sort_index(), check_names=False, check_index_type=False
    )


def test_no_tickets_no_bins() -> None:
    none = pd.DataFrame({"h3_10": [], "month": [], "class": [], "sign": [], "community": []})
    assert bins(none.astype(np.int64), (9, 7)).empty
