"""From the Markdown that pages show to plain text in runs, which `brief.typ` sets."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, TypedDict

from geo.papers.wording import clean

_PIECE: Final = re.compile(r"\\(.)|(\*\*)|:(red|orange|green|gray)\[|(\])")
_TONES: Final = {"red": "bad", "orange": "warn", "green": "good", "gray": "muted"}


class Run(TypedDict):
    """A piece of text of one look: ``tone`` as in `dashboard.maps.Tone`."""

    text: str
    bold: bool
    tone: str


def runs_of(markdown: str) -> list[Run]:
    """Read bold, coloured and escaped text; whatever else there is stays as it is.

    Parameters
    ----------
    markdown
        A sentence of `dashboard.verdicts` or a figure of `dashboard.facts`.
    """
    return [run for run in _pieces(clean(markdown)) if run["text"]]


def _pieces(text: str) -> Iterator[Run]:
    bold, tone, kept, last = False, "", "", 0
    for found in _PIECE.finditer(text):
        escaped, stars, color, closing = found.groups()
        kept += text[last : found.start()]
        last = found.end()
        if escaped is not None:
            kept += escaped
        elif closing and not tone:
            kept += closing
        else:
            yield Run(text=kept, bold=bold, tone=tone)
            kept = ""
            bold = bold != bool(stars)
            tone = _TONES[color] if color else "" if closing else tone
    yield Run(text=kept + text[last:], bold=bold, tone=tone)


def plain_text(markdown: str) -> str:
    """Return the text of `runs_of` alone."""
    return "".join(run["text"] for run in runs_of(markdown))
