"""The norm table: how each community, grid and worker stands, with the arithmetic written out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from dashboard import figures, wording
from dashboard.parts.table import AreaTable, Column, TableCell, TableRow
from dashboard.services.overview import Area, Figure, Picture
from dashboard.services.registry import NormInForce
from dashboard.services.territory import Community, Scope
from dashboard.services.weighing import Person
from geo import standing
from geo.checks import Duty
from geo.norms import NORMS, Norm
from geo.standing import Contact, Fit, Gauge, Hands, Pieces, Sizes
from geo.words import _, language

KEYS: Final = ("grid_households", "worker_households", "party_contact")
"""The norms of the table's first lines."""

Norms = Mapping[str, NormInForce]


@dataclass(frozen=True)
class Account:
    """A community against its norms; None where nothing is on record.

    Attributes
    ----------
    norms
        In force there.
    over
        Grids above the ceiling.
    """

    community: Community
    norms: Norms
    grids: int
    over: int
    sizes: Sizes | None
    hands: Hands | None
    contact: Contact | None


@dataclass(frozen=True)
class Line:
    """One norm of a community, in words; Markdown.

    Attributes
    ----------
    key
        Of the norm.
    figure, gap
        As shown, with `tone` of the gap: ``bad``, ``good`` or nothing.
    norm
        Floor and ceiling.
    sentence
        The arithmetic.
    mend
        What would mend it; empty where nothing has to be.
    source
        On whose word.
    """

    key: str
    title: str
    figure: str
    norm: str
    gap: str
    tone: str
    sentence: str
    mend: str
    source: str


# ---------------------------------------------------------------------------------- gathering


def _of(picture: Picture, scope: Scope, key: str, community: Community) -> Figure:
    return picture.sum(key) if scope.community else picture.figure(key, community.id)


def _account(scope: Scope, picture: Picture, community: Community, norms: Norms) -> Account:
    own = [area for area in picture.grids.areas if area.community_id == community.id]
    households = _of(picture, scope, "households", community).value
    workers = _of(picture, scope, "households_per_worker", community).denominator
    members = _of(picture, scope, "party_members", community).value
    size, work, party = (norms[key].norm for key in KEYS)
    found = [picture.grids.figure("households", area.id).value for area in own]
    over = sum(figures.known(n) and size.verdict(n) == "above" for n in found)
    if not figures.known(households):
        return Account(community, norms, len(own), over, None, None, None)
    return Account(
        community,
        norms,
        len(own),
        over,
        standing.sizes(households, len(own), size) if own else None,
        standing.hands(households, workers, work) if figures.known(workers) else None,
        standing.contact(households, members, party) if figures.known(members) else None,
    )


def accounts(scope: Scope, picture: Picture, norms: Mapping[int, Norms]) -> list[Account]:
    """Hold every community shown against its norms."""
    return [_account(scope, picture, one, norms[one.id]) for one in scope.shown]


# -------------------------------------------------------------------------------------- words


def _gap(gauge: Gauge) -> str:
    """Say how far outside a norm a figure is, after the arithmetic."""
    if gauge.verdict == "above":
        return _("{n} above the ceiling", n=figures.integer(gauge.gap))
    if gauge.verdict == "below":
        return _("{n} below the floor", n=figures.integer(-gauge.gap))
    return _("within the norm")


def _tone(gauge: Gauge) -> str:
    return {"above": "bad", "below": "warn"}.get(gauge.verdict, "good")


def norm_text(norm: Norm) -> str:
    """Write a norm with its unit."""
    range_ = figures.bounds(norm.low, norm.high)
    return _("{n} {unit}", n=range_, unit=_(norm.unit)) if norm.unit else range_


def source_text(ruling: NormInForce) -> str:
    """Say on whose word a norm stands."""
    source = wording.plain(_(ruling.norm.source))
    if ruling.own:
        return _("This community's own: {source}", source=source)
    if ruling.changed:
        return _("Set by the office: {source}", source=source)
    read = _("read in the source") if ruling.norm.verified else _("second-hand")
    return f"{source} ({read})"


def _line(account: Account, key: str, gauge: Gauge | None, sentence: str, mend: str) -> Line:
    ruling = account.norms[key]
    return Line(
        key=key,
        title=_(ruling.norm.label),
        figure=figures.integer(gauge.value) if gauge else figures.MISSING,
        norm=norm_text(ruling.norm),
        gap=_gap(gauge) if gauge else "",
        tone=_tone(gauge) if gauge else "",
        sentence=sentence,
        mend=mend,
        source=source_text(ruling),
    )


def _fit_text(found: Fit, norm: Norm) -> str:
    """Say which numbers of grids are possible."""
    range_ = figures.bounds(norm.low, norm.high)
    if found.most is None:
        return _("a cut into {n} or more keeps to {range}", n=found.least, range=range_)
    if found.least == found.most:
        return _("a cut into {n} keeps to {range}", n=found.least, range=range_)
    return _(
        "a cut into {least} to {most} keeps to {range}",
        least=found.least,
        most=found.most,
        range=range_,
    )


def _sizes_mend(found: Sizes, norm: Norm) -> str:
    if found.fit is None:
        return ""
    if not found.fit.possible and found.fit.least == 1:
        return _(
            "Too few households for one grid: {households} < {floor}.",
            households=figures.integer(found.households),
            floor=figures.plain(norm.low),
        )
    if not found.fit.possible:
        return _(
            "No number of grids keeps to {range} with {households} households: {k} are too many, "
            "{less} too few.",
            range=figures.bounds(norm.low, norm.high),
            households=figures.integer(found.households),
            k=found.fit.least,
            less=found.fit.least - 1,
        )
    possible = _fit_text(found.fit, norm)
    if found.to_add:
        return _("**Grids to add: {n}** ({possible}).", n=found.to_add, possible=possible)
    if found.to_merge:
        return _("**Grids to merge away: {n}** ({possible}).", n=found.to_merge, possible=possible)
    return ""


def _sizes_line(account: Account, found: Sizes) -> Line:
    norm = account.norms["grid_households"].norm
    sentence = _(
        "{households} households ÷ {grids} = {mean}; {gap}",
        households=figures.integer(found.households),
        grids=found.grids,
        mean=figures.integer(found.mean.value if found.mean else None),
        gap=_gap(found.mean) if found.mean else "",
    )
    mend = _sizes_mend(found, norm)
    if account.over and not found.to_add and norm.high is not None:
        limit = figures.plain(norm.high)
        over = _("{n} of {all} grids above {limit}", n=account.over, all=account.grids, limit=limit)
        mend = mend or _("The number of grids is right, their borders are not: {over}.", over=over)
    return _line(account, "grid_households", found.mean, sentence, mend)


def _hands_line(account: Account, found: Hands) -> Line:
    norm = account.norms["worker_households"].norm
    words = {
        "n": figures.plain(found.workers),
        "limit": figures.plain(norm.high),
        "most": figures.integer(found.most),
        "households": figures.integer(found.households),
    }
    if found.most is None:
        sentence = _(
            "{households} households ÷ {n} workers = {mean}",
            mean=figures.integer(found.mean.value if found.mean else None),
            **words,
        )
    elif found.without:
        sentence = _(
            "{n} workers × {limit} = {most} < {households}: {left} households without a worker",
            left=figures.integer(found.without),
            **words,
        )
    else:
        sentence = _("{n} workers × {limit} = {most} ≥ {households} households", **words)
    return _line(account, "worker_households", found.mean, sentence, _hands_mend(found, norm))


def _hands_mend(found: Hands, norm: Norm) -> str:
    if not found.missing:
        return ""
    text = _(
        "**Workers missing: {n}** at {limit} households each",
        n=figures.integer(found.missing),
        limit=figures.plain(norm.high),
    )
    if found.missing_at_floor is None:
        return text
    return _(
        "{at_ceiling}, {n} at {limit}.",
        at_ceiling=text,
        n=figures.integer(found.missing_at_floor),
        limit=figures.plain(norm.low),
    )


def _whole_percent(part: float | None) -> str:
    return figures.decimal(100 * part, 0) if figures.known(part) else figures.MISSING


def _range(low: str, high: str) -> str:
    """Join two bounds; one that is not there, or is the same, is not said twice."""
    known = [one for one in (low, high) if one != figures.MISSING]
    return "–".join(dict.fromkeys(known)) or figures.MISSING


def _contact_line(account: Account, found: Contact) -> Line:
    norm = account.norms["party_contact"].norm
    share = [_whole_percent(found.share(one)) for one in (found.least, found.most)]
    sentence = _(
        "{members} members × {range} = {reached} households: {share}% of {households}",
        members=figures.integer(found.members),
        range=_range(figures.plain(norm.low), figures.plain(norm.high)),
        reached=_range(figures.integer(found.least), figures.integer(found.most)),
        share=_range(*share),
        households=figures.integer(found.households),
    )
    mend = ""
    if found.missing:
        mend = _(
            "**Members missing: {n}**, as {households} ÷ {limit} = {needed}.",
            n=figures.integer(found.missing),
            households=figures.integer(found.households),
            limit=figures.plain(norm.high),
            needed=figures.integer(found.needed),
        )
    made = _line(account, "party_contact", None, sentence, mend)
    reached = _range(*share)
    left = found.households - (found.most or found.households)
    gap = (
        _("{n} households beyond reach", n=figures.integer(left)) if found.missing else _("enough")
    )
    tone = "bad" if found.missing else "good"
    return Line(
        made.key, made.title, f"{reached}%", made.norm, gap, tone, sentence, mend, made.source
    )


def lines(account: Account) -> list[Line]:
    """Say how a community stands: grids, workers, party members; what is unknown is left out."""
    made = []
    if account.sizes:
        made.append(_sizes_line(account, account.sizes))
    if account.hands:
        made.append(_hands_line(account, account.hands))
    if account.contact:
        made.append(_contact_line(account, account.contact))
    return made


_COLORS: Final = {"bad": "red", "warn": "orange", "good": "green"}


def headline(line: Line) -> str:
    """Return a line's head: what, how much, and how far outside."""
    text = f"**{line.title}**　**{line.figure}**"
    return f"{text}　:{_COLORS[line.tone]}[{line.gap}]" if line.gap else text


def arithmetic(line: Line) -> str:
    """Return a line's arithmetic, and what would mend it."""
    end = "。" if language() == "zh" else ". "
    return f"{line.sentence}{end}{line.mend}".strip() if line.mend else line.sentence


def standing_on(line: Line) -> str:
    """Return the norm of a line and on whose word it stands."""
    return _("norm {range}", range=line.norm) + " · " + line.source


# --------------------------------------------------------------------------- tables: communities


def communities(found: Sequence[Account]) -> AreaTable:
    """Set a street's communities against their norms."""
    columns = (
        Column(_("Community")),
        Column(_("Households per grid"), bar=True),
        Column(_("Grids to add")),
        Column(_("Households per worker"), bar=True),
        Column(_("Workers missing")),
        Column(_("Party members reach, %")),
    )
    return AreaTable(columns, tuple(map(_community_row, found)))


def _gauge_cell(gauge: Gauge | None) -> TableCell:
    if gauge is None:
        return TableCell(figures.MISSING)
    tone = "" if gauge.verdict == "within" else _tone(gauge)
    return TableCell(figures.integer(gauge.value), gauge.value, tone)


def _count_cell(count: int | None) -> TableCell:
    if count is None:
        return TableCell(figures.MISSING)
    return TableCell(figures.integer(count), float(count), "bad" if count else "")


def _community_row(account: Account) -> TableRow:
    sizes, hands, contact = account.sizes, account.hands, account.contact
    best = contact.share(contact.most) if contact else None
    return TableRow(
        account.community.code,
        (
            TableCell(account.community.name),
            _gauge_cell(sizes.mean if sizes else None),
            _count_cell(sizes.to_add if sizes else None),
            _gauge_cell(hands.mean if hands else None),
            _count_cell(hands.missing if hands else None),
            TableCell(_whole_percent(best), best, "bad" if best is not None and best < 1 else ""),
        ),
    )


# --------------------------------------------------------------------------------- tables: grids


def _pieces(picture: Picture, norms: Norms, area: Area) -> Pieces | None:
    value = picture.figure("households", area.id).value
    return standing.pieces(value, norms["grid_households"].norm) if figures.known(value) else None


def _per_worker(picture: Picture, norms: Norms, area: Area) -> Gauge | None:
    value = picture.figure("households_per_worker", area.id).value
    return standing.gauge(value, norms["worker_households"].norm) if figures.known(value) else None


def _signed(gauge: Gauge | None) -> TableCell:
    if gauge is None:
        return TableCell(figures.MISSING)
    if gauge.verdict == "within":
        return TableCell("0", 0.0)
    sign = figures.RISE if gauge.gap > 0 else figures.FALL
    return TableCell(f"{sign}{figures.integer(abs(gauge.gap))}", gauge.gap, _tone(gauge))


def _takes(found: Pieces | None) -> TableCell:
    """Say into how many grids a grid could be cut."""
    if found is None or found.fit is None:
        return TableCell(figures.MISSING)
    if found.gauge.verdict == "below":
        return TableCell(_("merge"), 0.0, "warn")
    if not found.fit.possible:
        return TableCell(_("no number fits"), float(found.split_into), "warn")
    ends = [str(found.fit.least), str(found.fit.most or found.fit.least)]
    return TableCell("–".join(dict.fromkeys(ends)), float(found.split_into))


def grids(picture: Picture, norms: Norms) -> AreaTable:
    """Set the grids of a community against the norms of grids and workers."""
    size, work = norms["grid_households"].norm, norms["worker_households"].norm
    columns = (
        Column(_("Grid")),
        Column(_("Households"), norm_text(size), bar=True),
        Column(_("Off by"), _("Against {norm}", norm=norm_text(size))),
        Column(_("Fits as"), _("Numbers of grids it could be cut into within the norm")),
        Column(_("Per worker"), norm_text(work)),
        Column(_("Off by"), _("Against {norm}", norm=norm_text(work))),
    )
    rows = []
    for area in picture.areas:
        found, each = _pieces(picture, norms, area), _per_worker(picture, norms, area)
        cells = (
            TableCell(area.label),
            _gauge_cell(found.gauge if found else None),
            _signed(found.gauge if found else None),
            _takes(found),
            _gauge_cell(each),
            _signed(each),
        )
        rows.append(TableRow(area.code, cells))
    return AreaTable(columns, tuple(rows), sort=1)


def grid_sentence(picture: Picture, norms: Norms, area: Area) -> str:
    """Say how one grid stands."""
    found, norm = _pieces(picture, norms, area), norms["grid_households"].norm
    name = wording.plain(area.label)
    if found is None:
        return _("{name}: no households on record.", name=name)
    said = _(
        "{name}: **{n} households**; {gap}",
        name=name,
        n=figures.integer(found.gauge.value),
        gap=_gap(found.gauge),
    )
    if found.gauge.verdict != "above" or found.fit is None:
        return said
    if found.fit.possible:
        more = _fit_text(found.fit, norm)
    else:
        more = _("no number of grids keeps to {range}", range=figures.bounds(norm.low, norm.high))
    return _("{sentence}; {more}", sentence=said, more=more)


# ------------------------------------------------------------------------------ tables: workers


def _duties(picture: Picture, people: Sequence[Person]) -> list[Duty]:
    place = {area.id: position for position, area in enumerate(picture.areas)}
    return [
        Duty(number, tuple(place[grid] for grid in one.grids if grid in place))
        for number, one in enumerate(people)
    ]


def _households(picture: Picture) -> list[float]:
    found = [picture.figure("households", area.id).value for area in picture.areas]
    return [value if figures.known(value) else 0.0 for value in found]


def held(picture: Picture, people: Sequence[Person], norm: Norm) -> list[standing.Worker]:
    """Return what each worker holds; ``staff`` is the position in `people`."""
    return standing.workers(np.array(_households(picture)), _duties(picture, people), norm)


def unstaffed(picture: Picture, people: Sequence[Person]) -> str:
    """Say how many households live in grids nobody leads or works; nothing where none do."""
    left = standing.unstaffed(np.array(_households(picture)), _duties(picture, people))
    if not left:
        return ""
    return _("{n} households live in grids without a worker.", n=figures.integer(left))


def worker_name(person: Person) -> str:
    """Return what somebody is called here, where nobody is named."""
    role = _("Grid leader") if person.leads else _("Grid worker")
    return f"{role} {person.number}"


def workers(picture: Picture, people: Sequence[Person], norms: Norms) -> AreaTable:
    """Set the workers of a community against the norm, without names."""
    norm = norms["worker_households"].norm
    columns = (
        Column(_("Worker"), _("Numbers stand for people; nobody is named here.")),
        Column(_("Grids")),
        Column(_("Households"), norm_text(norm), bar=True),
        Column(_("Off by"), _("Against {norm}", norm=norm_text(norm))),
    )
    rows = []
    for one in held(picture, people, norm):
        own = [picture.areas[grid] for grid in one.grids]
        cells = (
            TableCell(worker_name(people[one.staff])),
            TableCell(", ".join(area.short for area in own), float(own[0].short)),
            _gauge_cell(one.gauge),
            _signed(one.gauge),
        )
        rows.append(TableRow(f"{own[0].code}/{one.staff}", cells))
    return AreaTable(columns, tuple(rows), sort=2)


# ---------------------------------------------------------------------------------- other norms


def others() -> list[str]:
    """Return the keys of the norms that have no line of their own."""
    return [key for key in NORMS if key not in KEYS]
