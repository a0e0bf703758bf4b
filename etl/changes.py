"""New, changed or just the same: the decision between reading the store and writing to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

Mask = npt.NDArray[np.bool_]

NEW, CHANGED, SAME = 1, 2, 0


@dataclass(frozen=True)
class Changes:
    """What has to be written.

    Attributes
    ----------
    frame
        The incoming rows, empty cells filled from what is stored where that was asked for.
    verdict
        `NEW`, `CHANGED` or `SAME`, shape (n,).
    """

    frame: pd.DataFrame
    verdict: npt.NDArray[np.int8]

    def count(self, verdict: int) -> int:
        """Count the rows of a verdict."""
        return int((self.verdict == verdict).sum())

    def of(self, *verdicts: int) -> pd.DataFrame:
        """Return the rows of some verdicts."""
        return self.frame[np.isin(self.verdict, verdicts)]


def decide(
    incoming: pd.DataFrame, stored: pd.DataFrame, keep_where_empty: Sequence[str] = ()
) -> Changes:
    """Compare incoming rows with the stored ones of the same ``external_id``.

    Parameters
    ----------
    incoming
        One row per ``external_id``.
    stored
        Likewise; columns only one of the two has are not compared.
    keep_where_empty
        Columns in which an empty incoming cell leaves the stored one.
    """
    verdict = np.full(len(incoming), NEW, dtype=np.int8)
    if stored.empty:
        return Changes(incoming, verdict)
    at = pd.Index(stored["external_id"]).get_indexer(pd.Index(incoming["external_id"]))
    known = np.flatnonzero(at >= 0)
    before = stored.iloc[at[known]].reset_index(drop=True)
    after = incoming.iloc[known].reset_index(drop=True)
    differs = np.zeros(len(known), dtype=bool)
    filled = incoming.copy()
    for name in after.columns.intersection(before.columns).difference(["external_id"]):
        new, old = after[name], before[name]
        if name in keep_where_empty:
            new = _filled(new, old)
            filled[name] = _placed(filled[name], known, new)
        differs |= ~_equal(new, old)
    verdict[known] = np.where(differs, CHANGED, SAME)
    return Changes(filled, verdict)


def _empty(values: pd.Series) -> Mask:
    return np.asarray(values.isna() | values.eq(""), dtype=bool)


def _filled(new: pd.Series, old: pd.Series) -> pd.Series:
    gaps = _empty(new)
    if not gaps.any():
        return new
    if isinstance(new.dtype, pd.DatetimeTZDtype):
        return new.where(~gaps, pd.to_datetime(old, utc=True).astype(new.dtype))
    return new.astype(object).where(~gaps, old.astype(object))


def _placed(values: pd.Series, where: npt.NDArray[np.intp], part: pd.Series) -> pd.Series:
    if isinstance(values.dtype, pd.DatetimeTZDtype):
        made = values.copy()
        made.iloc[where] = part.astype(values.dtype).array
        return made
    cells = values.astype(object).to_numpy(copy=True)
    cells[where] = part.astype(object).to_numpy()
    return pd.Series(cells, index=values.index, dtype=object)


def _equal(new: pd.Series, old: pd.Series) -> Mask:
    """Compare cell by cell; two empty cells are equal."""
    same: Mask = np.array(new.isna() & old.isna(), dtype=bool)
    if _holds_shapes(new) or _holds_shapes(old):
        same |= _same_shapes(new, old)
    elif isinstance(new.dtype, pd.DatetimeTZDtype):
        same |= np.asarray(new == pd.to_datetime(old, utc=True), dtype=bool)
    else:
        same |= np.asarray(
            (new.astype(object) == old.astype(object)).fillna(value=False), dtype=bool
        )
    return same


def _holds_shapes(values: pd.Series) -> bool:
    present = values.dropna()
    return len(present) > 0 and isinstance(present.iloc[0], shapely.Geometry)


def _same_shapes(new: pd.Series, old: pd.Series) -> Mask:
    left, right = (np.asarray(_shapes(side), dtype=object) for side in (new, old))
    return np.asarray(shapely.equals_identical(left, right), dtype=bool)


def _shapes(values: pd.Series) -> npt.NDArray[Any]:
    cells = values.astype(object).to_numpy(copy=True)
    cells[values.isna().to_numpy()] = None
    return cells
