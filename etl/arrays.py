"""Arrays of objects: where nothing stands, and how to take something out."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Objects = npt.NDArray[Any]
Mask = npt.NDArray[np.bool_]


def absent(values: Objects) -> Mask:
    """Tell where an array of objects holds None, shape (n,)."""
    return np.array([value is None for value in values], dtype=bool)


def without(values: Objects, where: Mask) -> Objects:
    """Return a copy with None where the mask is true."""
    kept: Objects = np.array(values, dtype=object)
    kept[where] = None
    return kept
