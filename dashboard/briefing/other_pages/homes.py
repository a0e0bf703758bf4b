"""Briefings of visits to homes, party contact and services within reach.

Nobody is named. What would be a small number of one building (`briefing_fewest`) is left out, and
a note says so: a sheet of paper goes further than a page.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Final

import numpy as np

from dashboard import (
    figures,
    party_map,
    party_rows,
    reach_lists,
    reach_map,
    reach_rows,
    visit_map,
    visit_rows,
    wording,
)
from dashboard.briefing.other_pages.blocks import Block, Table, of_areas, of_frame, quiet, said
from dashboard.briefing.other_pages.content import PageView
from dashboard.briefing.other_pages.words import fewest, period_words
from dashboard.maps import BuildingClasses, Legend, LegendRow, MapState, tone_color
from dashboard.norm_lines import worker_name
from dashboard.parts.table import TableRow
from dashboard.reach_rows import Told
from dashboard.services import contacting, overview, reaching, visiting, weighing
from dashboard.services.contacting import Contacting
from dashboard.services.overview import Picture
from dashboard.services.reaching import Street
from dashboard.services.territory import Scope
from dashboard.services.visiting import Visiting
from dashboard.state import PageState
from geo.schema import COVERED_GROUPS, WALKERS
from geo.sites import Sites, Stock
from geo.words import _

ALL_MET: Final = 1
"""The class of `visit_map` of buildings in which nobody is overdue."""


def without(shown: MapState, hidden: Collection[int]) -> MapState:
    """Leave buildings uncoloured.

    Parameters
    ----------
    hidden
        Ids.
    """
    held = shown.building_classes
    if held is None or not hidden:
        return shown
    kept = {one: index for one, index in held.classes.items() if one not in hidden}
    return replace(shown, building_classes=BuildingClasses(kept, held.colors))


def one_building_note(asked: PageState) -> tuple[str, ...]:
    """Say that a chosen building's own figures are not on paper."""
    if asked.pick is None or asked.pick[0] != "building":
        return ()
    return (_("The figures of a single building stay on the page: here are those of all."),)


# -------------------------------------------------------------------------------------- visits


def visits(scope: Scope, asked: PageState) -> PageView:
    """Gather the part about visits to homes; a worker is a number, no home to see is told."""
    picture = overview.picture(scope, asked.period)
    found = visiting.visiting(scope, asked.period)
    name, period = _("Visits to homes"), period_words(picture.period)
    if found is None:
        table = of_areas(_("By community"), visit_rows.by_community(picture))
        return PageView(
            scope=scope,
            name=name,
            sub=period,
            shown=visit_map.street_state(scope, picture, asked),
            blocks=[*said(visit_rows.street_verdict(picture)), table],
        )
    whole = replace(asked, pick=None)
    shown = few_overdue(visit_map.map_state(scope, picture, whole, found, None))
    return PageView(
        scope=scope,
        name=name,
        sub=period,
        asked=_worker(scope, asked, found),
        shown=shown,
        blocks=_visit_blocks(scope, picture, whole, found),
        notes=one_building_note(asked),
    )


def few_overdue(shown: MapState) -> MapState:
    """Put buildings with few overdue households into one class with those without any."""
    held, legend = shown.building_classes, shown.legends[0]
    few = [ALL_MET + 1 + at for at, low in enumerate(visit_map.MANY) if low < fewest()]
    if held is None or not few:
        return shown
    last = len(few) == len(visit_map.MANY)
    text = (
        _("Somebody was due") if last else _("Fewer than {n} overdue", n=visit_map.MANY[len(few)])
    )
    joined = {ALL_MET, *few}
    counts = list(held.classes.values())
    row = LegendRow(
        "fill",
        text,
        held.colors[ALL_MET],
        count=figures.integer(sum(one in joined for one in counts)),
    )
    rows = [row if at == ALL_MET else one for at, one in enumerate(legend.rows) if at not in few]
    classes = {one: ALL_MET if index in joined else index for one, index in held.classes.items()}
    return replace(
        shown,
        building_classes=BuildingClasses(classes, held.colors),
        legends=[replace(legend, rows=rows), *shown.legends[1:]],
    )


def worker_names(scope: Scope, found: Visiting) -> Mapping[int, str]:
    """Return what workers are called where nobody is named, by staff id.

    As in the table of norms, where the same people work the grids then; else by number alone.
    """
    workers = sorted(found.workers, key=lambda one: one.id)
    people = [one for one in weighing.people(scope) if one.community_id == found.community.id]
    same = [set(one.grids) for one in workers] == [set(one.grids) for one in people]
    if same:
        return {one.id: worker_name(who) for one, who in zip(workers, people, strict=True)}
    return {one.id: _("No. {n}", n=place) for place, one in enumerate(workers, 1)}


def _worker(scope: Scope, asked: PageState, found: Visiting) -> tuple[tuple[str, str], ...]:
    one = found.worker(asked.staff)
    return () if one is None else ((_("Worker"), worker_names(scope, found)[one.id]),)


def _visit_blocks(scope: Scope, picture: Picture, asked: PageState, found: Visiting) -> list[Block]:
    if found.since is None:
        return said(
            _(
                "This community has no visits on record, so nothing can be said about who was met "
                "and who is overdue."
            )
        )
    title, homes = visit_rows.chosen(found, picture, asked)
    return [
        *said(*visit_rows.verdict(found, homes), heading=title),
        of_frame(_("By care class"), visit_rows.by_class(found, homes)),
        *_next_visits(scope, found, asked),
        of_areas(_("By grid"), visit_rows.by_grid(found, picture), chosen=asked.grid),
        *quiet(visit_rows.quota(found), visit_rows.records(found)),
    ]


def _next_visits(scope: Scope, found: Visiting, asked: PageState) -> list[Block]:
    worker = found.worker(asked.staff)
    if worker is None:
        return []
    walk = visiting.next_walk(scope, found, worker.id)
    return [
        *said(visit_rows.walk_line(found, walk), heading=_("Next visits")),
        *quiet(_("The homes of the round are on the worker's own list, not here.")),
    ]


# --------------------------------------------------------------------------------------- party


def party(scope: Scope, asked: PageState) -> PageView:
    """Gather the part about party contact."""
    picture = overview.picture(scope, asked.period)
    found = contacting.contacting(scope)
    name = _("Party contact")
    if found is None:
        sentences = (party_rows.reach_sentence(picture), party_rows.street_sentence(picture))
        table = of_areas(_("By community"), party_rows.by_community(picture))
        shown = party_map.street_state(scope, picture, asked)
        return PageView(scope=scope, name=name, shown=shown, blocks=[*said(*sentences), table])
    whole = replace(asked, pick=None)
    shown = party_map.map_state(scope, picture, whole, found)
    painted = {"contact": _("Households left over"), "nets": _("The two nets")}
    hidden = _few_members(found, asked)
    return PageView(
        scope=scope,
        name=name,
        asked=((_("Colour buildings by"), painted[asked.paint]),),
        shown=without(shown, hidden),
        blocks=_party_blocks(picture, whole, found),
        notes=(*one_building_note(asked), *_uncoloured(len(hidden))),
    )


def _few_members(found: Contacting, asked: PageState) -> set[int]:
    """Return the buildings in which too few live for their colour to be told."""
    rows = found.buildings
    counted = rows["members"] if asked.paint == "nets" else rows["occupied"]
    few = (counted > 0) & (counted < fewest())
    return set(rows.loc[few, "id"].tolist())


def _uncoloured(count: int) -> tuple[str, ...]:
    if not count:
        return ()
    return (
        _(
            "{n} buildings with fewer than {least} of those counted are not coloured.",
            n=figures.integer(count),
            least=fewest(),
        ),
    )


def _party_blocks(picture: Picture, asked: PageState, found: Contacting) -> list[Block]:
    if not found.any_party:
        return said(_("This community has no party members or party households on record."))
    about = party_rows.subject(found, picture, asked)
    if about.part:
        lines = [party_rows.host_line(found, about.buildings)]
    else:
        lines = [party_rows.reach_sentence(picture), party_rows.plan_sentence(found)]
    parts = party_rows.parts(found, about.buildings)
    best = of_areas(_("Best places"), party_rows.best(found), keep=_enough)
    nets = party_rows.disagreements(found)
    return [
        *said(*lines, heading=wording.plain(about.name)),
        of_frame("", parts, total=True),
        of_areas(_("By grid"), party_rows.by_grid(found, picture), chosen=asked.grid),
        *quiet(party_rows.method(found)),
        *said(party_rows.guarantee(found), heading=_("Best places"), ahead=True),
        *_filled(replace(best, heading="")),
        *said(
            party_rows.nets_sentence(found),
            *party_rows.gaps(found, picture),
            heading=_("Two nets"),
        ),
        *_filled(of_areas(_("Organisations and grids"), nets, chosen=str(asked.org))),
        of_areas(_("Organisation"), party_rows.tree(found, asked.org), chosen=str(asked.org)),
    ]


def _filled(table: Table) -> list[Block]:
    """Print a table only if it has rows."""
    return [table] if table.rows else []


def _enough(row: TableRow) -> bool:
    """Tell whether no cell of a building's row tells a small number."""
    numbers = [cell.value for cell in row.cells[1:] if cell.value is not None]
    return not any(0 < value < fewest() for value in numbers)


# ------------------------------------------------------------------------------------ services


def services(scope: Scope, asked: PageState) -> PageView:
    """Gather the part about services within reach."""
    picture = overview.picture(scope, asked.period)
    found, name = reaching.street(scope), _("Services within reach")
    if found is None:
        sentence = _(
            "Who reaches which service is told by building: import the buildings of this street."
        )
        plain = visit_map.street_state(scope, picture, asked)
        return PageView(
            scope=scope,
            name=name,
            shown=replace(plain, choropleth=None, legends=[], grid_labels={}),
            blocks=said(sentence),
        )
    question = reaching.question(asked)
    here = _told(scope, found, picture, question)
    best = reaching.best(scope, question, 1)
    by_grid = None if picture.of_grids else _told(scope, found, picture.grids, question)
    shown = reach_map.map_state(here, replace(asked, pick=None), best, gaps=False, grids=by_grid)
    hidden = _few_people(here)
    return PageView(
        scope=scope,
        name=name,
        asked=_asked_of_services(asked),
        shown=without(_with_sites(shown, best), hidden),
        blocks=_service_blocks(here, asked, best),
        notes=_uncoloured(len(hidden)),
    )


def _told(scope: Scope, found: Street, of: Picture, question: reaching.Question) -> Told:
    return Told(scope, found, reaching.answer(found, scope, of.areas, question), of)


def _asked_of_services(asked: PageState) -> tuple[tuple[str, str], ...]:
    return (
        (_("Service"), reach_rows.services()[reach_rows.service_key(asked)]),
        (_("Whose reach"), wording.word(COVERED_GROUPS, asked.group)),
        (_("Who walks"), wording.word(WALKERS, asked.walker)),
        (_("Minutes"), asked.minutes),
    )


def _few_people(told: Told) -> set[int]:
    """Return the buildings with too few people of the group for their colour to be told."""
    if told.found.by_buildings:
        return set()
    people = told.answer.people
    few = np.flatnonzero((people > 0) & (people < fewest()))
    return set(told.found.buildings["id"].to_numpy()[told.answer.own[few]].tolist())


def _with_sites(shown: MapState, best: Sites | None) -> MapState:
    """Explain the marks of the best sites: on the page that is said on hovering."""
    if best is None or not best.chosen:
        return shown
    legend = Legend("", [LegendRow("circle", _("Best sites"), tone_color("good"))])
    return replace(shown, legends=[*shown.legends, legend])


def _service_blocks(told: Told, asked: PageState, best: Sites | None) -> list[Block]:
    stock = reaching.standing(told.found, told.scope, told.areas)
    there = reach_lists.loaded(told, stock)
    beyond = of_areas("", reach_lists.beyond(told), keep=lambda row: _enough_people(told, row))
    return [
        *said(
            reach_rows.verdict(told, asked),
            reach_rows.unrecorded(told),
            reach_rows.adrift(told),
            heading=reach_rows.place_name(told, asked),
        ),
        *quiet(_unbadged(reach_rows.basis(told))),
        of_areas(
            _("By service"), reach_rows.by_kind(told, asked), chosen=reach_rows.service_key(asked)
        ),
        of_areas(_("By area"), reach_rows.by_area(told), chosen=asked.grid),
        *_site_blocks(told, best),
        *_building_block(told, asked),
        *said(reach_lists.beyond_line(told), heading=_("Beyond reach"), ahead=True),
        *_filled(beyond),
        *_places_blocks(told),
        *_standing(told, stock, there),
        *quiet(reach_lists.absent(there)),
    ]


def _standing(told: Told, stock: Stock, there: list[str]) -> list[Block]:
    if not there:
        return []
    return [of_areas(_("Green and stock"), reach_lists.ground(told, stock, there))]


def _enough_people(told: Told, row: TableRow) -> bool:
    """Tell whether a building's people are enough to be told; how much it lacks is no secret."""
    people = row.cells[1].value
    return told.found.by_buildings or (people is not None and people >= fewest())


def _unbadged(markdown: str) -> str:
    """Write badges as plain words."""
    return markdown.replace(":blue-badge[", ":gray[").replace(":orange-badge[", ":orange[")


def _site_blocks(told: Told, best: Sites | None) -> list[Block]:
    if best is None:
        return []
    listed = reach_lists.sites(told, best).splitlines() if best.chosen else []
    return [
        *said(reach_lists.sites_sum(told, best), *listed, heading=_("Best sites")),
        *(quiet(reach_lists.proof(best)) if best.chosen else []),
    ]


def _building_block(told: Told, asked: PageState) -> list[Block]:
    """Tell the ways of the chosen building: ways are nobody's."""
    at = reach_lists.picked(told, asked)
    if at is None:
        return []
    return [of_frame(reach_lists.name(told, at), reach_lists.of_building(told, at))]


def _places_blocks(told: Told) -> list[Block]:
    if not told.answer.places:
        return []
    chosen = told.answer.question.kind
    return [
        of_areas(_("Places"), reach_rows.by_places(told), chosen=chosen),
        *quiet(reach_rows.places_note(told)),
    ]
