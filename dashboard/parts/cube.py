"""The strip of one area through time: how many in each step, and how sure it was hot or cold."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass

from dashboard import theme
from dashboard.parts.base import mount
from geo.words import _


@dataclass(frozen=True)
class Bin:
    """One step of an area.

    Attributes
    ----------
    key
        What is reported when it is picked.
    label
        Short: a week or a month.
    value
        Height of its bar.
    level
        From 3 (surely hot) over 0 to -3 (surely cold); cold ones are hatched.
    help
        Shown on hover.
    """

    key: str
    label: str
    value: float
    level: int
    help: str = ""


def cube_strip(
    bins: Sequence[Bin], selected: str | None, on_pick: Callable[[str], None], *, key: str
) -> None:
    """Draw the strip.

    Parameters
    ----------
    selected
        Key of the step the map shows; None: none of them.
    on_pick
        Gets the key of the step that was chosen.
    key
        Unique on the page.
    """
    palette = theme.palette()
    data = {
        "bins": [asdict(one) for one in bins],
        "selected": selected,
        "hot": palette.hot,
        "cold": palette.cold,
        "words": {"strip": _("Step by step")},
    }
    mount("cube", data, key, on_pick)
