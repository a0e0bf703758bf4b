"""Automatic grid suggestion: buildings into contiguous, compact grids with households in a band.

How it goes: what cannot be is said first (`feasibility`). Then compounds that fit into a grid
are taken as one unit; a balanced power diagram cuts each connected part (`start`), and simulated
annealing lets units on borders change sides (`flips`): first compounds, then single buildings,
then what of a compound lies in one grid. When grids stay out of band that need not be, it begins
again, hotter. What is annealed is the sum of each grid's faults: off the mean, out of band, a
long outline; and compounds split, households that change their grid. Other weights give other
plans (`search`); those that no other beats in everything are kept.

There is no geometry in the loop: a grid's outline is the sum of its cells' less their common
borders, twice. There is no clock either: trials are counted, so a seed always gives the same plan.
"""

from geo.partition.feasible import feasibility
from geo.partition.measures import measure
from geo.partition.suggest import suggest
from geo.partition.wish import (
    CROSSING_COST,
    Cancelled,
    Candidate,
    Finding,
    Measures,
    Suggestion,
    Wish,
)

__all__ = [
    "CROSSING_COST",
    "Cancelled",
    "Candidate",
    "Finding",
    "Measures",
    "Suggestion",
    "Wish",
    "feasibility",
    "measure",
    "suggest",
]
