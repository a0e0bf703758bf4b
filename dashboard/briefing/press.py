"""Setting briefings with Typst. Every word arrives as JSON, so no name is taken for a command."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from importlib.resources import files
from typing import Any

import typst

from dashboard.briefing.formats import Ending
from geo.errors import N_, WanggeError
from geo.papers.press import fonts
from geo.periods import ZONE


def press(document: Mapping[str, Any], made_at: datetime, ending: Ending, ppi: float) -> bytes:
    """Set a document of one page.

    Parameters
    ----------
    document
        What `brief.typ` reads; see `dashboard.briefing.view` and `dashboard.briefing.wall`.
    made_at
        Goes into a PDF as its date, instead of the clock's.
    ppi
        Of a picture.

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
        made: bytes = typst.compile(
            _template(),
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
def _template() -> bytes:
    return (files("dashboard.briefing") / "brief.typ").read_bytes()
