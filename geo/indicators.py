"""The registry of indicators: what each is called, what it means, and how it is computed.

One indicator is one entry with one pure function (`geo.measures`) from `geo.facts.Facts` and
`Windows` to numerators and denominators per area. Values, tables, maps, briefings and the
handbook all derive from the entry; sums of numerators and denominators roll up from grids to
communities to streets.

Change a formula and you bump its ``version``: stored values of the old version are recomputed.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from geo import measures
from geo.errors import N_
from geo.measures import Compute, Floats
from geo.norms import Norm


@dataclass(frozen=True)
class Indicator:
    """One indicator.

    Attributes
    ----------
    direction
        ``up_good``, ``down_good``, ``norm`` (good inside the norm) or ``neutral``.
    timing
        ``snapshot`` (as things stand at the end of the period) or ``period`` (what happened in it).
    kind
        ``count``, ``rate`` (numerator per `scale` of the denominator), ``share`` (per cent) or
        ``mean`` (numerator per one of the denominator).
    source
        Who says it is counted so, in words.
    edges
        What happens at the edges: nothing recorded, nothing to divide by, the past.
    needs
        Subjects a community must have data of; without, there is no value, which is not zero.
    history
        False where the past state is not recorded: then there is no value for past periods.
    memory_days
        How far before the end of a period its records reach back.
    norm
        Key of the norm it is judged by, or None.
    """

    key: str
    label: str
    unit: str
    direction: str
    timing: str
    numerator: str
    denominator: str
    formula: str
    source: str
    edges: str
    kind: str
    compute: Compute
    needs: tuple[str, ...] = ("households",)
    history: bool = True
    memory_days: int = 0
    norm: str | None = None
    scale: int = 1
    version: int = 1
    decimals: int = 0

    def value(self, numerator: Floats, denominator: Floats | None) -> Floats:
        """Return the values; NaN where there is nothing to divide by."""
        if denominator is None:
            return numerator
        values = np.full(numerator.shape, np.nan)
        some = np.nan_to_num(denominator) > 0
        values[some] = self.scale * numerator[some] / denominator[some]
        return values

    def too_few(self, denominator: float | None, norm: Norm) -> bool:
        """Tell whether the value must not be shown because its denominator is too small.

        Counts, and means over a handful of workers, are facts at any size.
        """
        return self.kind in ("rate", "share") and too_few(denominator, norm)


def too_few(denominator: float | None, norm: Norm) -> bool:
    """Tell whether a ratio stands on too few cases (norm ``small_denominator``)."""
    return denominator is not None and denominator < norm.value


_OURS = N_("Our definition.")
_PRACTICE_12345 = N_("Practice of city hotlines (12345) and 数字城管.")
_REPORT = N_("Newspaper reports on the model communities.")
_NOW_ONLY = N_("The past state is not recorded: only as things stand now.")
_NO_PLACE = N_(
    "What has no building counts in the grid its point lies in, else for the community only."
)
_NO_PEOPLE = N_("No value where the community has nobody on record; only as things stand now.")


def _care(name: str, label: str) -> Indicator:
    return Indicator(
        key=f"care_{name}",
        label=label,
        unit=N_("people"),
        direction="neutral",
        timing="snapshot",
        numerator=N_("Residents of 60 or more in this class of care"),
        denominator="",
        formula=N_("Residents of 60 or more whose class of care is recorded as this one."),
        source=N_("Inner Mongolia, care visits to elderly people, 2022."),
        edges=_NO_PEOPLE,
        kind="count",
        compute=measures.summed(f"care_{name}"),
        needs=("residents",),
        history=False,
    )


def _stock(kind: str, key: str, label: str) -> Indicator:
    return Indicator(
        key=key,
        label=label,
        unit=N_("pieces"),
        direction="neutral",
        timing="snapshot",
        numerator=N_("Facilities of this kind on record"),
        denominator="",
        formula=N_("Facilities of this kind whose point lies in the area."),
        source=_REPORT,
        edges=N_("No value in a community where none of this kind is on record."),
        kind="count",
        compute=measures.stock(kind),
        needs=(key,),
        history=False,
    )


_ENTRIES = (
    Indicator(
        key="households",
        label=N_("Households"),
        unit=N_("households"),
        direction="norm",
        timing="snapshot",
        numerator=N_("Dwellings that are lived in by owners, rented or vacant"),
        denominator="",
        formula=N_("Resident + rented + vacant dwellings; shops are counted apart."),
        source=_REPORT,
        edges=N_(
            "Shops are left out. No value where no dwelling is on record; only as things stand now."
        ),
        kind="count",
        compute=measures.summed("households"),
        history=False,
        norm="grid_households",
    ),
    Indicator(
        key="residents",
        label=N_("Residents"),
        unit=N_("people"),
        direction="neutral",
        timing="snapshot",
        numerator=N_("People living in a household on record"),
        denominator="",
        formula=N_("Number of people on record in households."),
        source=_OURS,
        edges=_NO_PEOPLE,
        kind="count",
        compute=measures.summed("residents"),
        needs=("residents",),
        history=False,
    ),
    Indicator(
        key="age60",
        label=N_("Residents 60+"),
        unit=N_("people"),
        direction="neutral",
        timing="snapshot",
        numerator=N_("Residents of 60 or more at the data cut-off"),
        denominator="",
        formula=N_("Residents whose 60th birthday is not after the day of the data cut-off."),
        source=_OURS,
        edges=_NO_PEOPLE,
        kind="count",
        compute=measures.summed("age60"),
        needs=("residents",),
        history=False,
    ),
    Indicator(
        key="age80",
        label=N_("Residents 80+"),
        unit=N_("people"),
        direction="neutral",
        timing="snapshot",
        numerator=N_("Residents of 80 or more at the data cut-off"),
        denominator="",
        formula=N_("Residents whose 80th birthday is not after the day of the data cut-off."),
        source=_OURS,
        edges=_NO_PEOPLE,
        kind="count",
        compute=measures.summed("age80"),
        needs=("residents",),
        history=False,
    ),
    Indicator(
        key="alone60",
        label=N_("Elderly living alone"),
        unit=N_("people"),
        direction="neutral",
        timing="snapshot",
        numerator=N_("Residents of 60 or more who live alone"),
        denominator="",
        formula=N_("Residents of 60 or more whose living arrangement is recorded as alone."),
        source=_OURS,
        edges=N_("Unknown living arrangements count as not alone; only as things stand now."),
        kind="count",
        compute=measures.summed("alone60"),
        needs=("residents",),
        history=False,
    ),
    Indicator(
        key="party_members",
        label=N_("Party members"),
        unit=N_("people"),
        direction="neutral",
        timing="snapshot",
        numerator=N_("Party members on record"),
        denominator="",
        formula=N_(
            "Own members count in the grid they live in; members signed up from an employer "
            "elsewhere count for the community only."
        ),
        source=_REPORT,
        edges=_NOW_ONLY,
        kind="count",
        compute=measures.party_members,
        needs=("party_members",),
        history=False,
    ),
    Indicator(
        key="party_contact_coverage",
        label=N_("Party contact coverage"),
        unit="%",
        direction="up_good",
        timing="snapshot",
        numerator=N_("Occupied households in contact with a party household"),
        denominator=N_("Occupied households (resident or rented)"),
        formula=N_("Occupied households with an active contact link ÷ occupied households × 100."),
        source=_REPORT,
        edges=N_(
            "A link counts from its first day to the day before its last. Past periods are "
            "related to the households of today."
        ),
        kind="share",
        compute=measures.party_contact,
        needs=("households", "party_members"),
        scale=100,
        decimals=1,
    ),
    Indicator(
        key="tickets",
        label=N_("Tickets"),
        unit=N_("tickets"),
        direction="neutral",
        timing="period",
        numerator=N_("Tickets reported in the period"),
        denominator="",
        formula=N_("Tickets of any state whose report time lies in the period."),
        source=_PRACTICE_12345,
        edges=_NO_PLACE,
        kind="count",
        compute=measures.tickets,
        needs=("tickets",),
    ),
    Indicator(
        key="tickets_open",
        label=N_("Open tickets"),
        unit=N_("tickets"),
        direction="down_good",
        timing="snapshot",
        numerator=N_("Tickets pending or in progress at the end of the period"),
        denominator="",
        formula=N_(
            "Tickets reported and not closed at the end of the period (at most the data cut-off); "
            "returned, unfounded and duplicate ones are not counted."
        ),
        source=_PRACTICE_12345,
        edges=N_("When a ticket was returned is not recorded: such tickets were never open."),
        kind="count",
        compute=measures.tickets_open,
        needs=("tickets",),
    ),
    Indicator(
        key="tickets_overdue",
        label=N_("Overdue tickets"),
        unit=N_("tickets"),
        direction="down_good",
        timing="snapshot",
        numerator=N_("Open tickets past their due time"),
        denominator="",
        formula=N_(
            "Open tickets whose due time is before the end of the period (at most the data "
            "cut-off)."
        ),
        source=_PRACTICE_12345,
        edges=N_("A ticket without a due time is never overdue."),
        kind="count",
        compute=measures.tickets_overdue,
        needs=("tickets",),
    ),
    Indicator(
        key="tickets_per_1000_households",
        label=N_("Tickets per 1,000 households"),
        unit=N_("tickets per 1,000 households"),
        direction="down_good",
        timing="period",
        numerator=N_("Tickets reported in the period"),
        denominator=N_("Households (resident, rented, vacant)"),
        formula=N_("Tickets reported in the period ÷ households × 1,000."),
        source=_PRACTICE_12345,
        edges=N_(
            "Too few cases below the norm of smallest denominators. Past periods are related "
            "to the households of today."
        ),
        kind="rate",
        compute=measures.tickets_per_1000,
        needs=("households", "tickets"),
        scale=1000,
        decimals=1,
    ),
    Indicator(
        key="on_time_rate",
        label=N_("Closed on time"),
        unit="%",
        direction="up_good",
        timing="period",
        numerator=N_("Tickets closed in the period, by their due time"),
        denominator=N_(
            "Tickets closed in the period that have a due time, plus tickets that fell due in the "
            "period and are still open"
        ),
        formula=N_(
            "Closed in the period not after the due time ÷ (closed in the period with a due time "
            "+ due in the period and open at its end) × 100."
        ),
        source=_PRACTICE_12345,
        edges=N_(
            "Tickets without a due time are left out. Too few cases below the norm of "
            "smallest denominators."
        ),
        kind="share",
        compute=measures.on_time,
        needs=("tickets",),
        scale=100,
        decimals=1,
    ),
    Indicator(
        key="households_per_worker",
        label=N_("Households per worker"),
        unit=N_("households"),
        direction="norm",
        timing="snapshot",
        numerator=N_("Households (resident, rented, vacant)"),
        denominator=N_("Grid leaders and grid workers"),
        formula=N_(
            "Households ÷ active grid leaders and workers; somebody on several grids of the "
            "community counts in equal parts on each."
        ),
        source=_REPORT,
        edges=N_("No value where nobody holds the role; only as things stand now."),
        kind="mean",
        compute=measures.households_per_worker,
        needs=("households", "roles"),
        history=False,
        norm="worker_households",
    ),
    Indicator(
        key="visits",
        label=N_("Visits"),
        unit=N_("visits"),
        direction="up_good",
        timing="period",
        numerator=N_("Visits in the period that met somebody"),
        denominator="",
        formula=N_("Home visits in the period with the result met."),
        source=_REPORT,
        edges=N_(
            "Nobody home or declined is no visit. Shops and vacant dwellings count when "
            "somebody was met."
        ),
        kind="count",
        compute=measures.visits,
        needs=("visits",),
    ),
    Indicator(
        key="households_visited_year",
        label=N_("Households visited within a year"),
        unit="%",
        direction="up_good",
        timing="snapshot",
        numerator=N_("Occupied households met at least once in the last 365 days"),
        denominator=N_("Occupied households (resident or rented)"),
        formula=N_(
            "Occupied households met in the 365 days before the end of the period (at most the "
            "data cut-off) ÷ occupied households × 100."
        ),
        source=_REPORT,
        edges=N_(
            "Needs records of a whole year before the end of the period; vacant dwellings and "
            "shops are left out."
        ),
        kind="share",
        compute=measures.households_visited,
        needs=("households", "visits"),
        memory_days=365,
        scale=100,
        decimals=1,
    ),
    Indicator(
        key="visits_overdue",
        label=N_("Households overdue for a visit"),
        unit=N_("households"),
        direction="down_good",
        timing="snapshot",
        numerator=N_("Occupied households whose last visit is older than allowed"),
        denominator="",
        formula=N_(
            "Occupied households not met within their interval: the shortest of their elderly "
            "members' care classes (7, 30 or 90 days), else 365 days. Never met counts as overdue."
        ),
        source=_REPORT,
        edges=N_("Never met is overdue. Met exactly an interval ago is not yet overdue."),
        kind="count",
        compute=measures.visits_overdue,
        needs=("households", "visits"),
        memory_days=365,
    ),
    Indicator(
        key="elderly_service_reach",
        label=N_("Elderly within reach of a service"),
        unit="%",
        direction="up_good",
        timing="snapshot",
        numerator=N_("Residents 60+ whose building reaches an elderly service"),
        denominator=N_("Residents 60+"),
        formula=N_(
            "Residents 60+ with a canteen, day care or service centre of their street within the "
            "norm's walking distance (along the walking network, else straight line × detour) ÷ "
            "residents 60+ × 100."
        ),
        source=_OURS,
        edges=N_(
            "Services of other streets do not count; the page says whether a walking network "
            "or straight lines were used."
        ),
        kind="share",
        compute=measures.elderly_reach,
        needs=("residents", "facilities"),
        history=False,
        scale=100,
        decimals=1,
        version=2,
    ),
    _care("high_risk", N_("Elderly at high risk")),
    _care("key", N_("Elderly of key care")),
    _care("general", N_("Elderly of general care")),
    Indicator(
        key="care_elderly",
        label=N_("Elderly people in care"),
        unit=N_("people"),
        direction="neutral",
        timing="snapshot",
        numerator=N_("Residents of 60 or more in any class of care"),
        denominator="",
        formula=N_("High risk + key + general care."),
        source=N_("Inner Mongolia, care visits to elderly people, 2022."),
        edges=_NO_PEOPLE,
        kind="count",
        compute=measures.care_elderly,
        needs=("residents",),
        history=False,
    ),
    Indicator(
        key="children",
        label=N_("Children under 15"),
        unit=N_("people"),
        direction="neutral",
        timing="snapshot",
        numerator=N_("Residents under 15 at the data cut-off"),
        denominator="",
        formula=N_("Residents whose 15th birthday is after the day of the data cut-off."),
        source=_OURS,
        edges=_NO_PEOPLE,
        kind="count",
        compute=measures.summed("children"),
        needs=("residents",),
        history=False,
    ),
    Indicator(
        key="rented_share",
        label=N_("Rented share"),
        unit="%",
        direction="neutral",
        timing="snapshot",
        numerator=N_("Rented dwellings"),
        denominator=N_("Households (resident, rented, vacant)"),
        formula=N_("Rented dwellings ÷ (resident + rented + vacant) × 100."),
        source=N_("Household states of 太原's wall maps."),
        edges=N_(
            "Shops are left out. Too few cases below the norm of smallest denominators; only as "
            "things stand now."
        ),
        kind="share",
        compute=measures.rented_share,
        history=False,
        scale=100,
        decimals=1,
    ),
    Indicator(
        key="tickets_proactive",
        label=N_("Tickets found by patrol"),
        unit=N_("tickets"),
        direction="neutral",
        timing="period",
        numerator=N_("Tickets of the period from the grid's own patrol"),
        denominator="",
        formula=N_("Tickets reported in the period whose channel is grid patrol."),
        source=_REPORT,
        edges=_NO_PLACE,
        kind="count",
        compute=measures.tickets_proactive,
        needs=("tickets",),
    ),
    Indicator(
        key="tickets_received",
        label=N_("Tickets received"),
        unit=N_("tickets"),
        direction="neutral",
        timing="period",
        numerator=N_("Tickets of the period from anybody but the patrol"),
        denominator="",
        formula=N_("Tickets reported in the period whose channel is not grid patrol."),
        source=_REPORT,
        edges=_NO_PLACE,
        kind="count",
        compute=measures.tickets_received,
        needs=("tickets",),
    ),
    Indicator(
        key="repeat_addresses",
        label=N_("Repeat addresses"),
        unit=N_("buildings"),
        direction="down_good",
        timing="period",
        numerator=N_("Buildings with a ticket of the period that repeats an earlier one"),
        denominator="",
        formula=N_(
            "Buildings with at least one ticket reported in the period that is recorded as a "
            "repeat; a building counts once, however often it calls."
        ),
        source=N_("Addresses are counted apart from calls: 19 % of one city's were repeats."),
        edges=N_("Tickets without a building have no address to count."),
        kind="count",
        compute=measures.repeat_addresses,
        needs=("tickets",),
    ),
    Indicator(
        key="visits_due",
        label=N_("Households due for a visit"),
        unit=N_("households"),
        direction="neutral",
        timing="period",
        numerator=N_("Occupied households whose interval ran out before the end of the period"),
        denominator="",
        formula=N_(
            "Occupied households whose last visit before the period + interval of their class lies "
            "before the end of the period; never met counts as due."
        ),
        source=_REPORT,
        edges=N_("Classes of care are those of today, also in past periods."),
        kind="count",
        compute=measures.visits_due,
        needs=("households", "visits"),
        memory_days=365,
    ),
    Indicator(
        key="visit_coverage",
        label=N_("Visit coverage"),
        unit="%",
        direction="up_good",
        timing="period",
        numerator=N_("Due households that were met in the period"),
        denominator=N_("Households due in the period"),
        formula=N_("Due households met in the period ÷ households due in the period × 100."),
        source=_REPORT,
        edges=N_(
            "Households met although not due are left out of both parts. Too few cases below the "
            "norm of smallest denominators."
        ),
        kind="share",
        compute=measures.visit_coverage,
        needs=("households", "visits"),
        memory_days=365,
        scale=100,
        decimals=1,
    ),
    Indicator(
        key="round_m",
        label=N_("Way round all buildings"),
        unit=N_("m"),
        direction="neutral",
        timing="snapshot",
        numerator=N_("Walk past every building of the grid and back to the first"),
        denominator="",
        formula=N_(
            "A short round trip through the buildings' points (nearest neighbour, improved by "
            "exchanges), along the walking network, else straight line × detour."
        ),
        source=_OURS,
        edges=N_(
            "Buildings the network does not reach are left out; those in no grid are not walked. A "
            "community's way is the sum of its grids'."
        ),
        kind="count",
        compute=measures.of_ground("round_m"),
        needs=("grids",),
        history=False,
    ),
    Indicator(
        key="workload_hours",
        label=N_("Hours of work a month"),
        unit=N_("hours"),
        direction="neutral",
        timing="period",
        numerator=N_("Hours for tickets, visits due and the way between them"),
        denominator="",
        formula=N_(
            "(Tickets a month × time for one + visits due a month × time for one) ÷ 60 + way: "
            "0.7124 × √(area × visits a day) × detour × working days ÷ walking speed ÷ 60."
        ),
        source=N_("Beardwood, Halton and Hammersley 1959 for the way; times are norms."),
        edges=N_("Tickets of the period are scaled to a month of 30.4 days."),
        kind="count",
        compute=measures.workload_hours,
        needs=("households", "tickets"),
        decimals=1,
    ),
    Indicator(
        key="hours_per_worker",
        label=N_("Hours of work per worker"),
        unit=N_("hours"),
        direction="norm",
        timing="period",
        numerator=N_("Hours for tickets, visits due and the way between them"),
        denominator=N_("Grid leaders and grid workers"),
        formula=N_("Hours of work a month ÷ active grid leaders and workers."),
        source=_OURS,
        edges=N_("No value where nobody holds the role."),
        kind="mean",
        compute=measures.hours_per_worker,
        needs=("households", "tickets", "roles"),
        norm="worker_hours_month",
        decimals=1,
    ),
    Indicator(
        key="party_served",
        label=N_("Party contact within reach"),
        unit="%",
        direction="up_good",
        timing="snapshot",
        numerator=N_("Occupied households in contact, or for whom a party household has room"),
        denominator=N_("Occupied households (resident or rented)"),
        formula=N_(
            "(Occupied households − within reach but without room − out of reach) ÷ occupied "
            "households × 100, when as many as possible are served and each party household keeps "
            "contact with at most the norm's ceiling."
        ),
        source=N_("Newspaper reports for the norm; assignment by a transportation programme."),
        edges=N_("Recorded links are kept; a party household itself counts as served."),
        kind="share",
        compute=measures.party_served,
        needs=("households", "party_households"),
        history=False,
        scale=100,
        decimals=1,
    ),
    Indicator(
        key="party_no_room",
        label=N_("Reachable, but no room for contact"),
        unit=N_("households"),
        direction="down_good",
        timing="snapshot",
        numerator=N_("Occupied households near party households that are all full"),
        denominator="",
        formula=N_(
            "Occupied households without a link, in reach of a party household, that the largest "
            "possible assignment leaves out."
        ),
        source=_OURS,
        edges=_NOW_ONLY,
        kind="count",
        compute=measures.summed("contact_no_capacity"),
        needs=("households", "party_households"),
        history=False,
    ),
    Indicator(
        key="party_out_of_reach",
        label=N_("Out of reach of party contact"),
        unit=N_("households"),
        direction="down_good",
        timing="snapshot",
        numerator=N_("Occupied households with no party household within reach"),
        denominator="",
        formula=N_(
            "Occupied households without a link whose walk to every party household is longer than "
            "the norm."
        ),
        source=_OURS,
        edges=_NOW_ONLY,
        kind="count",
        compute=measures.summed("contact_out_of_reach"),
        needs=("households", "party_households"),
        history=False,
    ),
    Indicator(
        key="circle_15min",
        label=N_("All required services within reach"),
        unit="%",
        direction="up_good",
        timing="snapshot",
        numerator=N_("Residents whose building reaches every required service in its time"),
        denominator=N_("Residents"),
        formula=N_(
            "Residents whose walk to the nearest facility of every kind with a norm above 0 takes "
            "no longer than it, at an adult's speed ÷ residents × 100."
        ),
        source=N_("GB 50180-2018 and TD/T 1062-2021 as cited by others; their text was not read."),
        edges=N_("A required kind of which there is none counts as out of reach for everybody."),
        kind="share",
        compute=measures.circle_reach,
        needs=("residents", "facilities"),
        history=False,
        scale=100,
        decimals=1,
    ),
    Indicator(
        key="green_share",
        label=N_("Green cover"),
        unit="%",
        direction="up_good",
        timing="snapshot",
        numerator=N_("Green ground, m²"),
        denominator=N_("Ground, m²"),
        formula=N_("Area of greens in the grid (overlaps once) ÷ area of the grid × 100."),
        source=_REPORT,
        edges=N_("No value in a community without any green on record."),
        kind="share",
        compute=measures.green_share,
        needs=("green",),
        history=False,
        scale=100,
        decimals=1,
    ),
    _stock("bin", "bins", N_("Litter bins")),
    _stock("light", "lights", N_("Street lights")),
    _stock("car_park", "car_parks", N_("Car parks")),
)

INDICATORS: dict[str, Indicator] = {entry.key: entry for entry in _ENTRIES}
