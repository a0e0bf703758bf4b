"""The grids of a draft as targets: households over the norm's band, what is wrong, a lock."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass

from dashboard.parts.base import mount
from dashboard.parts.rank import name_rem
from geo.words import _


@dataclass(frozen=True)
class TargetRow:
    """One grid, or the buildings that are in none.

    Attributes
    ----------
    id
        Grid id as text; ``none`` for the unassigned.
    name
        Its number, and its name beside it where it has one.
    value, text
        Households, and how they are written.
    state, tone
        Too few, within, too many; ``bad``, ``warn`` or nothing.
    locked
        Whether it is locked; None for the unassigned, which cannot be.
    """

    id: str
    name: str
    value: float
    text: str
    color: str
    state: str
    tone: str = ""
    locked: bool | None = False
    hatched: bool = False


def plan_list(
    rows: Sequence[TargetRow],
    head: tuple[str, str, str, str],
    band: tuple[float, float],
    target: str,
    on_pick: Callable[[str], None],
    *,
    editable: bool,
) -> None:
    """Draw the list; `on_pick` gets ``row:<id>`` or ``lock:<id>``."""
    top = max([*(row.value for row in rows if row.id != "none"), band[1]]) * 1.04 or 1.0
    data = {
        "rows": [asdict(row) for row in rows],
        "head": head,
        "band": band,
        "max": top,
        "target": target,
        "editable": editable,
        "state_rem": name_rem([head[3], *(row.state for row in rows)]),
        "lock": _("Lock"),
        "unlock": _("Unlock"),
    }
    mount("plan_list", data, "plan_list", on_pick)
