"""A report as a file: pages, slides or a text document, each with the same figures."""

from __future__ import annotations

from typing import Final

from dashboard.briefing.formats import Ending
from dashboard.briefing.kinds import Order
from dashboard.briefing.office.document import text_document
from dashboard.briefing.office.slides import slides
from dashboard.briefing.press import press
from dashboard.briefing.report import Report
from dashboard.briefing.report_page import document_of

OFFICE: Final[tuple[Ending, ...]] = ("pptx", "docx")
"""Kinds of file that are meant to be changed."""


def written(report: Report, order: Order) -> bytes:
    """Return the file that was asked for."""
    if order.ending == "pptx":
        return slides(report, order.made)
    if order.ending == "docx":
        return text_document(report, order.made)
    document = document_of(report, order.form)
    return press(document, order.made.at, order.ending, order.form.ppi, template="report")
