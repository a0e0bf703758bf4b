"""``python -m geo plan …``: everything about grid plans without a browser."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from geo.errors import N_, FileError, InputError
from geo.words import _

if TYPE_CHECKING:
    from geo.partition import Candidate, Suggestion
    from geo.store.ground import Land
    from geo.store.plan_state import Plan

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    help="Grid plans: list, check, suggest, compare, publish, export.",
)

PlanId = Annotated[
    int, typer.Argument(help="Number of the plan, from `plan list`.", min=1, max=2**63 - 1)
]
Community = Annotated[str, typer.Option(help="12-digit code of the community.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of lines.")]

PAPERS = ("registration", "drawings", "geojson")


@contextmanager
def _opened() -> Iterator[Any]:
    """Give a connection in a transaction that is committed at the end."""
    from geo.store.engine import open_store

    with open_store("app") as engine, engine.begin() as connection:
        yield connection


def _land(connection: Any, plan_id: int) -> tuple[Land, Plan]:
    from geo.store import plan_state
    from geo.store.ground import read_land

    land = read_land(connection, plan_state.community_of(connection, plan_id))
    return land, plan_state.read_plan(connection, land, plan_id)


def _community_id(connection: Any, code: str) -> int:
    from geo.store.arrays import read_rows

    known = read_rows(connection, "compute/communities")
    found = known.loc[known["code"] == code, "id"]
    if found.empty:
        raise InputError(N_("There is no community with the code {code}."), code=code)
    return int(found.iloc[0])


@app.command("list")
def list_plans(community: Community, as_json: AsJson = False) -> None:
    """List a community's plans: drafts, the one in force, the former ones."""
    from geo.schema import PLAN_STATES
    from geo.store import plan_state

    with _opened() as connection:
        community_id = _community_id(connection, community)
        counts = plan_state.sizes(connection, community_id)
        rows = [
            row | dict(zip(("grids", "buildings"), counts.get(row["id"], (0, 0)), strict=True))
            for row in plan_state.list_plans(connection, community_id)
        ]
    if as_json:
        typer.echo(json.dumps(rows, default=str, ensure_ascii=False))
        return
    for row in rows:
        typer.echo(
            _(
                "{id}  {name}  {state}  {start} … {end}  {grids} grids, {buildings} buildings",
                **{key: row[key] for key in ("id", "name", "grids", "buildings")},
                state=_(PLAN_STATES[row["state"]]),
                start=row["effective_from"] or "",
                end=_last_day(row["effective_to"]),
            )
        )


def _last_day(ends: date | None) -> str:
    """Return the last day in force; what is stored is the day after."""
    return f"{ends - timedelta(days=1)}" if ends else ""


@app.command()
def check(plan: PlanId, as_json: AsJson = False) -> None:
    """Check a plan; the exit code is 1 while something hinders publishing."""
    from geo.checks import STATES
    from geo.store import publishing
    from geo.store.ground import norms_of

    with _opened() as connection:
        land, at = _land(connection, plan)
        norms = norms_of(connection, land.community_id)
        found = publishing.findings_of(connection, land, at, norms)
    if as_json:
        kept = [{**asdict(one), "atoms": land.ids[list(one.atoms)].tolist()} for one in found]
        typer.echo(json.dumps(kept, default=str, ensure_ascii=False))
    else:
        for one in found:
            word = _("Signed") if one.reason else _(STATES[one.state])
            typer.echo(f"{word}  {publishing.describe(one, at)}  {one.reason}".rstrip())
        if not found:
            typer.echo(_("All checks are met."))
    if any(one.blocks for one in found):
        raise typer.Exit(1)


@app.command()
def copy(plan: PlanId, name: Annotated[str, typer.Argument(help="Name of the draft.")]) -> None:
    """Make a draft as a copy of any plan."""
    from geo.store import drafts

    with _opened() as connection:
        land, _at = _land(connection, plan)
        made = drafts.start(connection, land, name, "command", source_id=plan)
    typer.echo(_("Made draft {id}.", id=made))


@app.command()
def suggest(  # noqa: PLR0913, PLR0917 - each option is a parameter
    community: Community,
    name: Annotated[str, typer.Option(help="Name of the draft.")] = "",
    floor: Annotated[float, typer.Option(help="Fewest households (0: the norm).")] = 0,
    ceiling: Annotated[float, typer.Option(help="Most households (0: the norm).")] = 0,
    count: Annotated[int, typer.Option(help="How many grids (0: as fits).")] = 0,
    seed: Annotated[int, typer.Option(help="Same seed, same result.")] = 0,
    by_load: Annotated[bool, typer.Option(help="Balance work instead of households.")] = False,
    split_compounds: Annotated[bool, typer.Option(help="Compounds may be split.")] = False,
    stay_close: Annotated[float, typer.Option(help="0 to 1: keep to the plan in force.")] = 0,
    take: Annotated[int, typer.Option(help="Which of the plans found; 0: only show them.")] = 1,
) -> None:
    """Cut a community into grids and keep the result as a new draft."""
    from geo import partition
    from geo.store import drafts, publishing
    from geo.store.ground import norms_of, read_land

    with _opened() as connection:
        land = read_land(connection, _community_id(connection, community))
        norm = norms_of(connection, land.community_id)["grid_households"]
        wish = partition.Wish(
            floor=floor or norm.low or 0,
            ceiling=ceiling or norm.high or floor,
            count=count or None,
            seed=seed,
            by_load=by_load,
            keep_together=not split_compounds,
            stay_close=stay_close,
        )
        before = publishing.published(connection, land)
        today = before.grid if before else None
        found = partition.suggest(land.pure.atoms, wish, today=today)
        _tell(land, found)
        if take:
            free = drafts.free_name(connection, land.community_id, _("Suggestion"))
            _keep(connection, land, before, _chosen(found, take), name or free)


def _tell(land: Land, found: Suggestion) -> None:
    for finding in found.findings:
        typer.echo(_(finding.message_id, **land.named(finding.params)), err=True)
    for place, candidate in enumerate(found.plans, 1):
        measures = candidate.measures
        if not land.pure.counted:
            typer.echo(
                _(
                    "{n}: {grids} grids, compactness {compactness}",
                    n=place,
                    grids=measures.grids,
                    compactness=f"{measures.polsby_popper:.2f}",
                )
            )
            continue
        typer.echo(
            _(
                "{n}: {within} of {grids} grids in the norm, {low}–{high} households, "
                "compactness {compactness}, {split} of {compounds} compounds split, "
                "{moved} households change grid",
                n=place,
                within=measures.in_band,
                grids=measures.grids,
                low=round(measures.low),
                high=round(measures.high),
                compactness=f"{measures.polsby_popper:.2f}",
                split=measures.compounds_split,
                compounds=measures.compounds,
                moved=round(measures.households_moved),
            )
        )
        for message_id, params in candidate.reasons.values():
            typer.echo("   " + _(message_id, **land.named(params)))


def _chosen(found: Suggestion, take: int) -> Candidate:
    if not 1 <= take <= len(found.plans):
        raise InputError(N_("There is no plan {n} among those found."), n=take)
    return found.plans[take - 1]


def _keep(connection: Any, land: Land, before: Plan | None, chosen: Candidate, name: str) -> None:
    from geo.store import drafts

    # From the plan in force: grids that go on keep their names and workers.
    made = drafts.start(connection, land, name, "command", source_id=before.id if before else None)
    drafts.fill(connection, land, made, chosen.grid, "command")
    typer.echo(_("Made draft {id}.", id=made))


@app.command()
def compare(first: PlanId, second: PlanId) -> None:
    """Compare two plans of a community: who moves, how evenly the load is shared."""
    from geo import compare as comparing
    from geo.store import plan_state
    from geo.store.ground import norms_of

    with _opened() as connection:
        land, one = _land(connection, first)
        other = plan_state.read_plan(connection, land, second)
        norms = norms_of(connection, land.community_id)
        sides = ((one.grid, len(one.grids)), (other.grid, len(other.grids)))
        found = comparing.compare(land.pure, *sides, norms)
    if land.pure.counted:
        total = land.pure.counts["households"].sum()
        numbers = {"n": round(found.moved_households), "all": round(total)}
        typer.echo(_("{n} of {all} households change their grid.", **numbers))
    else:
        numbers = {"n": found.moved_buildings, "all": len(found.fate)}
        typer.echo(_("{n} of {all} buildings change their grid.", **numbers))
    names = {
        "households": _("Households"),
        "buildings": _("Buildings"),
        "hours": _("Hours of work a month"),
    }
    for key, balances in found.balances.items():
        for side, name in zip(balances, (one.name, other.name), strict=True):
            typer.echo(
                f"{names[key]}  {name}: {side.low:.0f}–{side.high:.0f}"
                f"  CV {side.cv:.3f}  Gini {side.gini:.3f}"
            )


@app.command()
def publish(
    plan: PlanId,
    day: Annotated[str, typer.Option("--from", help="First day in force, YYYY-MM-DD.")],
    by: Annotated[str, typer.Option(help="Who publishes.")],
    reason: Annotated[str, typer.Option(help="Sign this for every check not met.")] = "",
) -> None:
    """Put a draft into force; the former plan ends the day before."""
    from geo.papers.model import CHANGES
    from geo.store import drafts, publishing
    from geo.store.compute import wait_turn
    from geo.store.ground import norms_of

    with _opened() as connection:
        # Before anything is locked or read: an import that runs now changes both.
        wait_turn(connection)
        land, at = _land(connection, plan)
        if reason:
            norms = norms_of(connection, land.community_id)
            found = publishing.findings_of(connection, land, at, norms)
            open_ = [(one.key, one.subject, one.figure) for one in found if one.blocks]
            drafts.sign(connection, plan, open_, reason, by)
        made = publishing.publish(connection, land, plan, effective_from=_day(day), actor=by)
    for one in made.codings:
        typer.echo(f"{one.code}  {_(CHANGES[one.change])}  ← {', '.join(one.former)}".rstrip(" ←"))
    if made.retired:
        typer.echo(
            _("These codes end and are never given again: {codes}.", codes=", ".join(made.retired))
        )
    typer.echo(_("Published {name}.", name=at.name))


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise InputError(N_("“{value}” is no day; write YYYY-MM-DD."), value=text) from error


@app.command()
def restore(
    plan: PlanId, name: Annotated[str, typer.Option(help="Name of the draft.")] = ""
) -> None:
    """Make a draft of an older plan, to publish it anew."""
    from geo.store import publishing

    with _opened() as connection:
        land, at = _land(connection, plan)
        made = publishing.restore(connection, land, plan, name or at.name, "command")
    typer.echo(_("Made draft {id}.", id=made))


@app.command()
def export(
    plan: PlanId,
    out: Annotated[Path, typer.Option(help="Folder for the files; made if missing.")],
    kind: Annotated[
        list[str] | None, typer.Option(help="registration, drawings, geojson; default: all.")
    ] = None,
) -> None:
    """Write the register (XLSX), the drawings (PDF) and the grids (GeoJSON) of a plan."""
    wanted = kind or list(PAPERS)
    for one in wanted:
        if one not in PAPERS:
            raise InputError(
                N_("There is no paper “{kind}”; there is {known}."),
                kind=one,
                known=", ".join(PAPERS),
            )
    with _opened() as connection:
        files = dict(_papers(connection, plan, wanted))
    try:
        out.mkdir(parents=True, exist_ok=True)
        for name, body in files.items():
            (out / name).write_bytes(body)
            typer.echo(str(out / name))
    except OSError as error:
        raise FileError(
            N_("{path} cannot be written: {reason}."), path=str(out), reason=error.strerror or error
        ) from error


def _papers(connection: Any, plan: int, wanted: list[str]) -> Iterator[tuple[str, bytes]]:
    from geo.papers import drawings_pdf, registration_xlsx
    from geo.store import geojson
    from geo.store.access import local_leader
    from geo.store.plan_papers import gather_paper

    land, _at = _land(connection, plan)
    who = local_leader()
    paper = gather_paper(connection, who, land, plan, made_at=datetime.now(UTC))
    stem = f"{land.code}-{plan}"
    if "registration" in wanted:
        yield f"{stem}-registration.xlsx", registration_xlsx(paper)
    if "drawings" in wanted:
        yield f"{stem}-drawings.pdf", drawings_pdf(paper)
    if "geojson" in wanted:
        body = geojson.read_shapes(connection, who, geojson.GRIDS, plan)
        yield f"{stem}-grids.geojson", (body or "").encode()
