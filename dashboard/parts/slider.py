"""A slider over the steps of a series, which can also play: the season stands behind its track."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass

from dashboard.parts.base import mount
from geo.words import _


@dataclass(frozen=True)
class Step:
    """One step.

    Attributes
    ----------
    key
        What is reported when it is picked.
    label
        Short: a week or a month.
    count
        Total of the step: the height of its bar.
    help
        Shown on hover, and said of the step that is selected.
    """

    key: str
    label: str
    count: float
    help: str = ""


def time_slider(
    steps: Sequence[Step], selected: str | None, on_pick: Callable[[str], None], *, key: str
) -> None:
    """Draw the slider; it reports one step at a time and waits for the answer before the next.

    Parameters
    ----------
    selected
        Key of the step that is shown; None: all of them together.
    on_pick
        Gets the key of a step.
    key
        Unique on the page.
    """
    words = {"play": _("Play"), "pause": _("Pause"), "steps": _("Time"), "all": _("Whole period")}
    data = {"steps": [asdict(one) for one in steps], "selected": selected, "words": words}
    mount("slider", data, key, on_pick)
