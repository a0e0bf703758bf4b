"""The checks of a plan, most important first; a row leads to where it is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass

from dashboard.parts.base import mount
from dashboard.parts.rank import name_rem


@dataclass(frozen=True)
class CheckRow:
    """One finding.

    Attributes
    ----------
    id
        Its place in the list, as text.
    state
        ``incomplete``, ``violated``, ``warning``, ``ok`` or ``signed``.
    word
        The state in words: colour is never alone.
    who
        The grid's number, or a person.
    text
        The reason with its figure.
    """

    id: str
    state: str
    word: str
    who: str
    text: str
    help: str = ""


def check_list(
    rows: Sequence[CheckRow], empty: str, zoom: str, on_pick: Callable[[str], None]
) -> None:
    """Draw the list; `on_pick` gets the id of the row that was chosen.

    Parameters
    ----------
    empty
        Said where there is nothing to find fault with.
    zoom
        What choosing a row does.
    """
    data = {
        "rows": [asdict(row) for row in rows],
        "empty": empty,
        "zoom": zoom,
        "word_rem": name_rem(row.word for row in rows),
    }
    mount("check_list", data, "check_list", on_pick)
