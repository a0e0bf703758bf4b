"""The monthly report (月报) of a street or community."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from dashboard import load_rows
from dashboard.briefing.formats import REPORT_FORMATS, Format
from dashboard.briefing.kinds import Kind, Order
from dashboard.briefing.land import read_land
from dashboard.briefing.monthly import head as monthly_head
from dashboard.briefing.monthly import load as monthly_load
from dashboard.briefing.monthly import people as monthly_people
from dashboard.briefing.monthly import spots as monthly_spots
from dashboard.briefing.monthly import tickets as monthly_tickets
from dashboard.briefing.monthly import watch as monthly_watch
from dashboard.briefing.monthly.maps import Atlas
from dashboard.briefing.monthly.words import Told, month_name, withheld, without
from dashboard.briefing.page import Made, facts_of, footer_of, place_of
from dashboard.briefing.report import Report, Section, Table
from dashboard.briefing.writing import OFFICE, written
from dashboard.services import monthly, overview
from dashboard.services.monthly import Monthly
from dashboard.services.territory import Scope
from dashboard.state import PageState
from geo.errors import N_
from geo.indicators import INDICATORS
from geo.papers.wording import clean
from geo.store.access import known_as
from geo.words import _, language

EXPLAINED: Final = (
    "households",
    "households_per_worker",
    "tickets_open",
    "tickets_overdue",
    "on_time_rate",
    "tickets_per_1000_households",
    "visits_due",
    "visit_coverage",
    "visits_overdue",
    "party_contact_coverage",
    "elderly_service_reach",
    "workload_hours",
)
"""Indicators whose formulas stand at the end."""


def report_of(
    scope: Scope, asked: PageState, made: Made, form: Format = REPORT_FORMATS["a4p"]
) -> Report:
    """Write the report of a month.

    Parameters
    ----------
    asked
        With the month in ``month``; the last that is over where it has none.
    form
        Whose ``map_w`` and ``map_h`` its maps are drawn for.

    Raises
    ------
    InputError
        If no figures are kept of that month.
    StoreError
        When the database does not answer.
    """
    found = monthly.monthly(scope, monthly.month_of(scope, asked.month))
    told, land = _told(found), read_land(scope)
    atlas = Atlas(scope, land, form, made)
    sections = (
        monthly_head.section(told),
        monthly_load.load(told, atlas),
        monthly_load.norms(told),
        monthly_tickets.section(told),
        monthly_spots.section(told, atlas),
        monthly_people.visits(told),
        monthly_people.coverage(told),
        monthly_watch.section(told, atlas),
        _formulas(),
    )
    place, month = place_of(scope), month_name(found.month)
    return Report(
        title=_("{place}: monthly report {month}", place=place, month=month),
        sub=(clean(f"{scope.street.place} {scope.street.name}"), _days(found)),
        facts=tuple(facts_of(scope, made, None)),
        sections=sections,
        footer=footer_of(scope, made, schematic=land is not None and land.schematic),
        author=clean(known_as(made.by)),
    )


def _told(found: Monthly) -> Told:
    hidden = withheld(found.picture.grids)
    picture = without(found.picture, hidden)
    return Told(
        found=found,
        picture=picture,
        withheld=hidden,
        load=load_rows.load(picture.grids),
        study=monthly.hot_spots(found).study,
        classes=_class_names(found.scope),
    )


def _class_names(scope: Scope) -> dict[str, str]:
    field = "name" if language() == "zh" else "name_en"
    rows = overview.ticket_classes(scope.edition)
    return {row["code"]: row[field] or row["name"] for row in rows}


def _days(found: Monthly) -> str:
    month = found.month
    return _("{start} to {end}, {n} days", start=month.start, end=month.last_day, n=month.days)


def _formulas() -> Section:
    """Say how everything was counted."""
    rows = tuple(
        (_(entry.label), _(entry.formula), _(entry.edges))
        for entry in (INDICATORS[key] for key in EXPLAINED)
    )
    heads = (_("Indicator"), _("Formula"), _("At the edges"))
    table = Table(_("Formulas"), heads, rows, (False, False, False))
    return Section(_("How it was counted"), (), (table,))


# --------------------------------------------------------------------------------------- file


def _body(order: Order) -> bytes:
    # A map on a slide is enlarged: no scale is printed there.
    form = replace(order.form, round_scale=False) if order.ending == "pptx" else order.form
    return written(report_of(order.scope, order.state, order.made, form), order)


def _title(order: Order) -> str:
    month = monthly.month_of(order.scope, order.state.month).key
    return _("{place} monthly report {month}", place=place_of(order.scope), month=month)


def _stamp(order: Order) -> str:
    return monthly.month_of(order.scope, order.state.month).key


KIND: Final = Kind(
    N_("Monthly report"), REPORT_FORMATS, ("pdf", *OFFICE), _body, _title, stamp=_stamp
)
