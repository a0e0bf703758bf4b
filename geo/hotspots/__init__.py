"""Hot spots: cells where more tickets lie together than chance puts there (Getis-Ord Gi*).

A window is a cell with its neighbours. Gi* (Ord and Getis 1995, 10.1111/j.1538-4632.1995.tb00912.x)
says how far the sum over a window lies from what it would be on average, in standard deviations:

    z_i = (Σ_j w_ij x_j − x̄ W_i) ÷ (s √((n S_i − W_i²) ÷ (n − 1))),
    W_i = Σ_j w_ij,  S_i = Σ_j w_ij²,  s² = mean of (x − x̄)²

with this variance for any weights: multiplying a row by a number changes nothing.

How rare such a sum is must not be read from the normal curve: most cells of a street have no ticket
at all, and on maps of pure chance the normal curve finds hot spots on half of them. Here chance is
what remains if the same values are laid out over the map in another order. For counts the whole
distribution of a window's sum over all orders is *computed*, not sampled (`chance`), so there are
no random numbers and no smallest possible p. Hot and cold sides are tested one by one, each
corrected for the number of cells (Benjamini and Hochberg 1995, 10.1111/j.2517-6161.1995.tb02031.x).
"""

from geo.hotspots.chance import WAYS, Tails, tails
from geo.hotspots.correction import LEVELS, analytic, corrected, fdr, levels, pooled
from geo.hotspots.enough import MIN_AREAS, MIN_CASES, SHORTAGES, Shortage, shortage
from geo.hotspots.rates import expected_cases, smoothed_rates, test_rates
from geo.hotspots.score import gi, gi_star, scores
from geo.hotspots.trial import MODES, Gi, test
from geo.hotspots.windows import (
    Windows,
    band,
    contiguity,
    lattice_window,
    squares,
    suggested_size_m,
)

__all__ = [
    "LEVELS",
    "MIN_AREAS",
    "MIN_CASES",
    "MODES",
    "SHORTAGES",
    "WAYS",
    "Gi",
    "Shortage",
    "Tails",
    "Windows",
    "analytic",
    "band",
    "contiguity",
    "corrected",
    "expected_cases",
    "fdr",
    "gi",
    "gi_star",
    "lattice_window",
    "levels",
    "pooled",
    "scores",
    "shortage",
    "smoothed_rates",
    "squares",
    "suggested_size_m",
    "tails",
    "test",
    "test_rates",
]
