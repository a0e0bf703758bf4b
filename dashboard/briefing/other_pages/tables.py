"""Briefings of the pages that are tables only: norms and indicators, and the import log."""

from __future__ import annotations

from typing import Final

from dashboard import figures, registry_tables
from dashboard.briefing.kinds import Order
from dashboard.briefing.other_pages.blocks import Block, of_frame, said
from dashboard.briefing.other_pages.content import PageView, kind_of
from dashboard.services import intake, registry
from geo.errors import N_
from geo.words import _


def norms(order: Order) -> PageView:
    """Gather the norms and the indicators."""
    return PageView(
        scope=order.scope,
        name=_("Norms & indicators"),
        shown=None,
        blocks=[
            of_frame(_("Norms"), registry_tables.norms(registry.norms())),
            of_frame(_("Indicators"), registry_tables.indicators(registry.indicators())),
        ],
    )


def imports(order: Order) -> PageView:
    """Gather the imports; refused rows may hold anything, so they are only counted."""
    batches = intake.batches()
    blocks: list[Block] = said(_("No file has been imported yet."))
    if batches:
        refused = sum(row["rows_rejected"] for row in batches)
        read = sum(row["rows_read"] for row in batches)
        sentence = _(
            "{files} files with {read} rows; {refused} rows were refused.",
            files=figures.integer(len(batches)),
            read=figures.integer(read),
            refused=figures.integer(refused),
        )
        blocks = [*said(sentence), of_frame(_("Imports"), registry_tables.batches(batches))]
    return PageView(scope=order.scope, name=_("Import log"), shown=None, blocks=blocks)


NORMS: Final = kind_of(N_("Norms & indicators"), norms, lambda _order: "")
IMPORTS: Final = kind_of(N_("Import log"), imports, lambda _order: "")
