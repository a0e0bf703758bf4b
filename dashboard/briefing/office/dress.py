"""What slides and text documents share: fonts, colours, the room words take, the same bytes.

Both are zips of XML. The libraries that write them put the clock into them in several places, and
bring along things of their templates; `settled` takes both out.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Final
from xml.sax.saxutils import escape, quoteattr

from dashboard.briefing.runs import Run
from dashboard.theme import PALETTES
from geo.papers.wording import clean, wrap
from geo.periods import ZONE
from geo.words import language

FONT: Final = "Microsoft YaHei"
FONT_ZH: Final = "微软雅黑"
"""On every Windows since Vista; elsewhere programs take the system's own Chinese font."""

LATIN: Final = "Arial"
"""Of the same widths everywhere: Linux has Liberation Sans in its place."""

_PALETTE: Final = PALETTES["light"]
INK: Final = _PALETTE.ink
ACCENT: Final = _PALETTE.plain_bar
WITHIN: Final = _PALETTE.norm[1]
BAD: Final = _PALETTE.tickets["overdue"]
SOFT: Final = _PALETTE.facilities["other"]
PANEL, BORDER, WARN, GOOD = "#F3F5F7", "#D8DEE4", "#A8480A", "#1F6F5C"
TONES: Final = {"bad": BAD, "warn": WARN, "good": GOOD, "muted": SOFT}
"""As in `pieces.typ`."""

LINE: Final = 1.36
"""Height of a line, of its text's size, set exactly: fonts differ in what they would take."""

CARE: Final = 0.95
"""Only so much of a line is counted on: other fonts are wider, and commas begin no line."""

EARLIEST: Final = datetime(1980, 1, 1, tzinfo=UTC)
"""Zips know no earlier time."""

Edits = Mapping[str, Callable[[bytes], bytes]]

_NOT_XML: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_CLOCK: Final = re.compile(rb"(<dcterms:(?:created|modified)[^>]*>)[^<]*(?=<)")
_DROPPED: Final = re.compile(
    rb'<Relationship [^>]*Target="[^"]*(?:thumbnail|printerSettings)[^>]*>'
)
_APP: Final = (
    b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
    b'<Properties xmlns="http://schemas.openxmlformats.org/officeDocument/2006/extended-properties">'
    b"<Application>Wangge Atlas</Application></Properties>"
)


def rgb(color: str) -> str:
    """Return a colour as OOXML writes it: ``1B2733``."""
    return color.removeprefix("#").upper()


def tone_color(tone: str) -> str:
    """Return the colour of a tone; ink for none."""
    return TONES.get(tone, INK)


def tongue() -> str:
    """Return the language words are checked and broken in."""
    return "zh-CN" if language() == "zh" else "en-US"


# ------------------------------------------------------------------------------------- words


def words_of(pieces: list[Run]) -> str:
    """Return what some runs say."""
    return "".join(piece["text"] for piece in pieces)


def escaped(text: str) -> str:
    """Return a text as XML holds it, without what it cannot hold; spaces stay."""
    return escape(_NOT_XML.sub("", text))


def quoted(text: str) -> str:
    """Return a text as an attribute, with its quotes."""
    return quoteattr(_NOT_XML.sub("", text))


def plain_run(text: str, tone: str = "", *, bold: bool = False) -> Run:
    """Make a run of one look."""
    return Run(text=clean(text), bold=bold, tone=tone)


def broken(text: str, size: float, width: float) -> list[str]:
    """Break a text into the lines it takes.

    Parameters
    ----------
    size, width
        Of the text and of the line, in the same unit.
    """
    return wrap(text, max(width * CARE / size, 1.0), len(text) + 1) or [""]


def line_count(text: str, size: float, width: float) -> int:
    """Say how many lines a text takes; see `broken`."""
    return len(broken(text, size, width))


def fitting(text: str, sizes: tuple[float, ...], width: float, most: int = 1) -> float:
    """Return the first size at which a text keeps to so many lines, else the last."""
    fits = (size for size in sizes if line_count(text, size, width) <= most)
    return next(fits, sizes[-1])


def joined_lines(lines: Sequence[str]) -> str:
    """Put broken lines together again: with a space only where Latin words meet."""
    text = ""
    for line in lines:
        text += f" {line}" if text[-1:].isascii() and line[:1].isascii() and text else line
    return text


# ------------------------------------------------------------------------------------- files


def moment_of(at: datetime) -> datetime:
    """Return a time as files bear it: UTC without saying so, whole seconds."""
    known = at if at.tzinfo else at.replace(tzinfo=ZONE)
    return max(known.astimezone(UTC), EARLIEST).replace(tzinfo=None, microsecond=0)


def settled(body: bytes, at: datetime, edits: Edits | None = None) -> bytes:
    """Rewrite a file of OOXML so that the same content has the same bytes.

    Parameters
    ----------
    at
        The time everything in it bears, files embedded in it included.
    edits
        By name of a part: what becomes of it.
    """
    into, moment = io.BytesIO(), moment_of(at)
    with zipfile.ZipFile(io.BytesIO(body)) as source, zipfile.ZipFile(into, "w") as target:
        for name in source.namelist():
            if "thumbnail" in name or "printerSettings" in name:
                continue
            part = _settled_part(name, source.read(name), at)
            part = edits[name](part) if edits and name in edits else part
            entry = zipfile.ZipInfo(name, moment.timetuple()[:6])
            entry.compress_type = zipfile.ZIP_DEFLATED
            target.writestr(entry, part, compresslevel=6)
    return into.getvalue()


def _settled_part(name: str, part: bytes, at: datetime) -> bytes:
    if name.endswith(".xlsx"):
        return settled(part, at)
    if name == "docProps/app.xml":
        return _APP
    if name == "docProps/core.xml":
        clock = f"{moment_of(at):%Y-%m-%dT%H:%M:%SZ}".encode()
        return _CLOCK.sub(lambda found: found[1] + clock, part)
    return _DROPPED.sub(b"", part) if name.endswith(".rels") else part


# ------------------------------------------------------------------------------------- theme


def themed(theme: bytes) -> bytes:
    """Give a theme our fonts and colours."""
    fonts = (
        f'<a:latin typeface="{LATIN}"/>'
        f'<a:ea typeface="{FONT}" pitchFamily="34" charset="-122"/><a:cs typeface=""/>'
        f'<a:font script="Hans" typeface="{FONT_ZH}"/>'
    )
    names = ("dk1", "lt1", "dk2", "lt2", *(f"accent{n}" for n in range(1, 7)), "hlink", "folHlink")
    colors = (INK, "#FFFFFF", SOFT, PANEL, ACCENT, WARN, GOOD, BAD, "#793573", SOFT, ACCENT, SOFT)
    listed = "".join(
        f'<a:{name}><a:srgbClr val="{rgb(color)}"/></a:{name}>'
        for name, color in zip(names, colors, strict=True)
    )
    text = theme.decode()
    for kind in ("major", "minor"):
        text = re.sub(
            f"<a:{kind}Font>.*?</a:{kind}Font>",
            f"<a:{kind}Font>{fonts}</a:{kind}Font>",
            text,
            flags=re.DOTALL,
        )
    scheme = f'<a:clrScheme name="Wangge Atlas">{listed}</a:clrScheme>'
    text = re.sub(r"<a:clrScheme .*?</a:clrScheme>", scheme, text, flags=re.DOTALL)
    return text.replace('name="Office Theme"', 'name="Wangge Atlas"').encode()
