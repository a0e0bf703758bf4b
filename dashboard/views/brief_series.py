"""Many briefings as one job: what to make, how far it is, the zip to take along."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import streamlit as st

from dashboard import choices, figures, fragments, headings
from dashboard.briefing.making import KINDS, Wish, kind_of
from dashboard.briefing.page import Made, place_of
from dashboard.briefing.parcels import parcels
from dashboard.briefing.series import EACH, Filled, Series
from dashboard.services.base import viewer
from dashboard.services.jobs import Job
from dashboard.services.territory import Scope
from dashboard.state import PageState
from geo.errors import WanggeError
from geo.words import _, explain

_HELD: Final = "brief_series"
_LOOK_S: Final = 0.7

OF_GRIDS: Final = ("sheets", "view")
OF_COMMUNITIES: Final = ("monthly", "view", "sheets", "wall", "set")
"""What makes sense for each grid, and for each community."""


@dataclass
class Making:
    """A series being made: its name, its file, the job, and the key of the finished zip."""

    name: str
    path: Path
    job: Job[Filled]
    key: str = ""


def series(scope: Scope, asked: PageState) -> None:
    """Draw the choice, or how far the series is."""
    headings.section(_("A series as one file"), _("everything in one zip"))
    held: Making | None = st.session_state.get(_HELD)
    if held is not None:
        _watch()
    else:
        _choose(scope, asked)


def _choose(scope: Scope, asked: PageState) -> None:
    eaches = choices.translated(EACH)
    if scope.community is not None and len(scope.communities) < 2:  # noqa: PLR2004 - nothing to go through
        del eaches["communities"]
    if not scope.plan_ids:
        eaches.pop("grids")
    if not eaches:
        headings.quiet(_("There is nothing to make a series of yet."))
        return
    left, right = st.columns(2)
    each = left.selectbox(
        _("Of what"), list(eaches), format_func=eaches.__getitem__, key="series_each"
    )
    known = [key for key in (OF_GRIDS if each == "grids" else OF_COMMUNITIES) if key in KINDS]
    names = {key: _(KINDS[key].label) for key in known}
    name = right.selectbox(
        _("Kind"), known, format_func=names.__getitem__, key=f"series_kind_{each}"
    )
    kind = kind_of(name)
    sizes = {key: _(form.label) for key, form in kind.formats.items()}
    frame = left.selectbox(
        _("Size of the page"), list(sizes), format_func=sizes.__getitem__, key=f"series_{name}_size"
    )
    endings = [ending for ending in kind.endings if ending != "zip" or len(kind.endings) == 1]
    ending = right.selectbox(
        _("Kind of file"), endings, format_func=str.upper, key=f"series_{name}_ending"
    )
    if st.button(_("Make the series"), type="primary", key="series_start"):
        st.session_state[_HELD] = _begin(scope, Wish(name, asked, frame, ending), each)
        st.rerun(scope="app")


def _begin(scope: Scope, wish: Wish, each: str) -> Making:
    place = scope.street.name if each == "communities" else place_of(scope)
    title = _("{place} {kind}", place=place, kind=_(KINDS[wish.kind].label))
    path = parcels().path()
    made = Made(datetime.now(UTC), viewer().name)
    job: Job[Filled] = Job.begin(
        "dashboard.briefing", Series(wish, each, made, wish.state.lang, str(path))
    )
    return Making(f"{title}.zip", path, job)


@fragments.fragment(run_every=timedelta(seconds=_LOOK_S))
def _watch() -> None:
    """Show how far the series is, then the zip."""
    held: Making | None = st.session_state.get(_HELD)
    if held is None:
        st.rerun(scope="app")
    if held.job.running:
        share = min(max(held.job.share, 0.0), 1.0)
        st.progress(share, _("{name}: {share} done", name=held.name, share=f"{share:.0%}"))
        if st.button(_("Stop"), key="series_stop"):
            _drop()
            st.rerun(scope="app")
        return
    filled = held.job.result
    if filled is None:
        _failed(held.job.error)
    else:
        _done(held, filled)
    if st.button(_("Another series"), key="series_again"):
        _drop()
        st.rerun(scope="app")


def _done(held: Making, filled: Filled) -> None:
    if not held.key:
        held.key = parcels().keep(held.path, held.name, viewer().name)
    n = figures.integer(len(filled.files))
    st.success(_("{name}: {n} briefings.", name=held.name, n=n))
    if filled.missing:
        st.warning("\n\n".join((_("Not made:"), *filled.missing[:5])))
    st.link_button(
        _("Take the zip along"),
        f"/export/series/{held.key}",
        icon=":material/folder_zip:",
        type="primary",
    )


def _failed(error: Exception | None) -> None:
    if isinstance(error, WanggeError):
        st.error(explain(error))
    else:
        st.error(_("The series failed; nothing was changed."))


def _drop() -> None:
    held: Making | None = st.session_state.pop(_HELD, None)
    if held is not None:
        held.job.stop()
        if not held.key:
            held.path.unlink(missing_ok=True)
