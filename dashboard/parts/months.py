"""A figure month by month: this year as bars, the same months of last year as a line."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass

from dashboard.parts.base import mount


@dataclass(frozen=True)
class Month:
    """One month.

    Attributes
    ----------
    key
        ``YYYY-MM``.
    label
        Below the bar.
    value, before
        This year's and last year's; None where unknown.
    text
        The value as shown above the bar.
    help
        Shown on hover.
    partial
        Whether the month is not over: its bar is hatched.
    mark
        What changed in this month, shown as a flag; empty for nothing.
    """

    key: str
    label: str
    value: float | None
    before: float | None
    text: str
    help: str
    partial: bool = False
    mark: str = ""


def month_chart(
    months: Sequence[Month], names: tuple[str, str], selected: str, on_pick: Callable[[str], None]
) -> None:
    """Draw the months; `on_pick` gets the key of the one that was chosen.

    Parameters
    ----------
    names
        What the bars and the line are.
    """
    data = {"months": [asdict(one) for one in months], "names": names, "selected": selected}
    mount("months", data, "months", on_pick)
