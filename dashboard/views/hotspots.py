"""Hot spots: where significantly more is reported than chance explains, since when, how sure."""

from __future__ import annotations

from datetime import timedelta

import streamlit as st

from dashboard import choices, fragments, headings, maps, spot_map, state
from dashboard.parts.address import keep_map_view
from dashboard.services import overview, spotting, territory, things
from dashboard.services.overview import Picture
from dashboard.services.spotting import Kept, Making
from dashboard.services.territory import Scope
from dashboard.spot_rows import Names
from dashboard.state import PageState
from dashboard.views import context, empty, spot_panel, tab_norms
from geo.areas import UNITS
from geo.errors import WanggeError
from geo.hotspots import MODES
from geo.scan import METHODS as SCANS
from geo.studies import MEASURES, METHODS, RADII, SIMULATIONS, STEPS, Question
from geo.words import _, explain

_MAKING = "study_making"
_LOOK_S = 0.7


def page() -> None:
    """Draw the page."""
    asked = state.read()
    scope = territory.resolve(asked)
    if scope is None:
        empty.no_data(asked)
        return
    with st.container(key="hotspots"):
        context.row(asked, scope, colours=False, period=False)
        keep_map_view()
        methods = choices.translated(METHODS)
        context.parts_row("method", methods, asked.method, "hotspots", mapped=True)
        _body(scope, overview.picture(scope, asked.period))


@fragments.fragment()
def _body(scope: Scope, picture: Picture) -> None:
    """Draw controls, map and panel; a click on any reruns only this."""
    asked = state.read()
    classes = context.class_names(scope)
    _controls(asked, classes)
    question = spotting.question(scope, asked)
    kept, trouble = _answer(scope, question)
    left, right = st.columns(tab_norms.MAP_SHARE, gap="xsmall")
    with left, st.container(key="map"):
        study = kept.study if kept else None
        shown = spot_map.map_state(scope, picture.grids, asked, study, classes)
        click = maps.show(shown, key="hotspots_map")
        if isinstance(click, maps.MapEvent) and _take(click, scope, asked, kept, shown):
            fragments.again()
    with right, st.container(border=True, key="panel"):
        _panel(scope, asked, question, kept, trouble, classes)


def _panel(
    scope: Scope,
    asked: PageState,
    question: Question,
    kept: Kept | None,
    trouble: WanggeError | None,
    classes: Names,
) -> None:
    if trouble is not None:
        st.warning(explain(trouble))
    elif kept is None:
        _making(scope, question)
    else:
        spot_panel.body(scope, asked, kept, classes)


# ------------------------------------------------------------------------------ the answer


def _answer(scope: Scope, question: Question) -> tuple[Kept | None, WanggeError | None]:
    """Return the answer, or why there is none; a slow one is made beside the page."""
    try:
        if question.method in spotting.SLOW:
            return spotting.on_record(scope, question), None
        with st.spinner(_("Counting tickets …")):
            return spotting.answer(scope, question), None
    except WanggeError as error:
        return None, error


def _making(scope: Scope, question: Question) -> None:
    """Offer to start what takes long; show how far it is."""
    made: Making | None = st.session_state.get(_MAKING)
    if made is not None and made.is_for(scope, question):
        _watch(scope)
        return
    headings.section(_("Clusters take a while"))
    headings.quiet(
        _(
            "Every circle around every building is compared with {n} made-up periods. You can go "
            "on working meanwhile; the answer is kept.",
            n=question.simulations,
        )
    )
    if st.button(_("Look for clusters"), type="primary", key="scan_start"):
        _drop()
        st.session_state[_MAKING] = spotting.begin(scope, question)
        fragments.again()


@fragments.fragment(run_every=timedelta(seconds=_LOOK_S))
def _watch(scope: Scope) -> None:
    """Show how far the answer is, then keep it."""
    made: Making | None = st.session_state.get(_MAKING)
    if made is None:
        st.rerun(scope="app")
    if made.job.running:
        st.progress(min(max(made.job.share, 0.0), 1.0), _("Looking for clusters …"))
        if st.button(_("Stop"), key="scan_stop"):
            _drop()
            st.rerun(scope="app")
        return
    if spotting.finished(scope, made) is None:
        error = made.job.error
        st.error(
            explain(error)
            if isinstance(error, WanggeError)
            else _("The search failed; nothing was changed.")
        )
        if st.button(_("Try again"), key="scan_again"):
            _drop()
            st.rerun(scope="app")
        return
    _drop()
    st.rerun(scope="app")


def _drop() -> None:
    held: Making | None = st.session_state.pop(_MAKING, None)
    if held is not None:
        held.job.stop()


# ------------------------------------------------------------------------------- the controls


def _controls(asked: PageState, classes: Names) -> None:
    """Draw what can be asked: first what everybody changes, the rest behind a button."""
    with st.container(key="hotspots_bar", horizontal=True, vertical_alignment="center", wrap=False):
        choices.select("span", _("Period"), choices.translated(state.SPANS), asked.span)
        with st.container(key="hotspots_classes"):
            choices.several("cls", _("Ticket classes"), classes, asked.cls, empty=_("All classes"))
        _CONTROLS[asked.method](asked)
        if asked.method != "repeats":  # there every call counts, and nothing is drawn by choice
            with st.popover(_("Settings"), icon=":material/tune:", type="tertiary"):
                _settings(asked)


def _areas_controls(asked: PageState) -> None:
    choices.select("unit", _("Counted in"), choices.translated(UNITS), asked.unit)
    choices.segments(
        "measure",
        _("Measure"),
        choices.translated(MEASURES),
        asked.measure,
        label_visible=False,
    )


def _series_controls(asked: PageState) -> None:
    choices.select("unit", _("Counted in"), choices.translated(UNITS), asked.unit)
    choices.segments("step", _("Step"), choices.translated(STEPS), asked.step, label_visible=False)


def _scan_controls(asked: PageState) -> None:
    choices.select("scan", _("Compared with"), choices.translated(SCANS), asked.scan)
    if asked.scan != "poisson":
        choices.segments(
            "when", _("When"), choices.translated(state.WHEN), asked.when, label_visible=False
        )


def _no_controls(_asked: PageState) -> None:
    """Draw nothing."""


def _group_controls(asked: PageState) -> None:
    options = {one: _("Near is up to {n} m", n=one) for one in state.NEAR}
    choices.select("near", _("Near"), options, asked.near)


_CONTROLS = {
    "gi": _areas_controls,
    "emerging": _series_controls,
    "scan": _scan_controls,
    "repeats": _no_controls,
    "groups": _group_controls,
    "compare": _areas_controls,
}


def _settings(asked: PageState) -> None:
    if asked.method in ("gi", "scan", "compare"):
        choices.segments("each", _("Classes"), choices.translated(state.EACH), asked.each)
    choices.segments("calls", _("Repeats"), choices.translated(state.CALLS), asked.calls)
    if asked.method in ("gi", "emerging", "compare"):
        choices.segments("test", _("Significance"), choices.translated(MODES), asked.test)
    if asked.method == "scan":
        radii = {str(one): f"{one} m" for one in RADII}
        choices.segments("reach", _("Largest radius"), radii, asked.reach)
        counts = {str(one): str(one) for one in SIMULATIONS}
        choices.segments("sims", _("Simulations"), counts, asked.sims)


# ------------------------------------------------------------------------------------- clicks


def _take(
    click: maps.MapEvent,
    scope: Scope,
    asked: PageState,
    kept: Kept | None,
    shown: maps.MapState,
) -> bool:
    """Write what was clicked into the URL; say whether that changed anything."""
    place = things.Place(click.lon, click.lat, click.zoom or things.USUAL_ZOOM)
    meant = things.at(scope, asked, place, shown.filters)
    if meant.grid and not scope.community:
        state.put(**state.territory_of(meant.grid[: state.COMMUNITY_DIGITS]))
        st.rerun(scope="app")
    if kept is None:
        return False
    cell = _cell(kept, click, meant)
    spot = _spot(kept, click, cell)
    return state.write(cell=cell, spot=spot if cell or spot else asked.spot) != asked


def _cell(kept: Kept, click: maps.MapEvent, meant: things.Meaning) -> str | None:
    """Return the key of the area that was clicked."""
    areas = kept.study.areas
    if areas is None and kept.study.question.method != "repeats":
        return None
    if areas is not None and areas.rings:
        return spotting.area_at(kept, click.lon, click.lat)
    if areas is not None and areas.unit == "grid":
        return meant.grid
    return str(meant.pick[1]) if meant.pick and meant.pick[0] == "building" else None


def _spot(kept: Kept, click: maps.MapEvent, cell: str | None) -> int | None:
    """Return the number of what was clicked: the circle, or what the area belongs to."""
    if kept.study.question.method in ("scan", "groups"):
        return spotting.circle_at(kept, click.lon, click.lat)
    return next((one.number for one in kept.study.spots if cell in one.keys), None)
