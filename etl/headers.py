"""Header rows: where they are, and unique names for their columns."""

from __future__ import annotations

from collections.abc import Sequence

LOOK = 10
_TITLE_CELLS = 1


def distinct(names: Sequence[str]) -> list[str]:
    """Make column names unique and non-empty: a second ``备注`` becomes ``备注 (2)``."""
    seen: dict[str, int] = {}
    made = []
    for position, name in enumerate(names, start=1):
        base = name or f"column {position}"
        seen[base] = seen.get(base, 0) + 1
        made.append(base if seen[base] == 1 else f"{base} ({seen[base]})")
    return made


def find(rows: Sequence[Sequence[object]]) -> int | None:
    """Return the index of the header: the first of the first ten rows that is not a title.

    A title over the table fills one cell; a header fills more. A table of one column has its
    header in the first row that holds anything.
    """
    filled = [sum(cell not in (None, "") for cell in row) for row in rows[:LOOK]]
    wide = next((at for at, count in enumerate(filled) if count > _TITLE_CELLS), None)
    if wide is not None:
        return wide
    return next((at for at, count in enumerate(filled) if count), None)
