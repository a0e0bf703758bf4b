"""Areas × indicators, with bars; sortable; a row can be chosen.

Streamlit's own table says its menus in English only, so this is ours.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass

from dashboard.parts.base import mount


@dataclass(frozen=True)
class Column:
    """A column: its head, what it means, and whether a bar goes with the number."""

    label: str
    help: str = ""
    bar: bool = False


@dataclass(frozen=True)
class TableCell:
    """A number as shown, and as sorted; None is missing and sorts last."""

    text: str
    value: float | None = None
    tone: str = ""


@dataclass(frozen=True)
class TableRow:
    """An area; its first cell is its name."""

    id: str
    cells: tuple[TableCell, ...]


@dataclass(frozen=True)
class AreaTable:
    """Columns and rows.

    Attributes
    ----------
    sort
        The column it is first sorted by; -1 for the order given.
    name_rem
        Widest that the first column may be, rem.
    """

    columns: tuple[Column, ...]
    rows: tuple[TableRow, ...]
    sort: int = 0
    name_rem: float = 7.4


def area_table(
    table: AreaTable, selected: str | None, on_pick: Callable[[str], None], key: str = "area_table"
) -> None:
    """Draw the table; `on_pick` gets the id of the row that was chosen."""
    columns: Sequence[Column] = table.columns
    data = {
        "name": key,
        "columns": [asdict(column) for column in columns],
        "rows": [asdict(row) for row in table.rows],
        "sort": {"column": table.sort, "descending": table.sort > 0},
        "selected": selected,
        "name_rem": table.name_rem,
    }
    mount("table", data, key, on_pick)
