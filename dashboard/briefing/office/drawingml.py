"""Words, tables and places as DrawingML, the XML slides are made of.

Lengths are points from the top left of a slide.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from dashboard.briefing.office.dress import (
    ACCENT,
    BORDER,
    INK,
    LINE,
    escaped,
    rgb,
    tone_color,
    tongue,
)
from dashboard.briefing.runs import Run

EMU: Final = 12_700
"""Lengths in OOXML on a point."""

CELL_PAD: Final = (4.0, 2.5)
"""Beside and above the words of a cell."""

SPACES: Final = (
    'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" '
    'xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main" '
    'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
)


@dataclass(frozen=True)
class Box:
    """A place on a slide."""

    x: float
    y: float
    wide: float
    high: float


@dataclass(frozen=True)
class Para:
    """A paragraph.

    Attributes
    ----------
    runs
        What it says.
    size
        Of its text.
    align
        ``l``, ``ctr`` or ``r``.
    before
        Air above it.
    bullet
        Whether it begins with one.
    color
        Of runs without a tone.
    """

    runs: Sequence[Run]
    size: float
    align: str = "l"
    before: float = 0.0
    bullet: bool = False
    color: str = INK

    @property
    def indent(self) -> float:
        """Room its bullet takes."""
        return self.size if self.bullet else 0.0

    def xml(self) -> str:
        """Return it as DrawingML."""
        look = f'algn="{self.align}"'
        bullet = "<a:buNone/>"
        if self.bullet:
            look += f' marL="{emu(self.indent)}" indent="{-emu(self.indent)}"'
            bullet = (
                f'<a:buClr><a:srgbClr val="{rgb(ACCENT)}"/></a:buClr>'
                '<a:buFont typeface="Arial"/><a:buChar char="•"/>'
            )
        line = round(self.size * LINE * 100)
        return (
            f'<a:p><a:pPr {look}><a:lnSpc><a:spcPts val="{line}"/></a:lnSpc>'
            f'<a:spcBef><a:spcPts val="{round(self.before * 100)}"/></a:spcBef>'
            f'<a:spcAft><a:spcPts val="0"/></a:spcAft>{bullet}</a:pPr>'
            f"{''.join(map(self._run, self.runs))}"
            f'<a:endParaRPr lang="{tongue()}" sz="{round(self.size * 100)}"/></a:p>'
        )

    def _run(self, run: Run) -> str:
        color = tone_color(run["tone"]) if run["tone"] else self.color
        return (
            f'<a:r><a:rPr lang="{tongue()}" sz="{round(self.size * 100)}" b="{int(run["bold"])}">'
            f'<a:solidFill><a:srgbClr val="{rgb(color)}"/></a:solidFill></a:rPr>'
            f"<a:t>{escaped(run['text'])}</a:t></a:r>"
        )


@dataclass(frozen=True)
class CellLook:
    """What a cell has around its words; colours, empty for none."""

    fill: str = ""
    below: str = BORDER
    around: bool = False
    anchor: str = "t"


@dataclass(frozen=True)
class Cell:
    """A cell of a table."""

    paras: Sequence[Para]
    look: CellLook = CellLook()


Row = tuple[float, Sequence[Cell]]
"""Height and cells."""


def emu(points: float) -> int:
    """Return a length as OOXML writes it."""
    return round(points * EMU)


def frame_xml(box: Box, tag: str) -> str:
    """Return where something stands."""
    return (
        f'<{tag}:xfrm><a:off x="{emu(box.x)}" y="{emu(box.y)}"/>'
        f'<a:ext cx="{emu(box.wide)}" cy="{emu(box.high)}"/></{tag}:xfrm>'
    )


def rule_xml(number: int, box: Box, color: str, weight: float) -> str:
    """Return a line."""
    return (
        f'<p:cxnSp {SPACES}><p:nvCxnSpPr><p:cNvPr id="{number}" name="Rule {number}"/>'
        f'<p:cNvCxnSpPr/><p:nvPr userDrawn="1"/></p:nvCxnSpPr><p:spPr>{frame_xml(box, "a")}'
        f'<a:prstGeom prst="line"><a:avLst/></a:prstGeom><a:ln w="{emu(weight)}">'
        f'<a:solidFill><a:srgbClr val="{rgb(color)}"/></a:solidFill></a:ln></p:spPr></p:cxnSp>'
    )


def cell_xml(cell: Cell) -> str:
    """Return a cell of a table."""
    wide, high = (emu(one) for one in CELL_PAD)
    look = cell.look
    none = "<a:noFill/>"
    edges = "".join(
        f'<a:{edge} w="{emu(0.75)}">'
        + (_fill(look.below) if look.below and (look.around or edge == "lnB") else none)
        + f"</a:{edge}>"
        for edge in ("lnL", "lnR", "lnT", "lnB")
    )
    return (
        f"<a:tc><a:txBody><a:bodyPr/><a:lstStyle/>{''.join(para.xml() for para in cell.paras)}"
        f'</a:txBody><a:tcPr marL="{wide}" marR="{wide}" marT="{high}" marB="{high}" '
        f'anchor="{look.anchor}">{edges}{_fill(look.fill) if look.fill else none}</a:tcPr></a:tc>'
    )


def _fill(color: str) -> str:
    return f'<a:solidFill><a:srgbClr val="{rgb(color)}"/></a:solidFill>'
