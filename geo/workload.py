"""Workload: how often a household is due for a visit."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from geo.norms import Norm
from geo.schema import CARE_CLASSES

CARE = tuple(CARE_CLASSES)
"""Care classes, most urgent first."""


def visit_days(
    care: Mapping[str, npt.NDArray[np.int64]], norms: Mapping[str, Norm]
) -> npt.NDArray[np.int64]:
    """Return the longest time allowed between two visits of each household, days.

    Parameters
    ----------
    care
        For each care class, how many people of it live in each household, arrays of (n,).
    norms
        The norms in force: ``visit_days_<class>`` and ``household_visit_days``.

    Returns
    -------
    array of (n,) days
        The shortest interval of the household's members, else that of every household.
    """
    yearly = round(norms["household_visit_days"].value)
    days = np.full(len(next(iter(care.values()))), yearly, dtype=np.int64)
    for name in CARE:
        interval = round(norms[f"visit_days_{name}"].value)
        days = np.where(care[name] > 0, np.minimum(days, interval), days)
    return days
