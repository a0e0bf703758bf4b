"""``python -m etl import …``, ``grids``, ``addresses`` and ``walkways``: what a person types.

Exit codes: 0, the file went in (some rows may be refused, the summary says how many); 1, not one
row of a file could go in; 2, a file could not be read at all or the command makes no sense.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from etl import rejections
from etl.context import Options
from etl.findings import LEVELS
from etl.mapping import Mapping, read_mapping
from geo import settings, words
from geo.errors import N_, FileError, InputError, WanggeError
from geo.schema import FACILITY_KINDS, IMPORT_KINDS, TICKET_SOURCES
from geo.words import _

ALL_REFUSED, FAILED = 1, 2

_REASONS_SHOWN = 12
_LARGE_BYTES = 10_000_000


class Kind(StrEnum):
    """What a file holds."""

    BOUNDARIES = "boundaries"
    BUILDINGS = "buildings"
    FACILITIES = "facilities"
    TICKETS = "tickets"
    PLAN = "plan"


Files = Annotated[list[Path], typer.Argument(help="GeoJSON, GeoPackage, Shapefile, CSV or XLSX.")]
Crs = Annotated[
    str | None,
    typer.Option(help="Coordinates are in: EPSG:4326, EPSG:4490, gcj02, bd09, EPSG:4549 …"),
]
MapFile = Annotated[
    Path | None, typer.Option("--mapping", help="JSON or CSV: columns, words, constants.")
]
Community = Annotated[str, typer.Option(help="Code of the community, 12 digits.")]
Attribution = Annotated[
    str, typer.Option(help="Shown wherever the data is: © OpenStreetMap contributors")
]


def import_files(  # noqa: PLR0913, PLR0917 - each is an option of the command line
    kind: Kind,
    files: Files,
    crs: Crs = None,
    mapping: MapFile = None,
    source: Annotated[
        str, typer.Option(help="System the ids come from; else the file's name.")
    ] = "",
    encoding: Annotated[str | None, typer.Option(help="Of the text; else detected.")] = None,
    layer: Annotated[str | None, typer.Option(help="Layer or sheet to read.")] = None,
    street: Annotated[str, typer.Option(help="Code of the street, 9 digits.")] = "",
    street_name: Annotated[str, typer.Option(help="Name, if the street is to be made.")] = "",
    place: Annotated[str, typer.Option(help="City and district of a street to be made.")] = "",
    community: Community = "",
    community_name: Annotated[str, typer.Option(help="Name, if it is to be made.")] = "",
    make_community: Annotated[
        bool, typer.Option("--make-community", help="Draw a missing community around the rows.")
    ] = False,
    storeys_from_height: Annotated[
        bool, typer.Option("--storeys-from-height", help="Estimate storeys: height / 3 m.")
    ] = False,
    facility_kind: Annotated[
        str, typer.Option("--kind", help="Kind of every facility in the file.")
    ] = "",
    plan_name: Annotated[
        str, typer.Option("--plan-name", help="Of the draft; else the file's name.")
    ] = "",
    within: Annotated[
        float, typer.Option(min=0, help="Metres a facility may stand outside its street.")
    ] = 1000.0,
    channel: Annotated[str, typer.Option(help="Where tickets came in, if unsaid.")] = "other",
    timezone: Annotated[str, typer.Option(help="Where the file's clocks tick.")] = "Asia/Shanghai",
    day_first: Annotated[bool, typer.Option("--day-first", help="06/07 is 6 July.")] = False,
    add_categories: Annotated[
        bool, typer.Option("--add-categories", help="Register unknown categories as other.")
    ] = False,
    rejections_at: Annotated[
        Path | None, typer.Option("--rejections", help="File or folder for refused rows.")
    ] = None,
    attribution: Attribution = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check only; store nothing.")] = False,
    language: Annotated[str, typer.Option(help="zh or en; else WANGGE_LANGUAGE.")] = "",
) -> None:
    """Check a file and bring its good rows in; refused rows go to a file of their own."""
    _speak(language)
    options = Options(
        kind=kind.value,
        now=datetime.now(UTC),
        source=source,
        crs=crs,
        mapping=_mapping(mapping),
        encoding=encoding,
        layer=layer,
        zone=_zone(timezone),
        day_first=day_first,
        street=street,
        street_name=street_name,
        place=place,
        community=community,
        community_name=community_name,
        make_community=make_community,
        storeys_from_height=storeys_from_height,
        facility_kind=_known(facility_kind, FACILITY_KINDS),
        plan_name=_one_line(plan_name),
        reach_m=within,
        channel=_known(channel, TICKET_SOURCES),
        add_categories=add_categories,
        attribution=_one_line(attribution),
        dry_run=dry_run,
    )
    raise typer.Exit(_import_all(files, options, rejections_at))


def _speak(language: str) -> None:
    words.speak(language or settings.language().language)


def _mapping(path: Path | None) -> Mapping:
    read: Mapping = _or_exit(lambda: read_mapping(path) if path else Mapping())
    return read


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        _say_error(FileError(N_("There is no time zone {name}. Try Asia/Shanghai."), name=name))
        raise typer.Exit(FAILED) from None


def _known(word: str, listed: dict[str, str]) -> str:
    if word and word not in listed:
        _say_error(
            FileError(
                N_("{word} is none of: {listed}."), word=word, listed=", ".join(sorted(listed))
            )
        )
        raise typer.Exit(FAILED)
    return word


def _or_exit(action: Any) -> Any:
    try:
        return action()
    except WanggeError as error:
        _say_error(error)
        raise typer.Exit(FAILED) from None


def _say_error(error: WanggeError) -> None:
    Console(stderr=True, soft_wrap=True, highlight=False).print(
        words.explain(error), style="red", markup=False
    )


# -------------------------------------------------------------------------------------- import


def _import_all(files: list[Path], options: Options, wanted: Path | None) -> int:
    """Import file after file; one that fails does not keep the others out."""
    from etl import load
    from geo.store.engine import open_store

    if wanted is not None and len(files) > 1 and not wanted.is_dir():
        _say_error(FileError(N_("With several files, --rejections must be a folder.")))
        return FAILED
    worst = 0
    stale: set[int] = set()
    try:
        with open_store(_role(files), timeout_s=0) as engine:
            for path in files:
                code, touched = _import_one(engine, path, options, wanted)
                worst = max(worst, code)
                stale.update(touched)
            if stale and not options.dry_run:
                _say(_("Computing figures …"))
                load.refresh(engine, sorted(stale))
    except WanggeError as error:
        _say_error(error)
        return FAILED
    return worst


def _role(files: list[Path]) -> Literal["app", "owner"]:
    """Open as the owner for large files only: their indexes are built once, at the end."""
    large = any(path.is_file() and path.stat().st_size > _LARGE_BYTES for path in files)
    return "owner" if large else "app"


def _import_one(
    engine: Any, path: Path, options: Options, wanted: Path | None
) -> tuple[int, list[int]]:
    from etl import load

    try:
        place = rejections.place_for(path, wanted)
        with _progress() as bar:
            task = bar.add_task(path.name, total=len(load.STEPS))

            def step(name: str) -> None:
                at = load.STEPS.index(name)
                bar.update(task, completed=at, description=f"{path.name}: {_(name)}")

            report = load.import_file(engine, path, options, step)
            bar.update(task, completed=len(load.STEPS), description=path.name)
        found = report.findings.table()
        if len(found):
            rejections.write(found, place)
    except (InputError, WanggeError) as error:
        _say_error(error)
        return FAILED, []
    _tell(report, place if len(found) else None, dry_run=options.dry_run)
    lost = report.refused == report.rows_read
    return (ALL_REFUSED if lost else 0), report.communities


def _progress() -> Progress:
    console = Console(stderr=True)
    return Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=console,
        disable=not console.is_terminal,
        transient=True,
    )


def _say(text: str) -> None:
    Console(soft_wrap=True, highlight=False).print(text, markup=False)


def _tell(report: Any, rejected_at: Path | None, *, dry_run: bool) -> None:
    """Print what became of a file."""
    console = Console(soft_wrap=True, highlight=False)
    title = f"{report.path.name} · {_(IMPORT_KINDS[report.kind])}"
    _tell_counts(title, _counts(report), dry_run=dry_run)
    for note in report.notes:
        console.print(note, markup=False)
    reasons = report.findings.reasons()
    for level, sentence, count in reasons[:_REASONS_SHOWN]:
        console.print(f"  {count:>7,}  {_(LEVELS[level])}: {sentence}", markup=False)
    if len(reasons) > _REASONS_SHOWN:
        console.print("  …")
    if rejected_at is not None:
        console.print(_("Row by row: {file}", file=str(rejected_at)), markup=False)


def _tell_counts(title: str, counts: dict[str, int], *, dry_run: bool) -> None:
    """Print a title and counts by message id."""
    console = Console(soft_wrap=True, highlight=False)
    if dry_run:
        title += " · " + _("dry run, nothing stored")
    console.print(title, style="bold", markup=False)
    table = Table(box=None, pad_edge=False)
    for name in counts:
        table.add_column(_(name), justify="right")
    table.add_row(*(f"{value:,}" for value in counts.values()))
    console.print(table)


def _counts(report: Any) -> dict[str, int]:
    counts = {
        N_("Rows"): report.rows_read,
        N_("Added"): report.added,
        N_("Changed"): report.changed,
        N_("Unchanged"): report.unchanged,
        N_("Refused"): report.refused,
        N_("Warnings"): report.warned,
    }
    if report.kind == "tickets":
        counts[N_("Without place")] = report.without_place
    return counts


# ---------------------------------------------------------------------------- grids, addresses


def split_grids(
    community: Annotated[str, typer.Option(help="Code of the community, 12 digits.")],
    count: Annotated[int | None, typer.Option(min=1, help="How many grids.")] = None,
    households: Annotated[int, typer.Option(min=1, help="Households a grid should have.")] = 400,
    name: Annotated[str, typer.Option(help="Of the plan.")] = "",
    start: Annotated[str, typer.Option("--from", help="First day, YYYY-MM-DD; else today.")] = "",
    replace: Annotated[bool, typer.Option("--replace", help="Retire the published plan.")] = False,
    language: Annotated[str, typer.Option(help="zh or en; else WANGGE_LANGUAGE.")] = "",
) -> None:
    """Split a community into grids of about equal weight, as a published plan."""
    _speak(language)
    raise typer.Exit(
        _or_exit(lambda: _split(community, count, households, name, _day(start), replace=replace))
    )


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text) if text else datetime.now(ZoneInfo("Asia/Shanghai")).date()
    except ValueError:
        raise InputError(N_("{value} is no day. Write it as 2026-11-20."), value=text) from None


def _split(
    community: str,
    count: int | None,
    households: int,
    name: str,
    start: date,
    *,
    replace: bool,
) -> int:
    from etl import grids, load
    from geo.store.engine import open_store

    with open_store("app", timeout_s=0) as engine:
        with engine.begin() as connection:
            made = grids.split_community(
                connection,
                community,
                effective_from=start,
                count=count,
                households=households,
                name=name or _("Simple split"),
                replace=replace,
            )
            community_id = grids.community_id(connection, community)
        load.refresh(engine, [community_id])
    _say(
        _(
            "{grids} grids of {buildings} buildings, weighed by {what}.",
            grids=made.grids,
            buildings=made.buildings,
            what=_(made.weighed_by),
        )
    )
    return 0


def join_address_points(
    file: Annotated[Path, typer.Argument(help="Points with an address.")],
    community: Community,
    crs: Crs = None,
    mapping: MapFile = None,
    within: Annotated[float, typer.Option(min=0, help="Metres from its building.")] = 20.0,
    attribution: Attribution = "",
    language: Annotated[str, typer.Option(help="zh or en; else WANGGE_LANGUAGE.")] = "",
) -> None:
    """Give buildings without an address that of the nearest address point."""
    _speak(language)
    options = Options(
        kind="addresses",
        now=datetime.now(UTC),
        crs=crs,
        mapping=_mapping(mapping),
        community=community,
        attribution=_one_line(attribution),
    )
    _or_exit(lambda: _join(file, options, within))


def _join(file: Path, options: Options, within: float) -> None:
    from etl.addresses import join_addresses
    from geo.store.engine import open_store

    with open_store("app", timeout_s=0) as engine, engine.begin() as connection:
        joined = join_addresses(connection, file, options, within)
    _say(
        _(
            "{points} points with an address; {joined} buildings got one; {far} points lie more "
            "than {reach} m from any building.",
            points=joined.points,
            joined=joined.joined,
            far=joined.far,
            reach=f"{within:g}",
        )
    )


# ----------------------------------------------------------------------------- walking networks


def walkways(  # noqa: PLR0913, PLR0917 - each is an option of the command line
    street: Annotated[str, typer.Option(help="Code of the street, 9 digits.")],
    file: Annotated[
        Path | None, typer.Argument(help="OSM .pbf, GraphML, GeoPackage, GeoJSON or Shapefile.")
    ] = None,
    from_ground: Annotated[
        bool, typer.Option("--from-ground", help="Of the roads on the map, without a file.")
    ] = False,
    crs: Crs = None,
    tolerance: Annotated[
        float, typer.Option(min=0, max=20, help="Metres; ends closer than this are joined.")
    ] = 1.0,
    layer: Annotated[str | None, typer.Option(help="Layer to read.")] = None,
    attribution: Attribution = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check only; store nothing.")] = False,
    language: Annotated[str, typer.Option(help="zh or en; else WANGGE_LANGUAGE.")] = "",
) -> None:
    """Give a street its walking network, in place of the one it has."""
    _speak(language)
    options = Options(
        kind="walkways",
        now=datetime.now(UTC),
        crs=crs,
        layer=layer,
        street=street,
        attribution=_one_line(attribution),
        dry_run=dry_run,
    )
    if (file is None) != from_ground:
        _say_error(FileError(N_("Give a file, or --from-ground without one.")))
        raise typer.Exit(FAILED)
    _or_exit(lambda: _walkways(file, options, tolerance))


def _walkways(file: Path | None, options: Options, tolerance_m: float) -> None:
    from etl import load
    from geo.store.engine import open_store

    with open_store("app", timeout_s=0) as engine:
        found = _network(engine, file, options, tolerance_m)
        title = f"{found.name or _('Roads on the map')} · {_(IMPORT_KINDS['walkways'])}"
        _tell_counts(title, found.counts(), dry_run=options.dry_run)
        for note in found.notes():
            _say(note)
        if found.communities and not options.dry_run:
            _say(_("Computing figures …"))
            load.refresh(engine, found.communities)


def _network(engine: Any, file: Path | None, options: Options, tolerance_m: float) -> Any:
    """Make the network in one transaction; a dry run rolls it back."""
    from etl import walkways as ways

    with engine.connect() as connection, connection.begin() as transaction:
        if file is None:
            street_id = ways.street_id(connection, options.street)
            found = ways.from_ground(connection, street_id, tolerance_m)
        else:
            found = ways.import_walkways(connection, file, options, tolerance_m)
        if found is None:
            raise InputError(N_("The map of street {code} has no roads."), code=options.street)
        if options.dry_run:
            transaction.rollback()
    return found
