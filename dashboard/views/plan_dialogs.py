"""What is asked before something larger happens to a plan: new, suggest, norms, sign, publish."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from dashboard import fragments, headings, plan_rows, state, wording
from dashboard.services import people, planning
from dashboard.services.jobs import Job
from dashboard.services.planning import Desk
from geo import checks
from geo.errors import WanggeError
from geo.norms import NORMS
from geo.partition import Cancelled, Candidate, Finding, Suggestion, Wish
from geo.periods import ZONE
from geo.words import _, explain

EDITABLE_NORMS = ("grid_households", "worker_households", "grid_parts", "polsby_popper", "reock")
MOST_HOUSEHOLDS = 1_000_000
_JOB = "suggestion_job"


def _said(error: WanggeError) -> None:
    st.error(wording.plain(explain(error)), icon=":material/error:")


def _item(label: str, icon: str, key: str) -> bool:
    """Draw one entry of a menu; tell whether it was chosen."""
    return st.button(label, icon=icon, key=f"menu_{key}", width="stretch")


def more(desk: Desk) -> None:
    """Draw the menu of what can be done with a plan besides drawing on it."""
    community = desk.land.community_id
    if _item(_("New draft…"), ":material/note_add:", "more_new"):
        new_draft(community, None)
    if _item(_("Copy this plan…"), ":material/content_copy:", "more_copy"):
        new_draft(community, desk.plan.id)
    if desk.is_draft:
        _draft_menu(desk)
    elif desk.plan.state == "retired" and _item(
        _("Publish it anew…"), ":material/settings_backup_restore:", "restore"
    ):
        _restore(desk)
    _paper_links(desk)


def _draft_menu(desk: Desk) -> None:
    if _item(_("Suggest grids…"), ":material/auto_awesome:", "more_suggest"):
        suggest(desk)
    if _item(_("Norms of this community…"), ":material/straighten:", "norms"):
        norms(desk)
    if _item(_("Sign for exceptions…"), ":material/draw:", "more_sign"):
        sign(desk)
    if desk.plan.source == "imported" and _item(_("Close slivers"), ":material/healing:", "mend"):
        _do(lambda: planning.mend_polygons(desk))
    if _item(_("Rename…"), ":material/edit:", "more_rename"):
        rename(desk)
    if _item(_("Delete this draft…"), ":material/delete:", "more_delete"):
        discard(desk)


def _paper_links(desk: Desk) -> None:
    base = f"/export/plan/{desk.plan.id}"
    lang = state.read().lang
    st.link_button(
        _("Register (XLSX)"),
        f"{base}/registration.xlsx?lang={lang}",
        icon=":material/table:",
        width="stretch",
    )
    st.link_button(
        _("Drawings (PDF)"),
        f"{base}/drawings.pdf?lang={lang}",
        icon=":material/picture_as_pdf:",
        width="stretch",
    )


def _do(step: Callable[[], object]) -> None:
    """Do something, say what went wrong, else draw the page anew."""
    try:
        step()
    except WanggeError as error:
        _said(error)
        return
    st.rerun(scope="app")


def _restore(desk: Desk) -> None:
    def step() -> None:
        made = planning.restore(desk, desk.plan.name)
        state.put(plan=made)

    _do(step)


# -------------------------------------------------------------------------------- a new draft


@fragments.dialog()
def new_draft(community_id: int, source_id: int | None) -> None:
    """Ask for the name and the origin of a new draft."""
    headings.title(_("New draft"))
    plans = planning.plans_of(community_id)
    origins = {0: _("Nothing: an empty map"), **{row["id"]: row["name"] for row in plans}}
    chosen = st.selectbox(
        _("Start from"),
        list(origins),
        index=list(origins).index(source_id or 0),
        format_func=origins.__getitem__,
        key="new_origin",
    )
    today = datetime.now(ZONE)
    offered = planning.free_name(community_id, _("Draft of {day}", day=f"{today:%Y-%m-%d}"))
    name = st.text_input(_("Name"), offered, key="new_name", max_chars=60)
    if st.button(_("Make the draft"), type="primary", key="new_make"):

        def step() -> None:
            state.put(plan=planning.start(community_id, name, chosen or None))

        _do(step)


@fragments.dialog()
def rename(desk: Desk) -> None:
    """Ask for another name."""
    headings.title(_("Rename the draft"))
    name = st.text_input(_("Name"), desk.plan.name, key="rename_name", max_chars=60)
    if st.button(_("Save"), type="primary", key="rename_save"):
        _do(lambda: planning.rename(desk, name))


@fragments.dialog()
def discard(desk: Desk) -> None:
    """Ask before a draft is deleted."""
    headings.title(_("Delete the draft?"))
    st.markdown(
        _(
            "“{name}” and its whole history of edits will be gone. Plans that were in force stay.",
            name=wording.plain(desk.plan.name),
        )
    )
    if st.button(_("Delete"), type="primary", key="discard"):

        def step() -> None:
            planning.discard(desk)
            state.put(plan=None)

        _do(step)


# ---------------------------------------------------------------------------------- suggestion


@fragments.dialog(width="large")
def suggest(desk: Desk) -> None:
    """Let the program cut the community into grids."""
    headings.title(_("Suggest grids"))
    if _job(desk) is not None:
        _watch(desk)
        return
    _wishes(desk)


def _job(desk: Desk) -> tuple[Desk, Job[Suggestion]] | None:
    """Return the suggestion for this plan, with the plan as it was then; stop one for another."""
    held: tuple[Desk, Job[Suggestion]] | None = st.session_state.get(_JOB)
    if held is not None and held[0].plan.id != desk.plan.id:
        _drop_job()
        return None
    return held


def _drop_job() -> None:
    held: tuple[Desk, Job[Suggestion]] | None = st.session_state.pop(_JOB, None)
    if held is not None:
        held[1].stop()


def _wishes(desk: Desk) -> None:
    if not desk.counted:
        _wishes_uncounted(desk)
        return
    norm = desk.norms["grid_households"]
    first, second, third = st.columns(3)
    floor = first.number_input(
        _("Households from"), 0, MOST_HOUSEHOLDS, int(norm.low or 0), key="wish_floor"
    )
    ceiling = second.number_input(
        _("Households to"),
        1,
        MOST_HOUSEHOLDS,
        int(norm.high or norm.low or MOST_HOUSEHOLDS),
        key="wish_ceiling",
    )
    count = third.number_input(
        _("Grids (0: as fits)"), 0, 999, 0, key="wish_count", help=_("0 lets the program choose.")
    )
    load = st.toggle(_("Balance the work rather than the households"), key="wish_load")
    wish = Wish(floor=float(floor), ceiling=float(ceiling), count=int(count) or None, by_load=load)
    if floor > ceiling:
        st.warning(_("The floor is above the ceiling."))
        return
    _start(desk, wish)


def _wishes_uncounted(desk: Desk) -> None:
    """Ask for what can be asked for where no households are on record: the number of grids."""
    headings.quiet(
        _(
            "No households are on record here, so there is no norm to keep to: say how many "
            "grids to make. They are made even by work, else by ground."
        )
    )
    used = len(desk.plan.used)
    count = st.number_input(_("Number of grids"), 1, 999, max(used, 1), key="wish_grids")
    _start(desk, Wish(count=int(count)))


def _start(desk: Desk, wish: Wish) -> None:
    """Ask for the other wishes and begin."""
    whole = st.toggle(_("Keep compounds whole where they fit"), value=True, key="wish_whole")
    keep = st.toggle(_("Keep locked grids as they are"), value=True, key="wish_locked")
    close = st.slider(_("Stay close to the plan in force"), 0.0, 1.0, 0.0, 0.25, key="wish_close")
    seed = st.number_input(
        _("Seed"), 0, 9999, 0, key="wish_seed", help=_("Same seed, same result.")
    )
    if st.button(_("Start"), type="primary", key="wish_start"):
        wish = replace(wish, seed=int(seed), keep_together=whole, stay_close=close)
        job = planning.begin_suggestion(desk, wish, keep_locked=keep)
        st.session_state[_JOB] = (desk, job)
        fragments.again()


@fragments.fragment(run_every=timedelta(seconds=0.6))
def _watch(desk: Desk) -> None:
    """Show how far the suggestion is, then what it found."""
    held = _job(desk)
    if held is None:
        st.rerun(scope="app")
    begun, job = held
    if job.running:
        st.progress(min(max(job.share, 0.0), 1.0), _("Cutting the community into grids …"))
        if st.button(_("Stop"), key="wish_stop"):
            _drop_job()
            st.rerun(scope="app")
        return
    if job.error is not None or job.result is None:
        _failed(job)
        return
    _candidates(begun, job)


def _failed(job: Job[Suggestion]) -> None:
    if isinstance(job.error, WanggeError):
        _said(job.error)
    elif not isinstance(job.error, Cancelled):
        st.error(_("The suggestion failed; nothing was changed."))
    if st.button(_("Change the wishes"), key="wish_again"):
        _drop_job()
        st.rerun(scope="app")


def _candidates(desk: Desk, job: Job[Suggestion]) -> None:
    assert job.result is not None  # noqa: S101 - the caller looked
    make = plan_rows.candidates if desk.counted else plan_rows.candidates_uncounted
    st.table(make(desk, job.result.plans), border="horizontal", hide_index=True)
    with st.container(horizontal=True):
        for place, found in enumerate(job.result.plans):
            if st.button(
                _("Take {n}", n=place + 1),
                type="primary" if place == 0 else "secondary",
                key=f"take_{place}",
            ):
                _take(desk, job, found)
        if st.button(_("Change the wishes"), key="wish_again", type="tertiary"):
            _drop_job()
            st.rerun(scope="app")
    headings.quiet(
        _("Taking one is a single edit of this draft: undo brings the former state back.")
    )
    if desk.counted:
        _why_out_of_norm(desk, job.result.plans)
    _what_cannot_be(desk, job.result.findings)


def _take(desk: Desk, job: Job[Suggestion], found: Candidate) -> None:
    """Take one; what hinders it becomes the job's, since this fragment draws itself again."""
    try:
        planning.take(desk, found.grid, plan_rows.candidate_note(desk, found.measures))
    except WanggeError as error:
        job.error = error
        fragments.again()
    _drop_job()
    st.rerun(scope="app")


def _why_out_of_norm(desk: Desk, plans: Sequence[Candidate]) -> None:
    """Say of each grid outside the norm why it could not be brought in."""
    lines = [
        _("{n}: {sentence}", n=place, sentence=_(message_id, **desk.land.named(params)))
        for place, found in enumerate(plans, 1)
        for message_id, params in found.reasons.values()
    ]
    if not lines:
        return
    with st.expander(_("Why {n} grids are outside the norm", n=len(lines)), expanded=False):
        st.markdown("\n".join("- " + wording.plain(line) for line in lines))


def _what_cannot_be(desk: Desk, findings: Sequence[Finding]) -> None:
    """Say what the ground forbids: compounds too large, islands, buildings above the norm."""
    if not findings:
        return
    with st.expander(_("{n} things that cannot be as wished", n=len(findings)), expanded=False):
        for finding in findings:
            sentence = _(finding.message_id, **desk.land.named(finding.params))
            st.markdown("- " + wording.plain(sentence))


# --------------------------------------------------------------------------- norms, exceptions


@fragments.dialog()
def norms(desk: Desk) -> None:
    """Set a norm for this community alone."""
    headings.title(_("Norms of this community"))
    key = st.selectbox(
        _("Norm"),
        EDITABLE_NORMS,
        format_func=lambda one: _(NORMS[one].label),
        key="norm_key",
    )
    norm = desk.norms[key]
    left, right = st.columns(2)
    low = _bound(left, _("Lower limit"), norm.low, f"norm_low_{key}")
    high = _bound(right, _("Upper limit"), norm.high, f"norm_high_{key}")
    source = st.text_input(_("Why, or on whose word"), key="norm_source", max_chars=200)
    headings.quiet(_("Every view of this community follows; the former value is kept as history."))
    if st.button(_("Save"), type="primary", key="norm_save"):
        _do(lambda: planning.set_norm(desk, key, low, high, source))


def _bound(column: DeltaGenerator, label: str, now: float | None, key: str) -> float | None:
    """Ask for a bound; an emptied field means none."""
    # Only a field that starts empty can be emptied; so today's number goes in as if it were typed.
    st.session_state.setdefault(key, now)
    return column.number_input(label, value=None, min_value=0.0, key=key)


@fragments.dialog(width="large")
def sign(desk: Desk) -> None:
    """Sign a reason for checks that are not met."""
    headings.title(_("Sign for exceptions"))
    _sign_form(desk)


def _sign_form(desk: Desk) -> None:
    blocking = desk.blocking
    signed = [one for one in desk.findings if one.reason]
    if not blocking and not signed:
        st.markdown(_("All checks are met: there is nothing to sign for."))
        return
    names = people.names_of(desk)
    every = [*blocking, *signed]
    texts = {
        place: f"{plan_rows.who(desk, one, names)} {plan_rows.said(one)} {one.reason}".strip()
        for place, one in enumerate(every)
    }
    chosen = st.multiselect(
        _("What is accepted"),
        list(texts),
        default=list(range(len(blocking))),
        format_func=texts.__getitem__,
        key="sign_what",
        placeholder=_("Choose checks"),
    )
    reason = st.text_area(
        _("Reason (leave empty to take a signature back)"), key="sign_reason", max_chars=400
    )
    who = st.text_input(_("Signed by"), key="sign_who", max_chars=60)
    # Never disabled: a click that leaves a field would come before what was typed in it.
    if st.button(_("Sign"), type="primary", key="sign_do"):
        wanted = [every[place] for place in chosen]
        missing = _not_to_sign(wanted, reason)
        if missing:
            st.warning(missing)
            return
        _do(lambda: planning.sign(desk, wanted, reason, who))


def _not_to_sign(wanted: Sequence[checks.Finding], reason: str) -> str:
    """Say what a signature lacks; without a reason, signatures can only be taken back."""
    if not wanted:
        return _("Choose what is accepted.")
    if not reason.strip() and not all(one.reason for one in wanted):
        return _("Write the reason: without one nothing is signed.")
    return ""


# ---------------------------------------------------------------------------------- publishing


@fragments.dialog(width="large")
def publish(desk: Desk) -> None:
    """Publish a draft: when, with which codes, who signs."""
    headings.title(_("Publish “{name}”", name=wording.plain(desk.plan.name)))
    if desk.blocking:
        st.warning(
            _(
                "{n} checks are not met. Mend the draft, or sign a reason for each.",
                n=len(desk.blocking),
            )
        )
        _sign_form(desk)
        return
    try:
        codings, ended = planning.codings(desk)
    except WanggeError as error:
        _said(error)
        return
    day = _first_day(planning.published_from(desk.land.community_id))
    st.markdown(plan_rows.coding_summary(codings, ended))
    with st.container(height=220, border=True):
        st.table(plan_rows.coding_table(desk, codings), border="horizontal", hide_index=True)
    _confirm_publishing(desk, day)


def _first_day(began: date | None) -> date:
    """Ask for the plan's first day, which comes after that of the plan in force."""
    today = datetime.now(ZONE).date()
    earliest = began + timedelta(days=1) if began else None
    day: date = st.date_input(
        _("In force from"),
        value=max(today, earliest) if earliest else today,
        min_value=earliest,
        key="publish_day",
        format="YYYY-MM-DD",
    )
    if began:
        headings.quiet(
            _(
                "The plan in force ends the day before. What happened until then stays counted on "
                "it; at any time it can be published anew."
            )
        )
    return day


def _confirm_publishing(desk: Desk, day: date) -> None:
    name = st.text_input(
        _("Type the plan's name to confirm: {name}", name=wording.plain(desk.plan.name)),
        key="publish_name",
    )
    who = st.text_input(_("Published by"), key="publish_who", max_chars=60)
    # Never disabled: a click that leaves a field would come before what was typed in it.
    if not st.button(_("Publish"), type="primary", key="publish_do"):
        return
    if name.strip() != desk.plan.name:
        st.warning(_("The name is not the plan's: type it exactly as it stands above."))
    elif not who.strip():
        st.warning(_("Say who publishes."))
    else:
        _do(lambda: planning.publish(desk, day, who))
