"""Changing a norm: floor, ceiling, why, for whom; what it was before, and the way back."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from dashboard import fragments, headings, norm_history, norm_lines, wording
from dashboard.services import weighing
from dashboard.services.registry import NormInForce
from dashboard.services.territory import Scope
from geo.errors import WanggeError
from geo.indicators import INDICATORS
from geo.norms import NORMS, WORKLOAD_TERMS
from geo.words import _, explain

HERE, EVERYWHERE = "here", "all"


@fragments.dialog(width="large")
def one(scope: Scope, key: str) -> None:
    """Change one norm."""
    headings.title(_(NORMS[key].label))
    _form(scope, key)


@fragments.dialog(width="large")
def other(scope: Scope, keys: list[str]) -> None:
    """Choose a norm, and change it."""
    headings.title(_("All other norms"))
    key = st.selectbox(
        _("Norm"), keys, format_func=lambda one: _(NORMS[one].label), key="other_norm"
    )
    _form(scope, key)


def _form(scope: Scope, key: str) -> None:
    community_id = _whose(scope, key)
    ruling = _in_force(scope, community_id)[key]
    headings.quiet(_now(ruling))
    left, right = st.columns(2)
    name = f"{key}_{community_id}"
    low = _bound(left, _("Lower limit"), ruling.norm.low, f"norm_low_{name}")
    high = _bound(right, _("Upper limit"), ruling.norm.high, f"norm_high_{name}")
    source = st.text_input(_("Why, or on whose word"), key=f"norm_source_{name}", max_chars=200)
    with st.container(horizontal=True):
        if st.button(_("Save"), type="primary", key="norm_set"):
            _do(key, lambda: weighing.set_norm(community_id, key, low, high, source))
        if (ruling.own if community_id else ruling.changed) and st.button(
            _("Follow everybody's norm again") if community_id else _("Back to the default"),
            key="norm_back",
        ):
            _do(key, lambda: weighing.take_back(community_id, key, source))
    _history(key, community_id)


def _whose(scope: Scope, key: str) -> int | None:
    """Ask for whom the norm is changed; a whole street has only everybody's."""
    if scope.community is None:
        headings.quiet(_("For every community that has no norm of its own."))
        return None
    names = {
        HERE: _("Only {community}", community=scope.community.name),
        EVERYWHERE: _("All communities"),
    }
    chosen = st.segmented_control(
        _("For whom"),
        list(names),
        default=HERE,
        format_func=names.__getitem__,
        required=True,
        key=f"norm_whose_{key}",
    )
    return scope.community.id if chosen == HERE else None


def _in_force(scope: Scope, community_id: int | None) -> weighing.Norms:
    return weighing.norms(scope)[community_id] if community_id else weighing.general_norms(scope)


def _now(ruling: NormInForce) -> str:
    """Say what is in force, on whose word, and what the norm's note says."""
    parts = [
        _("In force: {norm}", norm=norm_lines.norm_text(ruling.norm)),
        norm_lines.source_text(ruling),
        wording.plain(_(ruling.norm.note)) if ruling.norm.note else "",
    ]
    return " · ".join(part for part in parts if part)


def _bound(column: DeltaGenerator, label: str, now: float | None, key: str) -> float | None:
    """Ask for a bound; an emptied field means none."""
    # Only a field that starts empty can be emptied; so today's number goes in as if it were typed.
    st.session_state.setdefault(key, now)
    return column.number_input(label, value=None, key=key, format="%g")


def _do(key: str, step: Callable[[], object]) -> None:
    """Change the norm, say what went wrong, else draw the page anew with what follows from it."""
    try:
        with st.spinner(_("Computing anew…") if weighing.depends(key) else _("Saving…")):
            step()
    except WanggeError as error:
        st.error(wording.plain(explain(error)), icon=":material/error:")
        return
    _forget(key)
    st.rerun(scope="app")


def _forget(key: str) -> None:
    """Let the fields begin with what is in force the next time."""
    for name in [one for one in st.session_state if str(one).startswith("norm_")]:
        if key in str(name):
            del st.session_state[name]


def _history(key: str, community_id: int | None) -> None:
    changes = weighing.history(key, community_id)
    if not changes:
        headings.quiet(_("Nobody has changed this norm yet."))
        return
    headings.section(_("What it was before"))
    st.table(norm_history.frame(changes), border="horizontal", hide_index=True)


# -------------------------------------------------------------------------------------- weights


@fragments.dialog()
def weights(scope: Scope) -> None:
    """Change the weights of the composite load."""
    headings.title(_("Weights of the composite load"))
    _weights_form(scope)


def _weights_form(scope: Scope) -> None:
    headings.quiet(
        _(
            "Only their proportions count: with equal weights every term counts the same, and 0 "
            "leaves a term out."
        )
    )
    community_id = _whose(scope, "weight_")
    now = _in_force(scope, community_id)
    columns = st.columns(2)
    given = {
        key: _weight(columns[place % 2], key, now[f"weight_{key}"].norm.value, community_id)
        for place, key in enumerate(WORKLOAD_TERMS)
    }
    source = st.text_input(_("Why, or on whose word"), key="norm_source_weight_", max_chars=200)
    if st.button(_("Save"), type="primary", key="weights_set"):
        _do("weight_", lambda: weighing.set_weights(community_id, given, source))


def _weight(column: DeltaGenerator, term: str, now: float, community_id: int | None) -> float:
    return float(
        column.number_input(
            _(INDICATORS[term].label),
            min_value=0.0,
            value=float(now),
            step=0.5,
            format="%g",
            key=f"norm_weight_{term}_{community_id}",
        )
    )
