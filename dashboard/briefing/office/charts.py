"""Charts of slides and text documents: native, so that whoever has them can change their numbers.

A norm is two lines, series of their own, which can be changed like the others; bars then stand up:
no program but one draws lines over lying bars.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from math import ceil
from typing import Final

from openpyxl import Workbook
from openpyxl.utils import get_column_letter

from dashboard import figures
from dashboard.briefing.office.dress import BORDER, GOOD, INK, SOFT, escaped, quoted, rgb, tongue
from dashboard.briefing.report import Chart, Series, axis_ticks
from geo.papers.wording import clean, wrap
from geo.words import _

WIDEST_NAME_EM, WIDEST_BELOW_EM = 24.0, 12.0
"""A longer name beside or below a bar ends in an ellipsis; the tables have it all."""

MOST_LABELLED: Final = 14
"""A single line of no more points says its numbers."""

WHOLE_FROM: Final = 10.0
"""An axis that reaches so far needs no decimals."""

MOST_PLACES: Final = 2

CONTENT_TYPE: Final = "application/vnd.openxmlformats-officedocument.drawingml.chart+xml"
WORKBOOK_TYPE: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_SPACES: Final = (
    'xmlns:c="http://schemas.openxmlformats.org/drawingml/2006/chart" '
    'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" '
    'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
)
_SHEET: Final = "Sheet1"
_AXES: Final = ("101", "102")
"""Of categories, and of values."""


@dataclass(frozen=True)
class Painted(Chart):
    """A chart of one series whose bars have a colour each."""

    colors: tuple[str, ...] = ()


@dataclass(frozen=True)
class Look:
    """How a chart is set.

    Attributes
    ----------
    size
        Of its text, points.
    top
        Where the axis of its values ends; None where the program may choose.
    """

    size: float = 10.0
    top: float | None = None


def slices(chart: Chart, most: int) -> list[Chart]:
    """Cut a chart of too many bars into several; a line is never cut."""
    count = len(chart.categories)
    if chart.kind == "lines" or count <= most:
        return [chart]
    size = ceil(count / ceil(count / most))
    return [_slice(chart, slice(start, start + size)) for start in range(0, count, size)]


def _slice(chart: Chart, kept: slice) -> Chart:
    part = replace(
        chart,
        categories=chart.categories[kept],
        series=tuple(replace(one, values=one.values[kept]) for one in chart.series),
        texts=chart.texts[kept],
    )
    return replace(part, colors=part.colors[kept]) if isinstance(part, Painted) else part


def top_of(chart: Chart) -> float:
    """Return a round number that no bar and no limit of the norm passes."""
    columns = zip(*(one.values for one in chart.series), strict=True)
    known = [[value or 0.0 for value in values] for values in columns]
    ends = [sum(values) if chart.kind == "stacked" else max(values) for values in known]
    most = max([*ends, chart.band[1] if chart.band else 0.0], default=0.0) or 1.0
    return axis_ticks(most)[-1]


# --------------------------------------------------------------------------------- workbook


def _columns(chart: Chart) -> list[Series]:
    """Return all series in the order of the sheet: the norm's last."""
    return [*chart.series, *_limits(chart)]


def _limits(chart: Chart) -> list[Series]:
    """Return the norm as lines: its lower limit where it has one, and its upper one."""
    if chart.band is None:
        return []
    (low, high), count = chart.band, len(chart.categories)
    floor_line = Series(_("norm {range}", range=figures.bounds(low, None)), (low,) * count, GOOD)
    ceiling = Series(_("norm {range}", range=figures.bounds(None, high)), (high,) * count, GOOD)
    return [*([floor_line] if low else []), ceiling]


def lying(chart: Chart) -> bool:
    """Say whether its bars lie, one below the other."""
    return chart.kind != "lines" and chart.band is None


def workbook(chart: Chart) -> bytes:
    """Write the numbers of a chart; names are text whatever they begin with."""
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.title = _SHEET
    columns = _columns(chart)
    for at, name in enumerate(_names(chart)):
        _text(sheet.cell(at + 2, 1), name)
    for place, one in enumerate(columns):
        _text(sheet.cell(1, place + 2), one.name)
        for at, value in enumerate(one.values):
            sheet.cell(at + 2, place + 2).value = value
    into = io.BytesIO()
    book.save(into)
    return into.getvalue()


def _text(cell: object, words: str) -> None:
    cell.value, cell.data_type = clean(words), "s"  # type: ignore[attr-defined]  # openpyxl has no types


def _names(chart: Chart) -> list[str]:
    """Return the names of the categories; bars in pieces have the number of all beside it."""
    most = WIDEST_NAME_EM if lying(chart) else WIDEST_BELOW_EM
    names = [" ".join(wrap(name, most, 1)) for name in chart.categories]
    if chart.kind != "stacked" or not chart.texts:
        return names
    return [f"{name}  {text}" for name, text in zip(names, chart.texts, strict=True)]


# -------------------------------------------------------------------------------------- XML


def chart_xml(chart: Chart, look: Look, workbook_id: str) -> bytes:
    """Write a chart as DrawingML.

    Parameters
    ----------
    workbook_id
        Relationship of the chart to its workbook.
    """
    title = chart.title
    if chart.unit:
        title = f"{title} ({chart.unit})" if title else chart.unit
    return "".join(
        (
            '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n',
            f'<c:chartSpace {_SPACES}><c:date1904 val="0"/><c:roundedCorners val="0"/><c:chart>',
            _title(title, look) if title else "",
            f'<c:autoTitleDeleted val="{int(not title)}"/><c:plotArea><c:layout/>',
            _plots(chart, look),
            "</c:plotArea>",
            _legend(chart),
            '<c:plotVisOnly val="1"/><c:dispBlanksAs val="gap"/></c:chart>',
            "<c:spPr><a:noFill/><a:ln><a:noFill/></a:ln></c:spPr>",
            _text_look(look.size, INK),
            f'<c:externalData r:id={quoted(workbook_id)}><c:autoUpdate val="0"/>',
            "</c:externalData></c:chartSpace>",
        )
    ).encode()


def _text_look(size: float, color: str, *, bold: bool = False) -> str:
    weight = ' b="1"' if bold else ' b="0"'
    return (
        f'<c:txPr><a:bodyPr/><a:lstStyle/><a:p><a:pPr><a:defRPr sz="{round(size * 100)}"{weight}>'
        f"{_solid(color)}</a:defRPr></a:pPr>"
        f'<a:endParaRPr lang="{tongue()}"/></a:p></c:txPr>'
    )


def _rich(text: str, size: float, *, bold: bool) -> str:
    look = f'sz="{round(size * 100)}" b="{int(bold)}"'
    return (
        f"<c:tx><c:rich><a:bodyPr/><a:lstStyle/><a:p><a:pPr><a:defRPr {look}/></a:pPr>"
        f'<a:r><a:rPr lang="{tongue()}" {look}>{_solid(INK)}</a:rPr>'
        f"<a:t>{escaped(text)}</a:t></a:r></a:p></c:rich></c:tx>"
    )


def _solid(color: str) -> str:
    return f'<a:solidFill><a:srgbClr val="{rgb(color)}"/></a:solidFill>'


_IDS: Final = "".join(f'<c:axId val="{one}"/>' for one in _AXES)
_LIMIT: Final = (
    f'<c:spPr><a:ln w="22225">{_solid(GOOD)}<a:prstDash val="dash"/></a:ln></c:spPr>'
    '<c:marker><c:symbol val="none"/></c:marker>'
)


def _title(text: str, look: Look) -> str:
    place = (
        '<c:layout><c:manualLayout><c:xMode val="edge"/><c:yMode val="edge"/>'
        '<c:x val="0.005"/><c:y val="0.005"/></c:manualLayout></c:layout>'
    )
    rich = _rich(text, look.size + 2, bold=True)
    return f'<c:title>{rich}{place}<c:overlay val="0"/></c:title>'


def _legend(chart: Chart) -> str:
    if len(_columns(chart)) == 1:
        return ""
    # Bars that have a colour each have none to show in a legend.
    first = '<c:legendEntry><c:idx val="0"/><c:delete val="1"/></c:legendEntry>'
    gone = first if isinstance(chart, Painted) else ""
    return f'<c:legend><c:legendPos val="b"/>{gone}<c:overlay val="0"/></c:legend>'


def _plots(chart: Chart, look: Look) -> str:
    columns = list(enumerate(_columns(chart)))
    shown, norm = columns[: len(chart.series)], columns[len(chart.series) :]
    dashed = "".join(_series(chart, at, one, _LIMIT, '<c:smooth val="0"/>') for at, one in norm)
    if chart.kind == "lines":
        return _line_plot(_lines(chart, shown, look) + dashed) + _axes(chart, look)
    bars = _bars(chart, shown, look)
    return bars + (_line_plot(dashed) if dashed else "") + _axes(chart, look)


def _line_plot(drawn: str) -> str:
    return (
        f'<c:lineChart><c:grouping val="standard"/><c:varyColors val="0"/>{drawn}'
        f'<c:marker val="1"/>{_IDS}</c:lineChart>'
    )


def _bars(chart: Chart, shown: list[tuple[int, Series]], look: Look) -> str:
    stacked = chart.kind == "stacked"
    drawn = "".join(
        _series(
            chart,
            at,
            one,
            f"<c:spPr>{_solid(one.color)}</c:spPr>"
            f'<c:invertIfNegative val="0"/>{_points(chart)}'
            f"{_labels(chart, one, look) if at == 0 and not stacked else ''}",
        )
        for at, one in shown
    )
    overlap = "100" if stacked else "0"
    grouping = "stacked" if stacked else "clustered"
    return (
        f'<c:barChart><c:barDir val="{"bar" if lying(chart) else "col"}"/><c:grouping '
        f'val="{grouping}"/><c:varyColors val="0"/>{drawn}<c:gapWidth val="50"/>'
        f'<c:overlap val="{overlap}"/>{_IDS}</c:barChart>'
    )


def _points(chart: Chart) -> str:
    if not isinstance(chart, Painted):
        return ""
    return "".join(
        f'<c:dPt><c:idx val="{at}"/><c:invertIfNegative val="0"/><c:bubble3D val="0"/>'
        f"<c:spPr>{_solid(color)}</c:spPr></c:dPt>"
        for at, color in enumerate(chart.colors)
    )


def _lines(chart: Chart, shown: list[tuple[int, Series]], look: Look) -> str:
    return "".join(
        _series(
            chart,
            at,
            one,
            f'<c:spPr><a:ln w="28575" cap="rnd">{_solid(one.color)}<a:round/></a:ln></c:spPr>'
            '<c:marker><c:symbol val="circle"/><c:size val="6"/>'
            f"<c:spPr>{_solid(one.color)}<a:ln><a:noFill/></a:ln></c:spPr></c:marker>"
            f"{_line_labels(chart, one, look)}",
            '<c:smooth val="0"/>',
        )
        for at, one in shown
    )


def _series(chart: Chart, at: int, one: Series, look: str, after: str = "") -> str:
    """Write a series; `at` is its column in the sheet."""
    column, last = get_column_letter(at + 2), len(chart.categories) + 1
    names = _cache(_names(chart))
    known = _cache(None if value is None else f"{value:.12g}" for value in one.values)
    form = f"<c:formatCode>{escaped(_axis_format(one.values))}</c:formatCode>"
    return (
        f'<c:ser><c:idx val="{at}"/><c:order val="{at}"/><c:tx><c:strRef>'
        f"<c:f>{_SHEET}!${column}$1</c:f><c:strCache>{_cache([one.name])}</c:strCache>"
        f"</c:strRef></c:tx>{look}<c:cat><c:strRef><c:f>{_SHEET}!$A$2:$A${last}</c:f>"
        f"<c:strCache>{names}</c:strCache></c:strRef></c:cat><c:val><c:numRef>"
        f"<c:f>{_SHEET}!${column}$2:${column}${last}</c:f><c:numCache>{form}{known}</c:numCache>"
        f"</c:numRef></c:val>{after}</c:ser>"
    )


def _cache(texts: Iterator[str | None] | Sequence[str]) -> str:
    listed = list(texts)
    points = "".join(
        f'<c:pt idx="{at}"><c:v>{escaped(text)}</c:v></c:pt>'
        for at, text in enumerate(listed)
        if text is not None
    )
    return f'<c:ptCount val="{len(listed)}"/>{points}'


# ----------------------------------------------------------------------------------- labels

_SHOWN: Final = (
    '<c:showLegendKey val="0"/><c:showVal val="1"/><c:showCatName val="0"/>'
    '<c:showSerName val="0"/><c:showPercent val="0"/><c:showBubbleSize val="0"/>'
)


def _labels(chart: Chart, one: Series, look: Look) -> str:
    """Write the numbers at the bars' ends: by a format where one does, else word by word."""
    if not chart.texts:
        return ""
    form = format_of(one.values, chart.texts)
    own = "" if form else "".join(_own_labels(chart, one, look))
    return _all_labels(form or "General", look, "outEnd", own)


def _all_labels(form: str, look: Look, place: str, own: str = "") -> str:
    return (
        f'<c:dLbls>{own}<c:numFmt formatCode={quoted(form)} sourceLinked="0"/>'
        f"<c:spPr><a:noFill/></c:spPr>{_text_look(look.size, INK, bold=True)}"
        f'<c:dLblPos val="{place}"/>{_SHOWN}</c:dLbls>'
    )


def _own_labels(chart: Chart, one: Series, look: Look) -> Iterator[str]:
    for at, (text, value) in enumerate(zip(chart.texts, one.values, strict=True)):
        if value is not None and text:
            yield (
                f'<c:dLbl><c:idx val="{at}"/>{_rich(text, look.size, bold=True)}'
                f'<c:dLblPos val="outEnd"/>{_SHOWN}</c:dLbl>'
            )


def _line_labels(chart: Chart, one: Series, look: Look) -> str:
    known = [value for value in one.values if value is not None]
    if len(chart.series) > 1 or len(known) > MOST_LABELLED:
        return ""
    return _all_labels(_axis_format(known), look, "t")


def format_of(values: Sequence[float | None], texts: Sequence[str]) -> str | None:
    """Return the number format that writes all values as they are written; None if none does."""
    pairs = [(value, text) for value, text in zip(values, texts, strict=True) if value is not None]
    if not pairs:
        return None
    after = pairs[0][1].lstrip("+-−0123456789.,")
    for places in range(MOST_PLACES + 1):
        if all(f"{value:,.{places}f}{after}" == text for value, text in pairs):
            digits = "#,##0" + ("." + "0" * places if places else "")
            return f'{digits}"{after}"' if after else digits
    return None


def _axis_format(values: Sequence[float | None]) -> str:
    whole = all(value is None or float(value).is_integer() for value in values)
    return "#,##0" if whole else "#,##0.0"


# ------------------------------------------------------------------------------------- axes


def _axes(chart: Chart, look: Look) -> str:
    """Write both axes; lying bars run from the top, as people read."""
    lies, (names, values) = lying(chart), _AXES
    ticks = '<c:majorTickMark val="none"/><c:minorTickMark val="none"/><c:tickLblPos val='
    grid = f"<c:majorGridlines><c:spPr><a:ln>{_solid(BORDER)}</a:ln></c:spPr></c:majorGridlines>"
    return (
        f'<c:catAx><c:axId val="{names}"/><c:scaling><c:orientation val="'
        f'{"maxMin" if lies else "minMax"}"/></c:scaling><c:delete val="0"/>'
        f'<c:axPos val="{"l" if lies else "b"}"/>{ticks}"low"/>'
        f"<c:spPr><a:ln>{_solid(SOFT)}</a:ln></c:spPr>{_text_look(look.size, INK)}"
        f'<c:crossAx val="{values}"/><c:crosses val="autoZero"/><c:auto val="1"/>'
        '<c:lblAlgn val="ctr"/><c:lblOffset val="60"/><c:tickLblSkip val="1"/>'
        f'<c:noMultiLvlLbl val="1"/></c:catAx><c:valAx><c:axId val="{values}"/>'
        f'{_range(chart, look)}<c:delete val="0"/><c:axPos val="{"b" if lies else "l"}"/>'
        f'{grid}<c:numFmt formatCode="{_scale_format(chart)}" sourceLinked="0"/>'
        f'{ticks}"nextTo"/><c:spPr><a:ln><a:noFill/></a:ln></c:spPr>'
        f"{_text_look(look.size - 1, SOFT)}"
        f'<c:crossAx val="{names}"/><c:crosses val="{"max" if lies else "autoZero"}"/>'
        '<c:crossBetween val="between"/></c:valAx>'
    )


def _range(chart: Chart, look: Look) -> str:
    below = any(value is not None and value < 0 for one in chart.series for value in one.values)
    low = "" if below else '<c:min val="0"/>'
    top = f'<c:max val="{look.top:.12g}"/>' if look.top else ""
    return f'<c:scaling><c:orientation val="minMax"/>{top}{low}</c:scaling>'


def _scale_format(chart: Chart) -> str:
    return "#,##0" if top_of(chart) >= WHOLE_FROM else "0.0#"
