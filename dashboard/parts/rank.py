"""Areas by rank, over the norm's band where there is one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Final

from dashboard.parts.base import mount

LAST_NARROW: Final = 0x2E7F
"""Letters behind this one are as wide as high."""

NARROWEST_REM: Final = 4.0
WIDEST_REM: Final = 9.0


@dataclass(frozen=True)
class RankRow:
    """One area: its bar, the number as shown, and a remark beside it."""

    id: str
    name: str
    value: float | None
    text: str
    color: str
    aside: str = ""
    tone: str = ""


@dataclass(frozen=True)
class Ranking:
    """Rows in order, with the heads of the four columns and the band of the norm."""

    rows: tuple[RankRow, ...]
    head: tuple[str, str, str, str]
    band: tuple[float, float] | None = None

    @property
    def top(self) -> float:
        """The value a full bar stands for."""
        values = [row.value for row in self.rows if row.value is not None]
        ceiling = self.band[1] if self.band else 0.0
        return max([*values, ceiling]) * 1.04 or 1.0


def name_rem(names: Iterable[str]) -> float:
    """Return how wide the names' column should be, rem: as the longest, within reason."""
    widths = (sum(0.95 if ord(letter) > LAST_NARROW else 0.55 for letter in name) for name in names)
    return round(min(max(widths, default=0.0) + 0.4, WIDEST_REM), 1)


def rank(ranking: Ranking, selected: str | None, on_pick: Callable[[str], None]) -> None:
    """Draw the ranking; `on_pick` gets the id of the row that was chosen."""
    rows: Sequence[RankRow] = ranking.rows
    data = {
        "rows": [asdict(row) for row in rows],
        "head": ranking.head,
        "band": ranking.band,
        "max": ranking.top,
        "selected": selected,
        "name_rem": max(name_rem(row.name for row in rows), NARROWEST_REM),
    }
    mount("rank", data, "rank", on_pick)
