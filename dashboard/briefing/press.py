"""Setting briefings with Typst. Every word arrives as JSON, so no name is taken for a command."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from importlib.resources import files
from typing import Any

import typst

from dashboard.briefing.formats import PAPER_PPI, Ending
from geo.errors import N_, WanggeError
from geo.papers.press import fonts
from geo.periods import ZONE


def press(
    document: Mapping[str, Any],
    made_at: datetime,
    ending: Ending,
    ppi: float = PAPER_PPI,
    template: str = "brief",
) -> bytes:
    """Set a document.

    Parameters
    ----------
    document
        What `brief.typ` reads; see `dashboard.briefing.view` and `dashboard.briefing.wall`.
    made_at
        Goes into a PDF as its date, instead of the clock's.
    ppi
        Of a picture; a document of several pages can only be a PDF.
    template
        Name of the ``.typ`` file beside this one.

    Returns
    -------
    bytes
        The same for the same document and time.

    Raises
    ------
    WanggeError
        If no Chinese font is installed, or Typst refuses.
    """
    known, family = fonts()
    data = json.dumps({**document, "font": family}, ensure_ascii=False, allow_nan=False)
    moment = made_at if made_at.tzinfo else made_at.replace(tzinfo=ZONE)
    try:
        made: bytes = typst.compile(  # type: ignore[call-overload]  # its stub knows one file only
            _templates(template),
            font_paths=known,
            ignore_system_fonts=True,
            format=ending,
            ppi=ppi,
            sys_inputs={"document": data},
            timestamp=max(int(moment.timestamp()), 0),
        )
    except typst.TypstError as error:
        raise WanggeError(
            N_("The briefing could not be set: {reason}"), reason=error.args[0]
        ) from error
    return made


@cache
def _templates(name: str) -> dict[str, bytes]:
    """Read a template and what it imports."""
    here = files("dashboard.briefing")
    return {
        "main.typ": (here / f"{name}.typ").read_bytes(),
        "pieces.typ": (here / "pieces.typ").read_bytes(),
    }
