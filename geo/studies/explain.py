"""What was done to get an answer, in plain sentences: tested what, corrected how, decided what."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, Final

from geo.areas import unit_words
from geo.errors import N_
from geo.hotspots import MIN_CASES
from geo.scan import METHODS as SCANS
from geo.studies.clusters import LEAST as LEAST_SCANNED
from geo.studies.question import Study
from geo.words import _

SHORTAGES: Final = {
    "cases": N_("Too few tickets to tell anything: the addresses most come from are listed."),
    "areas": N_("Too few areas to tell anything: the addresses most tickets come from are listed."),
    "constant": N_("Every area has the same number of tickets: there is nothing to find."),
    "addresses": N_("Too few tickets have a building on record to tell anything of buildings."),
    "steps": N_("Too few weeks or months to tell anything: choose a longer period."),
    "households": N_("No households are on record here, so there is no rate to compare with."),
}
"""Why nothing was tested."""


def explain(study: Study) -> list[str]:
    """Return the sentences, in the language that is spoken now."""
    method = study.question.method
    parts: list[Iterable[str]] = [_which_tickets(study)]
    if study.shortage:
        parts.append([_(SHORTAGES[study.shortage])])
    else:
        parts.append(_METHODS[method](study))
    return [sentence for part in parts for sentence in part]


def _n(value: float | None) -> str:
    return "—" if value is None else f"{value:,.0f}"


def _day(ordinal: int) -> str:
    return f"{date.fromordinal(ordinal):%Y-%m-%d}"


def _which_tickets(study: Study) -> Iterable[str]:
    told, question = study.told, study.question
    yield _(
        "Tickets reported from {start} to {stop}: {n} with a place on record.",
        start=_day(question.start),
        stop=_day(question.stop - 1),
        n=_n(told["calls"]),
    )
    if told.get("repeats"):
        yield _(
            "{n} of them repeat an earlier one and are left out: what is looked for is many "
            "different reports, not one that is made again and again.",
            n=_n(told["repeats"]),
        )
    if told.get("unplaced"):
        yield _("{n} more have no place on record and are left out.", n=_n(told["unplaced"]))
    if told.get("outside"):
        yield _("{n} lie in none of the areas and are left out.", n=_n(told["outside"]))


def _classes(told: Mapping[str, Any], least: int) -> Iterable[str]:
    if "classes" not in told:
        yield _("All classes were counted together.")
        return
    yield _(
        "{n} classes were looked at one by one; {few} with fewer than {least} tickets were not.",
        n=_n(told["classes"]),
        few=_n(told["classes_too_few"]),
        least=least,
    )


# ------------------------------------------------------------------------------------- Gi*


def _gi(study: Study) -> Iterable[str]:
    told, question = study.told, study.question
    yield _(
        "Counted in {n} areas ({unit}), those without tickets included where people live.",
        n=_n(told["areas"]),
        unit=unit_words(told["unit"]),
    )
    yield _measured(study)
    yield from _classes(told, MIN_CASES)
    if question.mode == "calibrated":
        yield _(
            "Of each area the sum over it and its neighbours (Gi*) is compared with what comes out "
            "if the figures are dealt to the areas by lot."
        )
        yield from _lots(told)
    else:
        yield _(
            "Of each area the sum over it and its neighbours (Gi*) is compared with a normal "
            "distribution, as ArcGIS does. With few tickets in most areas this raises false alarms "
            "on most maps: use it only to compare with results of that program."
        )
    yield _(
        "Many and few are tested apart. Looking at {n} areas finds some by accident, so the limit "
        "is set by the false discovery rate (Benjamini–Hochberg) over all areas and classes: of "
        "the spots that are told, about one in twenty would be a false alarm.",
        n=_n(told["areas"] * told.get("classes", 1)),
    )
    yield _("Areas that touch are told as one spot. Its tickets are those of the areas around too.")


def _measured(study: Study) -> str:
    told = study.told
    if told["measure"] != "rate":
        return _(
            "Numbers of tickets, not rates: where more people live, more is reported, so a hot "
            "spot can simply be a place with many homes."
        )
    homes = _n(told["households"])
    if study.question.mode == "calibrated":
        return _(
            "Tickets against households: {households} dwellings are on record here. An area is "
            "compared with areas of about as many dwellings, and what it has more or less of them "
            "is allowed for. Tickets where nobody lives are put down to the nearest homes.",
            households=homes,
        )
    return _(
        "Tickets per household: {households} dwellings are on record here. Rates of areas with few "
        "dwellings are drawn towards the rate of all (empirical Bayes), because one ticket more or "
        "less would make them jump.",
        households=homes,
    )


def _lots(told: Mapping[str, Any]) -> Iterable[str]:
    if told.get("way") == "exact":
        yield _("All ways to deal them were counted exactly; nothing was drawn by lot.")
    elif told.get("draws"):
        yield _("They were dealt {n} times.", n=_n(told["draws"]))


# -------------------------------------------------------------------------------- over time


def _emerging(study: Study) -> Iterable[str]:
    told = study.told
    yield _(
        "{n} areas ({unit}) with tickets × {steps} {step}; {empty} areas without any are left out.",
        n=_n(told["areas"]),
        unit=unit_words(told["unit"]),
        steps=told["steps"],
        step=_("weeks") if study.question.step == "week" else _("months"),
        empty=_n(told["areas_empty"]),
    )
    yield _(
        "Each area in each step, with its neighbours then and just before, is tested against all "
        "others (Gi*), corrected for {n} tests by the false discovery rate.",
        n=_n(told["bins"]),
    )
    yield from _lots(told)
    yield _(
        "What became of an area is told by which of its steps are hot or cold and by whether its "
        "score rises or falls (Mann–Kendall). New: only the last step is hot. Consecutive: one run "
        "of hot steps up to now. Sporadic: hot now and off and on before. Oscillating: hot now, "
        "cold once. Intensifying, persistent, diminishing: hot nine times out of ten. Historical: "
        "so, but not now."
    )
    yield _("Numbers of tickets are compared here, not rates per household.")


# --------------------------------------------------------------------------------- clusters


def _scan(study: Study) -> Iterable[str]:
    told, question = study.told, study.question
    yield _(
        "{name}: every circle of up to {radius} m around each of {n} places was tried.",
        name=_(SCANS[question.scan]),
        radius=_n(question.radius_m),
        n=_n(told["places"]),
    )
    yield _(_AGAINST[question.scan])
    yield from _classes(told, LEAST_SCANNED)
    if question.scan != "poisson":
        step = _("a week") if told["step_days"] > 1 else _("a day")
        yield _(
            "Steps of {step}; a cluster lasts {n} days at most.", step=step, n=told["most_days"]
        )
        if question.prospective:
            yield _("Only what is still going on at the end counts.")
    yield _(
        "The strongest circle is compared with the strongest of each of {n} made-up periods "
        "without any cluster, so that having tried so many circles is allowed for.",
        n=_n(question.simulations),
    )
    if told.get("scans", 1) > 1:
        yield _(
            "{n} classes were scanned: a cluster counts against the strongest of all classes of "
            "each made-up period.",
            n=told["scans"],
        )
    yield _("Told is what would come up by accident in fewer than one of twenty such periods.")


_AGAINST: Final = {
    "poisson": N_(
        "Tickets against households: a cluster is a place with more tickets per household. "
        "Addresses that always call a lot make one too."
    ),
    "space_time_poisson": N_(
        "Tickets against households and time: a cluster is a place and a time with more tickets "
        "per household and day. A busy season everywhere makes one too."
    ),
    "space_time_permutation": N_(
        "Tickets only: a cluster is a place and a time with more tickets than that place and that "
        "time lead one to expect. What is always busy, or busy everywhere at once, is not found."
    ),
}


# --------------------------------------------------------------------------------- the rest


def _repeats(study: Study) -> Iterable[str]:
    told = study.told
    yield _(
        "{calls} calls, {repeats} of them marked as a repeat, from {addresses} of {all} buildings.",
        calls=_n(told["calls"]),
        repeats=_n(told["repeats_of"]),
        addresses=_n(told["addresses"]),
        all=_n(told["addresses_all"]),
    )
    yield _(
        "Buildings differ without being a problem, so their rates are taken to vary (gamma) and "
        "calls to vary around them (Poisson). A building is told if its rate is more than {times} "
        "times that of all with a probability of {sure} %, and stands the correction for {n} "
        "buildings.",
        times=f"{told.get('times', 2):g}",
        sure=f"{told.get('sure', 0.95) * 100:g}",
        n=_n(told.get("tested")),
    )
    if told["measure"] == "count":
        yield _("No households are on record here: buildings count alike, whatever their size.")


def _groups(study: Study) -> Iterable[str]:
    told = study.told
    yield _(
        "A description, no proof: {least} tickets or more within {eps} m of each other are a group "
        "(DBSCAN). Where many people live there are groups without anything being wrong.",
        least=told["least"],
        eps=_n(told["eps_m"]),
    )
    surface = study.more.get("surface", {})
    yield _(
        "The surface shows tickets per km² and month, smoothed over about {m} m and corrected at "
        "the edge. It is high where many people live.",
        m=_n(surface.get("bandwidth_m")),
    )


def _compare(study: Study) -> Iterable[str]:
    question = study.question
    yield _(
        "Compared with {start} to {stop}, as many days before.",
        start=_day(question.start - question.days),
        stop=_day(question.start - 1),
    )
    if study.told.get("shortage_before"):
        yield _("There were too few tickets then to find hot spots among them.")
    yield from _gi(study)
    yield _(
        "A spot has grown or faded only where the ratio of its rates, on the same ground and "
        "against the whole area, clearly differs from 1 (exact interval, 95 %). A spot is told "
        "because its count was high, so the next count tends to be lower by itself: fading alone "
        "does not prove that a measure worked."
    )


_METHODS: Final = {
    "gi": _gi,
    "emerging": _emerging,
    "scan": _scan,
    "repeats": _repeats,
    "groups": _groups,
    "compare": _compare,
}
