"""The briefing of the page of hot spots: the question, what was found, how sure, how it was done.

What would be a small number of one building (`briefing_fewest`) is left out: of spots that may be
one building, of lists of addresses, and of the colours of buildings.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields, replace
from datetime import date
from typing import Any, Final

from dashboard import figures, spot_map, spot_rows, state, wording
from dashboard.briefing.kinds import Order
from dashboard.briefing.other_pages.blocks import (
    Block,
    Lines,
    of_areas,
    of_bins,
    of_frame,
    of_steps,
    quiet,
    said,
)
from dashboard.briefing.other_pages.content import PageView, kind_of
from dashboard.briefing.other_pages.overlays import CLEAR
from dashboard.briefing.other_pages.words import fewest
from dashboard.maps import Choropleth, Legend, LegendRow, MapState, Tone, tone_color
from dashboard.services import overview, spotting
from dashboard.services.overview import Picture
from dashboard.services.spotting import Kept
from dashboard.services.territory import Scope
from dashboard.spot_rows import Names
from dashboard.state import PageState
from geo.areas import UNITS
from geo.errors import N_, WanggeError
from geo.hotspots import MODES
from geo.papers.wording import minute
from geo.scan import METHODS as SCANS
from geo.spacetime import EMERGING
from geo.spots import Spot
from geo.studies import MEASURES, METHODS, SIMULATIONS, STEPS, AreaFigures, Question, Study
from geo.studies.explain import SHORTAGES
from geo.studies.explain import explain as how
from geo.words import _, explain, language

NO_PATTERN: Final = list(EMERGING).index("none")

ONE_BUILDING: Final = ("repeats", "groups", "scan")
"""Methods whose spots may be one building, whatever areas are counted in."""

MEASURED: Final = ("gi", "compare", "emerging")
"""Methods whose spots a measure can be tried on."""


def view_of(scope: Scope, asked: PageState) -> PageView:
    """Gather what the page shows; an answer that takes long is taken if it is there."""
    picture, classes = overview.picture(scope, asked.period), _class_names(scope)
    question = spotting.question(scope, asked)
    kept, trouble = _answer(scope, question)
    study, left_out = (None, 0) if kept is None else discreet(kept.study)
    shown = spot_map.map_state(scope, picture.grids, asked, study, classes)
    return PageView(
        scope=scope,
        name=_("Hot spots"),
        sub=_days(question),
        asked=tuple(_asked(asked, question, classes)),
        shown=_explained(_on_paper(shown, picture), study),
        blocks=_blocks(scope, asked, kept, study, classes) if study and kept else _without(trouble),
        notes=_notes(left_out),
    )


def _class_names(scope: Scope) -> Names:
    field = "name" if language() == "zh" else "name_en"
    rows = overview.ticket_classes(scope.edition)
    return {row["code"]: row[field] or row["name"] for row in rows}


def _answer(scope: Scope, question: Question) -> tuple[Kept | None, str]:
    """Return the answer, or the sentence that says why there is none."""
    try:
        if question.method in spotting.SLOW and not _quick(question):
            found = spotting.on_record(scope, question)
        else:
            found = spotting.answer(scope, question)
    except WanggeError as error:
        return None, explain(error)
    return found, _(
        "These clusters have not been looked for yet. Open the page of hot spots with this "
        "question, start the search, and make this briefing again when it is done."
    )


def _quick(question: Question) -> bool:
    """Tell whether clusters are found in a few seconds: few simulations, of all classes at once.

    By rate that is quick for each class, too.
    """
    alone = not question.each or question.scan == "poisson"
    return question.simulations <= SIMULATIONS[0] and alone


def _without(trouble: str) -> list[Block]:
    return said(trouble)


def _days(question: Question) -> str:
    return _(
        "{start} to {end}",
        start=date.fromordinal(question.start),
        end=date.fromordinal(question.stop - 1),
    )


def _on_paper(shown: MapState, picture: Picture) -> MapState:
    """Colour the buildings of coloured grids as well: paper has no other ground below them."""
    tint = shown.choropleth
    if tint is None or not picture.areas:
        return shown
    colors = tuple(CLEAR if color in ("", "transparent") else color for color in tint.colors)
    return replace(shown, choropleth=Choropleth(tint.classes, colors), building_mode="indicator")


_MARKED: Final[dict[str, dict[Tone, str]]] = {
    "scan": {"bad": N_("Cluster")},
    "groups": {"muted": N_("Group")},
    "repeats": {"bad": N_("Repeat address")},
}
"""What marks of a tone are, by method; of all others see `_explained`."""

_SPOTS: Final[dict[Tone, str]] = {
    "bad": N_("Hot spot"),
    "": N_("Cold spot"),
    "muted": N_("Of the period before"),
}


def _explained(shown: MapState, study: Study | None) -> MapState:
    """Explain the numbered marks: on the page that is said on hovering."""
    if study is None:
        return shown
    words = _MARKED.get(study.question.method, _SPOTS)
    held = {one.tone for one in shown.marks} | {one.tone for one in shown.discs}
    rows = [
        LegendRow("circle", _(text), tone_color(tone))
        for tone, text in words.items()
        if tone in held
    ]
    if not rows:
        return shown
    legend = Legend("", rows, _("numbers: order of the list"))
    return replace(shown, legends=[*shown.legends, legend])


# -------------------------------------------------------------------------------- the question


def _asked(asked: PageState, question: Question, classes: Names) -> list[tuple[str, str]]:
    """Say what was asked, as the page's controls do."""
    chosen = _(", ").join(classes.get(code, code) for code in asked.cls) or _("All classes")
    return [
        (_("Method"), wording.word(METHODS, asked.method)),
        (_("Period"), wording.word(state.SPANS, asked.span)),
        (_("Ticket classes"), chosen),
        *_OF_METHOD[asked.method](asked),
        *_settings(asked, question),
    ]


def _of_areas(asked: PageState) -> list[tuple[str, str]]:
    return [
        (_("Counted in"), wording.word(UNITS, asked.unit)),
        (_("Measure"), wording.word(MEASURES, asked.measure)),
    ]


def _of_series(asked: PageState) -> list[tuple[str, str]]:
    return [
        (_("Counted in"), wording.word(UNITS, asked.unit)),
        (_("Time step"), wording.word(STEPS, asked.step)),
    ]


def _of_scan(asked: PageState) -> list[tuple[str, str]]:
    rows = [(_("Compared with"), wording.word(SCANS, asked.scan))]
    if asked.scan != "poisson":
        rows.append((_("When"), wording.word(state.WHEN, asked.when)))
    rows.append((_("Largest radius"), f"{asked.reach} m"))
    return [*rows, (_("Simulations"), asked.sims)]


def _of_groups(asked: PageState) -> list[tuple[str, str]]:
    return [(_("Near"), _("Near is up to {n} m", n=asked.near))]


_OF_METHOD: Final[Mapping[str, Callable[[PageState], list[tuple[str, str]]]]] = {
    "gi": _of_areas,
    "emerging": _of_series,
    "scan": _of_scan,
    "repeats": lambda _asked: [],
    "groups": _of_groups,
    "compare": _of_areas,
}


def _settings(asked: PageState, question: Question) -> list[tuple[str, str]]:
    if question.method == "repeats":
        return []
    rows = [(_("Repeats"), wording.word(state.CALLS, asked.calls))]
    if question.method in ("gi", "scan", "compare"):
        rows.insert(0, (_("Classes"), wording.word(state.EACH, asked.each)))
    if question.method in MEASURED:
        rows.append((_("Significance"), wording.word(MODES, asked.test)))
    return rows


# ------------------------------------------------------------------------------ small numbers


def discreet(study: Study) -> tuple[Study, int]:
    """Leave out what would say a small number of one building.

    Returns
    -------
    study : Study
        Without small spots that may be one building, and without such addresses.
    left_out : int
        How many spots are missing.
    """
    single = study.question.unit == "building" and study.areas is not None
    alone = single or study.question.method in ONE_BUILDING
    kept = tuple(
        _quiet_spot(one, alone=alone)
        for one in study.spots
        if not alone or one.observed >= fewest()
    )
    numbers = {one.number for one in kept}
    more = dict(study.more)
    if "changes" in more:
        more["changes"] = [
            row for row in more["changes"] if (row["after"] or row["before"]) in numbers
        ]
    made = replace(
        study,
        spots=kept,
        addresses=tuple(one for one in study.addresses if one.calls >= fewest()),
        more=more,
        areas=_quiet_areas(study.areas) if single and study.areas else study.areas,
    )
    return made, len(study.spots) - len(kept)


def _quiet_spot(spot: Spot, *, alone: bool) -> Spot:
    drivers = spot.drivers
    if alone:
        drivers = tuple(one for one in drivers if one.observed >= fewest())
    return replace(
        spot,
        drivers=drivers,
        addresses=tuple(one for one in spot.addresses if one.calls >= fewest()),
    )


def _quiet_areas(areas: AreaFigures) -> AreaFigures:
    """Say of buildings with few tickets that nothing is certain."""
    few = [n < fewest() for n in areas.observed]

    def hide(values: tuple[int, ...], nothing: int) -> tuple[int, ...]:
        return tuple(nothing if hidden else one for one, hidden in zip(values, few, strict=True))

    changed: dict[str, Any] = {}
    if areas.level:
        changed["level"] = hide(areas.level, 0)
    if areas.category:
        changed["category"] = hide(areas.category, NO_PATTERN)
    if areas.levels:
        none = (0,) * len(areas.levels[0])
        changed["levels"] = tuple(
            none if hidden else row for row, hidden in zip(areas.levels, few, strict=True)
        )
    known = {one.name for one in fields(areas)}
    return replace(areas, **{name: value for name, value in changed.items() if name in known})


def _notes(left_out: int) -> tuple[str, ...]:
    if not left_out:
        return ()
    return (
        _(
            "{n} places that may be one building, with fewer than {least} tickets, are left out.",
            n=figures.integer(left_out),
            least=fewest(),
        ),
    )


# ---------------------------------------------------------------------------------- the answer


def _blocks(
    scope: Scope, asked: PageState, kept: Kept, study: Study, classes: Names
) -> list[Block]:
    return [
        *said(_verdict(kept.study, study, classes)),
        *_spot(scope, asked, study, classes),
        *_list(study, asked, classes),
        *_series(study, asked),
        *_extra(study, asked, classes),
        *_how(kept),
        *_histories(study),
        *_addresses(study),
    ]


def _verdict(whole: Study, study: Study, classes: Names) -> str:
    """Say what was found: all of it counted, but never told by a small number of one building."""
    hot = [one for one in whole.spots if one.kind != "cold"]
    told = not hot or any(one.number == hot[0].number for one in study.spots)
    return spot_rows.verdict(whole if told else study, classes)


def _list(study: Study, asked: PageState, classes: Names) -> list[Block]:
    if study.shortage or not study.spots:
        return []
    chosen = str(asked.spot) if asked.spot else None
    return [of_areas(_("Found"), spot_rows.table(study, classes), chosen=chosen)]


def _spot(scope: Scope, asked: PageState, study: Study, classes: Names) -> list[Block]:
    """Tell all about the chosen spot but who works there."""
    chosen = next((one for one in study.spots if one.number == asked.spot), None)
    if chosen is None:
        return []
    frame = spot_rows.details(chosen, classes, {})
    frame = frame[frame.iloc[:, 0] != _("Grid workers")]
    if _alone(study) and not _frequent(chosen):
        frame = frame[frame.iloc[:, 0] != _("Lately")]
    told = [
        f":gray[{name}] **{value}**"
        for name, value in _escaped(frame).itertuples(index=False, name=None)
    ]
    heading = wording.plain(spot_rows.name(chosen, classes))
    return [*said(" | ".join(told), heading=heading), *_trial(scope, asked, study, chosen)]


def _escaped(frame: Any) -> Any:
    """Make plain text of a table harmless in Markdown."""
    return frame.map(wording.plain)


def _alone(study: Study) -> bool:
    return study.question.method in ONE_BUILDING or study.question.unit == "building"


def _frequent(spot: Spot) -> bool:
    """Tell whether both of the spans compared lately have enough tickets to be told."""
    return all(sum(part) >= fewest() for part in (spot.weeks[-4:], spot.weeks[-8:-4]))


def _trial(scope: Scope, asked: PageState, study: Study, spot: Spot) -> list[Block]:
    """Say whether a measure helped, where the reader named its day."""
    if asked.since is None or not spot.keys or study.question.method not in MEASURED:
        return []
    day = date.fromisoformat(asked.since)
    found = spotting.before_after(scope, study.question, spot, day)
    heading = _("Was something done here?")
    if found is None:
        return said(_("There is no whole week on either side of that day."), heading=heading)
    if _alone(study):
        return []
    return said(*spot_rows.trial(found), heading=heading, hint=asked.since)


def _series(study: Study, asked: PageState) -> list[Block]:
    """Draw the season, and the strip of the area that was clicked."""
    if not study.steps or study.shortage:
        return []
    at = spot_rows.step_of(study, asked.at)
    hint = "" if at is None else _("on the map: {step}", step=spot_rows.step_label(study, at))
    blocks: list[Block] = [of_steps(_("Tickets step by step"), spot_rows.steps(study), at, hint)]
    strip = spot_rows.bins(study, asked.cell) if asked.cell and not _alone(study) else []
    if strip and asked.cell:
        history = spot_rows.history_of(study, asked.cell)
        blocks.append(of_bins(_("The area chosen"), strip, history))
    return blocks


def _histories(study: Study) -> list[Block]:
    if not study.steps or study.shortage:
        return []
    return [of_areas(_("Histories"), spot_rows.histories(study))]


def _extra(study: Study, asked: PageState, classes: Names) -> list[Block]:
    """Return what only this method has."""
    if study.shortage:
        return []
    if study.question.method == "repeats":
        return _spread(study, classes)
    if study.question.method == "compare" and study.more["changes"]:
        chosen = str(asked.spot) if asked.spot else None
        return [of_areas(_("Changes"), spot_rows.changes(study, classes), chosen=chosen)]
    return []


def _spread(study: Study, classes: Names) -> list[Block]:
    plain = wording.plain
    blocks = [
        *said(
            plain(spot_rows.spread(study)), plain(spot_rows.reopened(study)), heading=_("Spread")
        ),
        of_areas(_("Near repeats"), spot_rows.knox(study, classes)),
        *quiet(plain(spot_rows.near(study))),
    ]
    if "knox_table" in study.more:
        hint = _("observed ÷ expected, * p ≤ 0.05")
        frame = _escaped(spot_rows.knox_frame(study))
        blocks.append(of_frame(_("By distance and time"), frame, hint=hint))
    return blocks


def _how(kept: Kept) -> list[Block]:
    """Say how it was done, in one paragraph."""
    short = kept.study.shortage
    told = _(SHORTAGES[short]) if short else ""  # that is the first thing said already
    lines = [
        *(wording.plain(line) for line in how(kept.study) if line != told),
        _(
            "Computed in {n} s on {time}; random numbers from seed {seed}.",
            n=f"{kept.seconds:.1f}",
            time=minute(kept.made_at),
            seed=kept.study.question.seed,
        ),
    ]
    paragraph = ("" if language() == "zh" else " ").join(lines)
    return [Lines((paragraph,), _("How it was done"), quiet=True)]


def _addresses(study: Study) -> list[Block]:
    if not study.addresses:
        return []
    return [of_areas(_("Most tickets from"), spot_rows.addresses(study))]


def _stamp(order: Order) -> str:
    return f"{order.state.method}-{order.state.span}"


KIND: Final = kind_of(N_("Hot spots"), lambda order: view_of(order.scope, order.state), _stamp)
