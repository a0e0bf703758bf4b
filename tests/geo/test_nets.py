"""The party's net and the grids': a small one by hand, and any by walking up one at a time."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo import nets
from geo.nets import NOWHERE, Members, Organisations


def organisations(*rows: tuple[int, int, bool]) -> Organisations:
    """Make organisations of (parent, grid, branch)."""
    table = np.array(rows, dtype=np.int64).reshape(-1, 3)
    return Organisations(table[:, 0], table[:, 1], table[:, 2].astype(bool))


def members(*rows: tuple[int, bool, int, bool, bool, int]) -> Members:
    """Make members of (organisation, lives, grid, signed up, host, served)."""
    table = np.array(rows, dtype=np.int64).reshape(-1, 6)
    flags = table.astype(bool)
    return Members(table[:, 0], flags[:, 1], table[:, 2], flags[:, 3], flags[:, 4], table[:, 5])


# A committee, branches for grids 0 and 1 and one for none, a group under the first branch.
PARTY = organisations(
    (NOWHERE, NOWHERE, False),
    (0, 0, True),
    (0, 1, True),
    (0, NOWHERE, True),
    (1, NOWHERE, False),
)
PEOPLE = members(
    (4, True, 0, False, True, 12),  # lives where the group's branch is
    (4, True, 1, False, True, 10),  # lives in the other grid
    (4, True, 1, False, False, 0),
    (1, True, NOWHERE, False, False, 0),  # lives in no grid
    (2, True, 1, False, True, 15),
    (2, False, NOWHERE, True, False, 0),  # signed up, lives elsewhere
    (3, True, 2, False, False, 0),  # of the branch without a grid
    (NOWHERE, True, 2, False, False, 0),
    (0, True, 2, False, True, 3),  # of the committee, which is for no grid
)


def test_who_lives_where_another_branch_is() -> None:
    found = nets.compare(PARTY, PEOPLE, grids=3)
    assert found.duty_grid.tolist() == [0, 0, 0, 0, 1, 1, -1, -1, -1]
    assert found.apart.tolist() == [False, True, True, True, *[False] * 5]
    assert found.comparable.sum() == 5
    table = found.organisations.reset_index()
    assert table.to_numpy().tolist() == [[1, 0, 4, 3, 1], [2, 1, 1, 0, 0]]
    assert found.crossings.to_numpy().tolist() == [[1, 1, 2, 1], [1, NOWHERE, 1, 0]]
    assert found.grids_without_branch.tolist() == [2]
    assert found.branches_without_grid.tolist() == [3]


def test_tree_counts_everybody_below() -> None:
    found = nets.tree(PARTY, PEOPLE)
    assert found["own"].tolist() == [7, 4, 1, 1, 3]
    assert found["signed_up"].tolist() == [1, 0, 1, 0, 0]
    assert found["hosts"].tolist() == [4, 2, 1, 0, 2]
    assert found["served"].tolist() == [40, 22, 15, 0, 22]


def test_below() -> None:
    assert nets.below(PARTY, 1).tolist() == [False, True, False, False, True]
    assert nets.below(PARTY, 0).all()


def test_nobody_at_all() -> None:
    found = nets.compare(organisations(), members(), grids=2)
    assert found.grids_without_branch.tolist() == [0, 1]
    assert found.organisations.empty
    assert found.crossings.empty
    assert nets.tree(organisations(), members()).empty


@pytest.mark.parametrize("circle", [[(0, -1, True)], [(1, -1, True), (0, -1, False)]])
def test_a_circle_of_parents_ends(circle: list[tuple[int, int, bool]]) -> None:
    assert nets.holders(organisations(*circle)).tolist() == [NOWHERE] * len(circle)


@st.composite
def parties(draw: st.DrawFn) -> Organisations:
    """Draw a forest: everybody's parent has a smaller number."""
    size = draw(st.integers(1, 12))
    rows = [
        (draw(st.integers(NOWHERE, at - 1)), draw(st.integers(NOWHERE, 2)), draw(st.booleans()))
        for at in range(size)
    ]
    return organisations(*rows)


@given(parties(), st.data())
@settings(deadline=None)
def test_walking_up_one_at_a_time_says_the_same(party: Organisations, data: st.DataObject) -> None:
    where = data.draw(st.lists(st.integers(NOWHERE, len(party) - 1), max_size=10))
    people = members(*((at, True, 0, False, False, 1) for at in where))
    total = np.zeros(len(party), dtype=int)
    for at in where:
        one = at
        while one != NOWHERE:
            total[one] += 1
            one = int(party.parent[one])
    assert (nets.tree(party, people)["served"].to_numpy() == total).all()
    for one, holder in enumerate(nets.holders(party).tolist()):
        up = one
        while up != NOWHERE and party.grid[up] == NOWHERE:
            up = int(party.parent[up])
        assert up == holder
