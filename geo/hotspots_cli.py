"""``python -m geo hotspots …``: what the page of hot spots finds, without a browser."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from geo import periods
from geo.errors import N_, FileError, InputError
from geo.words import _

if TYPE_CHECKING:
    from rich.table import Table

    from geo.cases import Cases
    from geo.store.access import Viewer
    from geo.store.study_rows import Place
    from geo.studies import Question, Study
    from geo.studies.files import About

DAYS = 182
"""A period, where nobody names one: thirteen weeks, as on the page."""

NEAR_M = 50.0
"""How near tickets of a group are to each other, likewise."""

_YEARS = range(1900, 3000)
_WIDE = 1000
_TINY = 0.0001


@dataclass(frozen=True)
class Subject:
    """What a question is about: a community, or all of a street.

    Attributes
    ----------
    community_ids
        Those looked at.
    classes
        Code of every class of tickets to its name.
    version
        Of the data.
    """

    code: str
    name: str
    place: Place
    community_ids: tuple[int, ...]
    classes: Mapping[str, str]
    version: str


def hotspots(  # noqa: PLR0913, PLR0917 - each option is a parameter
    community: Annotated[str, typer.Option(help="12-digit code of a community.")] = "",
    street: Annotated[str, typer.Option(help="9-digit code of a street: all of it.")] = "",
    method: Annotated[
        str, typer.Option(help="gi, emerging, scan, repeats, groups or compare.")
    ] = "gi",
    first: Annotated[str, typer.Option("--from", help="First day, YYYY-MM-DD.")] = "",
    last: Annotated[str, typer.Option("--to", help="Last day. Default: that of the data.")] = "",
    days: Annotated[
        int | None, typer.Option(min=1, max=36_500, help=f"Instead of --from. Default: {DAYS}.")
    ] = None,
    classes: Annotated[
        list[str] | None, typer.Option("--class", help="Code of a class; repeat for several.")
    ] = None,
    together: Annotated[
        bool, typer.Option("--together", help="Count all classes together.")
    ] = False,
    calls: Annotated[bool, typer.Option("--calls", help="Count repeats too.")] = False,
    unit: Annotated[
        str | None, typer.Option(help="s50, s75, s100, h10, h11, building or grid.")
    ] = None,
    measure: Annotated[str | None, typer.Option(help="rate (per household) or count.")] = None,
    arcgis: Annotated[
        bool, typer.Option("--arcgis", help="Test as ArcGIS does: many false alarms.")
    ] = False,
    by: Annotated[str | None, typer.Option(help="Of emerging: week or month.")] = None,
    scan: Annotated[
        str | None,
        typer.Option(
            help="Of scan: space_time_permutation, space_time_poisson (households too) or poisson."
        ),
    ] = None,
    now: Annotated[
        bool, typer.Option("--now", help="Of scan: only what is going on at the end.")
    ] = False,
    radius: Annotated[
        float | None,
        typer.Option(min=1, max=100_000, help="Of scan and groups: largest radius, nearness; m."),
    ] = None,
    simulations: Annotated[
        int | None, typer.Option(min=19, max=99_999, help="Of scan: how many.")
    ] = None,
    seed: Annotated[
        int | None, typer.Option(min=0, max=2**63 - 1, help="Same seed, same result.")
    ] = None,
    out: Annotated[
        list[Path] | None,
        typer.Option(help="File: .gpkg, .csv or .json; repeat for several."),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace files.")] = False,
    keep: Annotated[
        bool, typer.Option("--keep/--no-keep", help="Put the answer on record.")
    ] = True,
) -> None:
    """Find hot spots of tickets: where, since when, how sure, and how that was found out."""
    from geo.store.access import local_leader
    from geo.store.engine import open_store

    files = _files(out or [], force=force)
    wishes = {
        "classes": tuple(sorted(set(classes or ()))) or None,
        "each": False if together else None,
        "repeats": True if calls else None,
        "unit": unit,
        "measure": measure,
        "mode": "arcgis" if arcgis else None,
        "step": by,
        "scan": scan,
        "prospective": True if now else None,
        "radius_m": radius,
        "simulations": simulations,
        "seed": seed,
    }
    viewer = local_leader()
    with open_store("app") as engine:
        with engine.connect() as connection:
            subject = _subject(connection, viewer, community, street)
        period = _period(subject, first, last, days)
        asked = _question(subject, method, period, wishes)
        made = _answer(_Asking(engine, viewer, subject, asked), keep=keep)
        _say(made, subject)
        if files:
            about = _about(_Asking(engine, viewer, subject, asked), files)
            _write(made, about, files)


# ---------------------------------------------------------------------------- what is asked


def _files(wanted: Sequence[Path], *, force: bool) -> list[Path]:
    """Refuse files that could not be written, before anything is computed."""
    if wanted:
        from geo.studies.files import ending_of

        for path in wanted:
            ending_of(path)
    for path in wanted:
        if not path.parent.is_dir():
            raise FileError(N_("There is no folder {folder}."), folder=str(path.parent))
        if path.exists() and not force:
            raise FileError(
                N_("{file} is there already. Choose another name, or --force."), file=str(path)
            )
    return list(wanted)


def _subject(connection: Any, viewer: Viewer, community: str, street: str) -> Subject:
    """Find the place; a street's only community stands for it, as on the page."""
    from geo.store import queries, study_rows

    if bool(community) == bool(street):
        raise InputError(N_("Give either --community or --street."))
    version = study_rows.data_version(connection)
    classes = {row["code"]: _class_name(row) for row in queries.ticket_classes(connection)}
    for one in queries.streets(connection, viewer):
        inside = queries.communities(connection, viewer, one["id"])
        named = [row for row in inside if row["code"] == community]
        if not named and one["code"] != street:
            continue
        shown = named or inside
        only = shown[0] if len(shown) == 1 else None
        plans = tuple(row["plan_id"] for row in shown if row["plan_id"] is not None)
        latest = max((row["as_of"] for row in inside if row["as_of"]), default=None)
        as_of = (only and only["as_of"]) or one["as_of"] or latest
        place = study_rows.Place(one["id"], only["id"] if only else None, plans, as_of)
        told = only or one
        ids = tuple(row["id"] for row in shown)
        return Subject(told["code"], told["name"], place, ids, classes, version)
    if community:
        raise InputError(N_("There is no community with the code {code}."), code=community)
    raise InputError(N_("There is no street with the code {code}."), code=street)


def _class_name(row: Mapping[str, Any]) -> str:
    from geo import words

    english = words.language() == "en" and row["name_en"]
    return str(english or row["name"])


def _period(subject: Subject, first: str, last: str, days: int | None) -> tuple[date, date]:
    """Return the first and the last day."""
    if first and days is not None:
        raise InputError(N_("Give either --from or --days, not both."))
    if last:
        end = _day(last)
    elif subject.place.as_of is None:
        raise InputError(N_("{name} has no data yet."), name=subject.name)
    else:
        end = periods.local_day(subject.place.as_of)
    begin = _day(first) if first else date.fromordinal(max(1, end.toordinal() + 1 - (days or DAYS)))
    return begin, end


def _day(text: str) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError as error:
        raise InputError(N_("“{value}” is no day; write YYYY-MM-DD."), value=text) from error
    if day.year not in _YEARS:
        raise InputError(N_("“{value}” is no day; write YYYY-MM-DD."), value=text)
    return day


def _question(
    subject: Subject, method: str, period: tuple[date, date], wishes: Mapping[str, Any]
) -> Question:
    """Put the question; what is not asked for is as on the page.

    Raises
    ------
    InputError, geo.errors.RequestError
        If it cannot be put, or the method makes no use of something that was named.
    """
    from geo.studies import Question

    given = {name: value for name, value in wishes.items() if value is not None}
    unknown = [one for one in given.get("classes", ()) if one not in subject.classes]
    if unknown:
        raise InputError(
            N_("There is no class of tickets “{code}”; there is {known}."),
            code=unknown[0],
            known=", ".join(subject.classes),
        )
    if method == "groups":
        given.setdefault("radius_m", NEAR_M)
    start, stop = period[0].toordinal(), period[1].toordinal() + 1
    asked = Question(method=method, start=start, stop=stop, **given)
    useless = [name for name in given if name not in asked.parameters()]
    if useless:
        raise InputError(
            N_("--{option} has no meaning for the method “{method}”."),
            option=_OPTIONS.get(useless[0], useless[0]),
            method=method,
        )
    return asked


_OPTIONS = {
    "each": "together",
    "mode": "arcgis",
    "step": "by",
    "prospective": "now",
    "radius_m": "radius",
}
"""Options that are called otherwise in a question."""


# -------------------------------------------------------------------------------- the answer


@dataclass(frozen=True)
class _Asking:
    """A question, whose it is, and where the data is."""

    engine: Any
    viewer: Viewer
    subject: Subject
    asked: Question

    def cases(self) -> Cases:
        """Read the tickets of the question, and of as many days before."""
        from geo.store import case_rows

        start = max(self.asked.start - self.asked.days, date(_YEARS[0], 1, 1).toordinal())
        with self.engine.connect() as connection:
            return case_rows.read(
                connection,
                self.viewer,
                self.subject.community_ids,
                date.fromordinal(min(start, self.asked.start)),
                date.fromordinal(self.asked.stop),
            )


def _answer(asking: _Asking, *, keep: bool) -> Study:
    """Take the answer on record, or work it out and put it there."""
    from geo.store import study_rows
    from geo.studies import answer

    subject = asking.subject
    key = study_rows.key_of(asking.asked, subject.place, subject.version)
    with asking.engine.connect() as connection:
        found = study_rows.find(connection, asking.viewer, key)
    if found is not None:
        return found.study
    begun = time.monotonic()
    try:
        with _progress() as told:
            made = answer(asking.cases(), asking.asked, told)
    except KeyboardInterrupt:
        typer.echo(_("Stopped. Nothing was kept."), err=True)
        raise typer.Exit(130) from None
    if keep:
        seconds = time.monotonic() - begun
        with asking.engine.begin() as connection:
            study_rows.keep(
                connection, made, subject.place, subject.version, who="command", seconds=seconds
            )
    return made


@contextmanager
def _progress() -> Iterator[Callable[[float], None]]:
    """Show how far an answer is, on a terminal."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TimeElapsedColumn

    console = Console(stderr=True)
    columns = (BarColumn(), TaskProgressColumn(), TimeElapsedColumn())
    shown = console.is_terminal
    with Progress(*columns, console=console, disable=not shown, transient=True) as bar:
        task = bar.add_task("", total=1.0)
        yield lambda share: bar.update(task, completed=share)


# --------------------------------------------------------------------------------- telling it


def _say(study: Study, subject: Subject) -> None:
    from rich.console import Console

    from geo.studies.explain import explain

    console = Console(markup=False, highlight=False, emoji=False)
    if not console.is_terminal:  # A file or another program: a spot is a line, however long.
        console.width = _WIDE
    console.print(f"{subject.name} {subject.code}", soft_wrap=True)
    if study.spots:
        console.print(_table(study, subject))
    for one in explain(study):
        console.print(f"- {one}", soft_wrap=True)
    if study.shortage:
        for place in study.addresses:
            name = " ".join(filter(None, [place.compound, place.number, place.name]))
            console.print(f"  {name}  {place.calls}", soft_wrap=True)
    if not study.spots and not study.shortage:
        console.print(_("Nothing was found."), soft_wrap=True)


def _table(study: Study, subject: Subject) -> Table:
    from rich.table import Table

    from geo.studies.words import kind_words, place_words

    heads = ("", _("Kind"), _("Class"), _("Place"), _("Days"), _("Tickets"), _("Expected"))
    table = Table(*heads, _("Ratio"), "p", "q", box=None, pad_edge=False)
    for one in study.spots:
        table.add_row(
            str(one.number),
            kind_words(one),
            subject.classes.get(one.class_code, one.class_code),
            place_words(one),
            f"{date.fromordinal(one.first_day)} – {date.fromordinal(one.last_day)}",
            str(one.observed),
            _number(one.expected),
            _number(one.relative_risk),
            _probability(one.p),
            _probability(one.q),
        )
    return table


def _number(value: float | None) -> str:
    return "—" if value is None else f"{value:.1f}"


def _probability(value: float | None) -> str:
    if value is None:
        return "—"
    return f"< {_TINY}" if value < _TINY else f"{value:.4f}"


def _about(asking: _Asking, files: Sequence[Path]) -> About:
    """Say what an answer is about; shapes are read where a file has room for them."""
    from geo.studies.files import About, shapes_of

    subject, unit = asking.subject, asking.asked.unit
    drawn = any(path.suffix.lower() == ".gpkg" for path in files)
    shapes = shapes_of(asking.cases(), unit) if drawn and unit in {"building", "grid"} else {}
    return About(
        code=subject.code,
        name=subject.name,
        as_of=subject.place.as_of,
        plans=subject.place.plans,
        version=subject.version,
        classes=subject.classes,
        shapes=shapes,
    )


def _write(made: Study, about: About, files: Sequence[Path]) -> None:
    from geo.studies.files import write

    for path in files:
        write(made, about, path)
        typer.echo(str(path))
