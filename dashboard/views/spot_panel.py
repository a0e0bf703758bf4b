"""The panel beside the map of hot spots: what was found, one of it in full, how it was done."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import streamlit as st

from dashboard import fragments, headings, spot_rows, state, wording
from dashboard.parts.cube import cube_strip
from dashboard.parts.slider import time_slider
from dashboard.parts.table import area_table
from dashboard.services import spotting
from dashboard.services.spotting import Kept
from dashboard.services.territory import Scope
from dashboard.spot_rows import Names
from dashboard.state import PageState
from geo.spots import Spot
from geo.studies import Question, Study
from geo.studies.explain import explain
from geo.words import _

Draw = Callable[[Study, PageState, Names], None]

_SINCE = "spot_since"


def body(scope: Scope, asked: PageState, kept: Kept, classes: Names) -> None:
    """Draw the panel."""
    study = kept.study
    with st.container(gap="xsmall"):
        st.markdown(spot_rows.verdict(study, classes))
        if study.steps and not study.shortage:
            _steps(study, asked)
    chosen = next((one for one in study.spots if one.number == asked.spot), None)
    if chosen is not None:
        _card(scope, asked, kept, chosen, classes)
    names = [_("Found"), *_extra(study), _("Addresses"), _("How it was done"), _("Briefing")]
    found, *extra, addresses, how, briefing = st.tabs(names)
    with found:
        _found(study, asked, classes)
        _downloads(kept)
    for tab, draw in zip(extra, _extra(study).values(), strict=True):
        with tab:
            draw(study, asked, classes)
    with addresses:
        _addresses(study, "hotspots_addresses")
    with how:
        _how(kept)
    with briefing:
        _briefing(scope, classes)


def _extra(study: Study) -> dict[str, Draw]:
    """Return the tabs only this method has."""
    if study.shortage:
        return {}
    of_method: dict[str, dict[str, Draw]] = {
        "emerging": {_("Histories"): _histories},
        "repeats": {_("Spread"): _spread},
        "compare": {_("Changes"): _changes},
    }
    return of_method.get(study.question.method, {})


# ------------------------------------------------------------------------------------- the list


def _found(study: Study, asked: PageState, classes: Names) -> None:
    if study.shortage:
        _addresses(study, "hotspots_instead")
        return
    if not study.spots:
        headings.quiet(_("Nothing to list."))
        return
    chosen = str(asked.spot) if asked.spot else None
    area_table(spot_rows.table(study, classes), chosen, _show_spot, key="hotspots_found")
    headings.quiet(_("Click a row to see all about it; its number is on the map."))


def _addresses(study: Study, key: str) -> None:
    area_table(spot_rows.addresses(study), None, _show_building, key=key)


def _show_spot(number: str) -> None:
    state.put(spot=None if state.read().spot == int(number) else int(number))


def _show_building(number: str) -> None:
    state.put(pick=("building", int(number)))


# ---------------------------------------------------------------------------------- over time


def _steps(study: Study, asked: PageState) -> None:
    """Draw the slider, and the strip of the area that was clicked."""
    at = spot_rows.step_of(study, asked.at)
    shown = None if at is None else str(at)
    time_slider(spot_rows.steps(study), shown, _to_step, key="hotspots_slider")
    if shown is not None:
        st.button(
            _("Show histories instead of one step"),
            type="tertiary",
            key="hotspots_whole",
            on_click=lambda: state.put(at=None),
        )
    if asked.cell is None:
        headings.quiet(_("Click an area on the map to see it step by step."))
        return
    strip = spot_rows.bins(study, asked.cell)
    if strip:
        headings.section(_("The area chosen"), spot_rows.history_of(study, asked.cell))
        cube_strip(strip, shown, _to_step, key="hotspots_cube")


def _to_step(position: str) -> None:
    state.put(at=int(position))


def _histories(study: Study, _asked: PageState, _classes: Names) -> None:
    area_table(spot_rows.histories(study), None, _ignore, key="hotspots_histories")


def _ignore(_key: str) -> None:
    """Do nothing: a row of this table leads nowhere."""


# ------------------------------------------------------------------------------- one of them


def _card(scope: Scope, asked: PageState, kept: Kept, spot: Spot, classes: Names) -> None:
    with st.container(horizontal=True, vertical_alignment="center", wrap=False):
        headings.title(wording.plain(spot_rows.name(spot, classes)), 4)
        st.button(
            _("Back to the list"),
            icon=":material/arrow_back:",
            type="tertiary",
            shortcut="Esc",
            key="spot_back",
            on_click=lambda: state.put(spot=None),
        )
    staff = spotting.workers(scope, spot.grids)
    st.table(spot_rows.details(spot, classes, staff), border="horizontal", hide_index=True)
    if kept.id and st.button(
        _("Put in the briefing"), icon=":material/playlist_add:", key="spot_brief"
    ):
        spotting.put_in_briefing(kept.id, spot.number)
        fragments.again()
    if spot.keys and kept.study.question.method in ("gi", "compare", "emerging"):
        _measure(scope, asked, kept.study.question, spot)


def _to_day() -> None:
    day = st.session_state[_SINCE]
    state.put(since=day.isoformat() if day else None)


def _measure(scope: Scope, asked: PageState, question: Question, spot: Spot) -> None:
    """Ask for the day something was done here; tell whether it helped."""
    headings.section(_("Was something done here?"), _("compared with everywhere else"))
    first, last = date.fromordinal(question.stop - 364), date.fromordinal(question.stop - 1)
    named = None if asked.since is None else date.fromisoformat(asked.since)
    # What the address says is shown, whatever the field showed before.
    st.session_state[_SINCE] = named if named and first <= named <= last else None
    day = st.date_input(
        _("Day of the measure"),
        value=None,
        min_value=first,
        max_value=last,
        format="YYYY-MM-DD",
        key=_SINCE,
        on_change=_to_day,
    )
    if day is None:
        headings.quiet(_("Choose the day a measure was taken to see whether it helped."))
        return
    found = spotting.before_after(scope, question, spot, day)
    if found is None:
        headings.quiet(_("There is no whole week on either side of that day."))
        return
    for said in spot_rows.trial(found):
        st.markdown(said)


# -------------------------------------------------------------------------------- the rest


def _spread(study: Study, _asked: PageState, classes: Names) -> None:
    st.markdown(wording.plain(spot_rows.spread(study)))
    st.markdown(wording.plain(spot_rows.reopened(study)))
    headings.section(_("Near repeats"))
    headings.quiet(wording.plain(spot_rows.near(study)))
    area_table(spot_rows.knox(study, classes), None, _ignore, key="hotspots_knox")
    if "knox_table" in study.more:
        headings.section(_("By distance and time"), _("observed ÷ expected, * p ≤ 0.05"))
        st.table(spot_rows.knox_frame(study), border="horizontal", hide_index=True)
    else:
        headings.quiet(_("Choose one class to see it by distance and time."))


def _changes(study: Study, asked: PageState, classes: Names) -> None:
    if not study.more["changes"]:
        headings.quiet(_("Nothing to compare: see how it was done."))
        return
    chosen = str(asked.spot) if asked.spot else None
    area_table(spot_rows.changes(study, classes), chosen, _show_spot, key="hotspots_changes")


def _how(kept: Kept) -> None:
    for said in explain(kept.study):
        st.markdown(f"- {wording.plain(said)}")
    headings.quiet(
        _(
            "Computed in {n} s on {time}; random numbers from seed {seed}.",
            n=f"{kept.seconds:.1f}",
            time=f"{kept.made_at.astimezone():%Y-%m-%d %H:%M}",
            seed=kept.study.question.seed,
        )
    )


def _downloads(kept: Kept) -> None:
    """Offer the answer as a file."""
    if not kept.id:
        return
    links = [
        f"[{name}](/export/study/{kept.id}.{ending}?lang={state.read().lang})"
        for name, ending in (("GeoPackage", "gpkg"), ("CSV", "csv"), ("JSON", "json"))
    ]
    headings.quiet(_("Download: {links}", links=" · ".join(links)))


def _briefing(scope: Scope, classes: Names) -> None:
    rows = spot_rows.briefing(spotting.in_briefing(scope), classes)
    if not rows:
        headings.quiet(_("Nothing is on the list yet: open a spot and put it in the briefing."))
        return
    for study_id, spot, said in rows:
        with st.container(horizontal=True, vertical_alignment="center", wrap=False):
            st.markdown(wording.plain(said))
            st.button(
                _("Take out"),
                type="tertiary",
                key=f"brief_out_{study_id}_{spot}",
                on_click=spotting.take_out,
                args=(study_id, spot),
            )
