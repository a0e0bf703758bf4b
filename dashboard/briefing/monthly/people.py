"""Visits, party contact and services within reach in a monthly report."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from dashboard import figures, party_rows, reach_rows, visit_rows
from dashboard.briefing.monthly.tickets import history
from dashboard.briefing.monthly.words import Told, frame_table, joined, n_of, said, table_of
from dashboard.briefing.report import Block, Section
from dashboard.reach_rows import Told as Reached
from dashboard.services import contacting, reaching
from dashboard.services.contacting import Contacting
from dashboard.services.visiting import Visiting
from dashboard.state import DEFAULT
from geo.words import _

# ------------------------------------------------------------------------------------ visits


def visits(told: Told) -> Section:
    """Return the section about visits."""
    found = told.found.visiting
    if found is None:
        sentences = [_street_visits(told)]
        blocks: list[Block] = [
            *history(told, "visit_coverage"),
            table_of(_("Visits by community"), visit_rows.by_community(told.picture)),
        ]
        return Section(_("Visits"), said(*sentences), tuple(blocks))
    if not len(found.homes):
        return Section(_("Visits"), said(_("0 occupied households are on record.")), ())
    sentences = [*_due(told, found), visit_rows.quota(found), visit_rows.records(found)]
    return Section(_("Visits"), said(*sentences), tuple(_visit_blocks(told, found)))


def _street_visits(told: Told) -> str:
    figure = told.picture.sum("visit_coverage")
    if not figure.denominator:
        return _("0 households were due for a visit.")
    return _street_covered(told)


def _street_covered(told: Told) -> str:
    figure, late = told.picture.sum("visit_coverage"), told.picture.sum("visits_overdue").value
    due, done = figure.denominator or 0.0, figure.numerator or 0.0
    return _(
        "**{due}** households were due, {done} of them were met. Coverage {done} ÷ {due} = "
        "**{share}**; {late} households are overdue.",
        due=n_of(due),
        done=n_of(done),
        share=visit_rows.share(done, due, told.few),
        late=n_of(late),
    )


def _due(told: Told, found: Visiting) -> list[str]:
    one = visit_rows.counts(found.homes)
    if not one.due:
        return [_("0 households were due for a visit.")]
    return [_covered(told, one), _late(one)]


def _covered(told: Told, one: visit_rows.Counts) -> str:
    return _(
        "**{due}** households were due, {done} of them were met. Coverage {done} ÷ {due} = "
        "**{share}**; {missed} were not met.",
        due=n_of(one.due),
        done=n_of(one.done),
        share=visit_rows.share(one.done, one.due, told.few),
        missed=n_of(one.missed),
    )


def _late(one: visit_rows.Counts) -> str:
    return _(
        "At the end of the month **{n}** households are overdue: {rest} not met, {again} met but "
        "due again.",
        n=n_of(one.overdue),
        rest=n_of(one.overdue - one.again),
        again=n_of(one.again),
    )


def _visit_blocks(told: Told, found: Visiting) -> list[Block]:
    note = _("Due: the interval of the household's class ran out before the end of the month.")
    blocks: list[Block] = [
        *history(told, "visit_coverage"),
        frame_table(_("Visits by care class"), visit_rows.by_class(found, found.homes), note, 2),
    ]
    if told.picture.areas:
        table = visit_rows.by_grid(found, told.picture)
        blocks.append(table_of(_("Visits by grid"), table, told.withheld))
    return blocks


# ---------------------------------------------------------------------------------- coverage


def coverage(told: Told) -> Section:
    """Return the section about party contact and services within reach, as things stand now."""
    contacted = contacting.contacting(told.found.scope)
    reached = _reached(told)
    sentences = [*_party(told, contacted), *_services(told, reached)]
    blocks = [*_party_blocks(told, contacted), *_service_blocks(told, reached)]
    none = _("0 party members and 0 facilities are on record.")
    return Section(_("Coverage"), said(*sentences) or said(none), tuple(blocks))


def _party(told: Told, found: Contacting | None) -> list[str]:
    if found is None:
        served = told.picture.sum("party_served")
        known = figures.known(served.numerator) and figures.known(served.denominator)
        return [
            party_rows.reach_sentence(told.picture),
            party_rows.street_sentence(told.picture) if known else "",
        ]
    if not found.any_party:
        return []
    return [party_rows.reach_sentence(told.picture), party_rows.plan_sentence(found)]


def _party_blocks(told: Told, found: Contacting | None) -> list[Block]:
    if found is None:
        return [table_of(_("Party contact by community"), party_rows.by_community(told.picture))]
    if not found.any_party or not told.picture.areas:
        return []
    table = party_rows.by_grid(found, told.picture)
    return [table_of(_("Party contact by grid"), table, told.withheld)]


def _reached(told: Told) -> Reached | None:
    scope = told.found.scope
    found = reaching.street(scope)
    if found is None or not len(found.own(scope.community_ids)):
        return None
    answer = reaching.answer(found, scope, told.picture.areas, reaching.question(DEFAULT))
    return Reached(scope, found, answer, told.picture)


def _services(told: Told, reached: Reached | None) -> list[str]:
    if reached is None:
        return []
    people = float(reached.reach(None).people[0])
    elderly = told.picture.sum("elderly_service_reach")
    sentences = []
    if people and reached.required.any():
        verdict = reach_rows.verdict(reached, DEFAULT)
        sentences.append(joined(verdict + _("."), reach_rows.unrecorded(reached)))
    if elderly.denominator:
        sentences.append(_elderly(told))
    return sentences


def _elderly(told: Told) -> str:
    figure = told.picture.sum("elderly_service_reach")
    return _(
        "Residents 60+ within reach of an elderly service: {part} ÷ {whole} = **{share}**.",
        part=n_of(figure.numerator),
        whole=n_of(figure.denominator),
        share=visit_rows.share(figure.numerator or 0.0, figure.denominator or 0.0, told.few),
    )


def _service_blocks(told: Told, reached: Reached | None) -> list[Block]:
    if reached is None or not reached.reach(None).people[0]:
        return []
    note = _("Counted: {group}. The share whose walk takes no longer.", group=reached.group)
    blocks: list[Block] = [
        table_of(
            _("Services within so many minutes on foot"),
            reach_rows.by_kind(reached, DEFAULT),
            note=note,
        )
    ]
    absent = any(not reached.exists(one) for one in np.flatnonzero(reached.required).tolist())
    if reached.required.any() and told.picture.areas and not absent:
        title = _("All required services within 15 minutes")
        table = table_of(title, reach_rows.by_area(reached), told.withheld)
        share = (*table.head[:3], _("Share of people"), *table.head[4:])
        blocks.append(replace(table, head=share))
    return blocks
