"""Setting pages with Typst: data in, PDF out.

Every word reaches Typst as JSON, never as markup, so no name can be taken for a command.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from importlib.resources import files
from typing import Any

import typst

from geo.errors import N_, WanggeError
from geo.periods import ZONE

FAMILIES = (
    "Noto Sans CJK SC",
    "Noto Sans SC",
    "Source Han Sans SC",
    "Source Han Sans CN",
    "WenQuanYi Micro Hei",
    "WenQuanYi Zen Hei",
    "Droid Sans Fallback",
    "PingFang SC",
    "Microsoft YaHei",
    "SimHei",
)
"""Fonts that have the Chinese we print; the first that is installed is used."""

ARCHIVE = "a-2b"
"""PDF/A-2b, the format archives keep. A character no font has cannot be part of it."""


def press(document: Mapping[str, Any], made_at: datetime) -> bytes:
    """Set a document.

    Parameters
    ----------
    document
        What `paper.typ` reads; see `geo.papers.mapsheet`.
    made_at
        Goes into the file as its date, instead of the clock's.

    Returns
    -------
    bytes
        A PDF; the same for the same document.

    Raises
    ------
    WanggeError
        If no Chinese font is installed, or Typst refuses.
    """
    try:
        return _run(document, made_at, "pdf", pdf_standards=ARCHIVE)
    except typst.TypstError:
        return _set(document, made_at, "pdf")


def picture(document: Mapping[str, Any], made_at: datetime, ppi: float) -> bytes:
    """Set a document of one page as PNG: for looking at it, and for measuring it."""
    return _set(document, made_at, "png", ppi=ppi)


def _set(document: Mapping[str, Any], made_at: datetime, kind: str, **more: Any) -> bytes:
    try:
        return _run(document, made_at, kind, **more)
    except typst.TypstError as error:
        raise WanggeError(
            N_("The drawing could not be set: {reason}"), reason=error.args[0]
        ) from error


def _run(document: Mapping[str, Any], made_at: datetime, kind: Any, **more: Any) -> bytes:
    known, family = fonts()
    data = json.dumps({**document, "font": family}, ensure_ascii=False, allow_nan=False)
    moment = made_at if made_at.tzinfo else made_at.replace(tzinfo=ZONE)
    made: bytes = typst.compile(
        _template(),
        font_paths=known,
        ignore_system_fonts=True,
        format=kind,
        sys_inputs={"document": data},
        timestamp=max(int(moment.timestamp()), 0),
        **more,
    )
    return made


@cache
def _template() -> bytes:
    return (files("geo.papers") / "paper.typ").read_bytes()


@cache
def fonts() -> tuple[typst.Fonts, str]:
    """Find the fonts of this machine once: looking through them takes a fifth of a second.

    Returns
    -------
    tuple
        The fonts, and the name of the Chinese one to print with.

    Raises
    ------
    WanggeError
        If there is none.
    """
    known = typst.Fonts(include_system_fonts=True, include_embedded_fonts=False)
    installed = set(known.families())
    for family in FAMILIES:
        if family in installed:
            return known, family
    raise WanggeError(
        N_(
            "There is no Chinese font to print with. Install Noto Sans CJK (on Debian and Ubuntu: "
            "sudo apt-get install fonts-noto-cjk)."
        )
    )
