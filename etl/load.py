"""One file into the store, in one transaction: gather, decide, apply.

Nothing is half-imported. A dry run does all of it and rolls back.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import sqlalchemy as sa

from etl import checks, redraw, target
from etl.changes import CHANGED, NEW, SAME, Changes, decide
from etl.context import Context, Options, Target
from etl.findings import REFUSED, WARNED, Findings
from etl.kinds import boundaries, buildings, facilities, plans, tickets
from etl.readers import read
from etl.rows import Rows, open_rows
from geo.errors import N_
from geo.store import intake
from geo.store.bulk import built_at_end
from geo.store.tables import building, division, facility, household, ticket
from geo.store.writes import copy_frame, upsert_frame

Shapes = npt.NDArray[Any]
Step = Callable[[str], None]

STEPS = (
    N_("Reading"),
    N_("Checking coordinates"),
    N_("Checking rows"),
    N_("Comparing"),
    N_("Writing"),
    N_("Drawing cells"),
)


@dataclass
class Report:
    """What became of a file.

    Attributes
    ----------
    rows_read, added, changed, unchanged, refused, warned
        Rows; read = added + changed + unchanged + refused.
    without_place
        Accepted tickets nobody knows the place of.
    communities
        Ids of the communities whose figures are stale now.
    notes
        Sentences about the whole, in the language spoken.
    """

    path: Path
    kind: str
    findings: Findings
    rows_read: int = 0
    added: int = 0
    changed: int = 0
    unchanged: int = 0
    without_place: int = 0
    communities: list[int] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def refused(self) -> int:
        """Rows that did not go in."""
        return self.findings.count(REFUSED)

    @property
    def warned(self) -> int:
        """Rows that went in with a remark."""
        return self.findings.count(WARNED)


@dataclass(frozen=True)
class _Kind:
    prepare: Callable[[Rows, Shapes, Context], pd.DataFrame]
    table: sa.Table
    kept: tuple[str, ...]
    needs_shape: bool = False


_KINDS = {
    "boundaries": _Kind(boundaries.prepare, division, boundaries.KEPT_WHERE_EMPTY),
    "buildings": _Kind(buildings.prepare, building, buildings.KEPT_WHERE_EMPTY, needs_shape=True),
    "facilities": _Kind(
        facilities.prepare, facility, facilities.KEPT_WHERE_EMPTY, needs_shape=True
    ),
    "tickets": _Kind(tickets.prepare, ticket, tickets.KEPT_WHERE_EMPTY),
}


def import_file(
    engine: sa.Engine, path: Path, options: Options, step: Step = lambda _name: None
) -> Report:
    """Bring one file into the store.

    Parameters
    ----------
    engine
        Of the app role; of the owner's, a large first load is several times faster.
    path
        The file.
    options
        What a person asked for.
    step
        Called with each of `STEPS` as it begins.

    Raises
    ------
    FileError, InputError, CrsError
        If the file as a whole cannot go in; nothing was written.
    """
    step(STEPS[0])
    sheet = read(path, encoding=options.encoding, layer=options.layer)
    rows = open_rows(sheet, options.kind, options.mapping)
    step(STEPS[1])
    shapes = checks.shapes_of(rows, options.crs, required=_needs_shape(rows, options))
    with engine.connect() as connection, connection.begin() as transaction:
        intake.lock(connection)
        bring_in = _bring_in_plan if options.kind == "plan" else _bring_in
        report = bring_in(connection, path, rows, shapes, options, step)
        if options.dry_run:
            transaction.rollback()
    return report


def _needs_shape(rows: Rows, options: Options) -> bool:
    return plans.has_polygons(rows) if options.kind == "plan" else _KINDS[options.kind].needs_shape


def _bring_in(
    connection: sa.Connection,
    path: Path,
    rows: Rows,
    shapes: Shapes,
    options: Options,
    step: Step,
) -> Report:
    context = _gather(connection, rows, shapes, options)
    step(STEPS[2])
    kind = _KINDS[options.kind]
    frame = kind.prepare(rows, shapes, context)
    step(STEPS[3])
    source = options.source_of(path)
    changes = _compare(connection, kind, frame, source, rows)
    report = _report(path, options, rows, frame, changes)
    step(STEPS[4])
    batch = _record(connection, path, rows, options, report)
    _APPLY[options.kind](connection, changes, source, batch)
    step(STEPS[5])
    _follow_up(connection, changes, options, report, context)
    return report


def _bring_in_plan(
    connection: sa.Connection,
    path: Path,
    rows: Rows,
    shapes: Shapes,
    options: Options,
    step: Step,
) -> Report:
    """Make a draft of a file, unless there is one that holds just this."""
    place = plans.read_place(connection, options.community)
    step(STEPS[2])
    draft = plans.prepare(rows, shapes, place, options.source)
    step(STEPS[3])
    name = options.plan_name or path.stem
    report = Report(path, options.kind, rows.findings, rows.size + len(rows.sheet.broken))
    same = plans.find_same(connection, place, draft, name) if draft.rows else None
    report.added, report.unchanged = (0, draft.rows) if same else (draft.rows, 0)
    step(STEPS[4])
    _record(connection, path, rows, options, report)
    called = same
    if called is None and draft.rows:
        called = plans.write(connection, place, draft, name, options.actor)
    step(STEPS[5])
    if called is not None:
        report.notes = plans.tell(place, draft, called, same=same is not None)
    return report


# -------------------------------------------------------------------------------------- gather


def _gather(connection: sa.Connection, rows: Rows, shapes: Shapes, options: Options) -> Context:
    settled = (
        Target() if options.kind == "boundaries" else target.settle(connection, options, shapes)
    )
    if options.kind == "boundaries" and options.street_name:
        target.settle(connection, options, shapes)
    categories = intake.categories(connection)
    context = Context(options, settled, intake.divisions(connection), categories)
    if options.kind != "tickets" or not options.add_categories:
        return context
    intake.add_categories(connection, tickets.new_categories(rows, context))
    return Context(options, settled, context.divisions, intake.categories(connection))


# -------------------------------------------------------------------------------------- decide


def _compare(
    connection: sa.Connection, kind: _Kind, frame: pd.DataFrame, source: str, rows: Rows
) -> Changes:
    if kind.table is division:
        return _compare_divisions(connection, frame)
    columns = [str(name) for name in frame if str(name) in kind.table.c]
    stored = intake.stored(connection, kind.table, columns, source)
    if kind.table is building:
        stored, frame = _with_households(connection, stored, frame, source, rows)
    return _default_use(decide(frame, stored, (*kind.kept, "use")))


def _compare_divisions(connection: sa.Connection, frame: pd.DataFrame) -> Changes:
    stored = intake.divisions(connection).rename(columns={"code": "external_id"})
    codes = stored.set_index("id")["external_id"]
    stored["parent_code"] = codes.reindex(stored["parent_id"]).to_numpy(dtype=object)
    return decide(frame, stored, boundaries.KEPT_WHERE_EMPTY)


def _default_use(changes: Changes) -> Changes:
    """Call a building nobody says the use of *other*, unless the store knows better."""
    if "use" not in changes.frame:
        return changes
    frame = changes.frame.assign(use=changes.frame["use"].fillna("other"))
    return Changes(frame, changes.verdict)


def _with_households(
    connection: sa.Connection, stored: pd.DataFrame, frame: pd.DataFrame, source: str, rows: Rows
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Compare the count of dwellings too; where a register is kept, a bare count is ignored."""
    counts = intake.household_counts(connection, source).set_index("external_id")
    made = counts["households"].reindex(stored["external_id"]).fillna(0).to_numpy(dtype=float)
    kept = counts["registered"].reindex(frame["external_id"]).fillna(0).to_numpy() > 0
    ignored = kept & frame["households"].notna().to_numpy()
    if ignored.any():
        told = np.zeros(rows.size, dtype=bool)
        told[frame.index[ignored]] = True
        rows.findings.warn(
            told,
            "households",
            rows.raw("households"),
            N_("this building has a register of households; the count was not used"),
        )
        frame = frame.assign(households=frame["households"].mask(ignored))
    return stored.assign(households=made), frame


def _report(
    path: Path, options: Options, rows: Rows, frame: pd.DataFrame, changes: Changes
) -> Report:
    unplaced = 0
    if options.kind == "tickets":
        unplaced = int(frame["geom"].isna().sum())
    return Report(
        path=path,
        kind=options.kind,
        findings=rows.findings,
        rows_read=rows.size + len(rows.sheet.broken),
        added=changes.count(NEW),
        changed=changes.count(CHANGED),
        unchanged=changes.count(SAME),
        without_place=unplaced,
    )


# --------------------------------------------------------------------------------------- apply


def _record(
    connection: sa.Connection, path: Path, rows: Rows, options: Options, report: Report
) -> int:
    batch = intake.add_batch(
        connection,
        kind=options.kind,
        **options.provenance(path, rows.sheet.crs),
        attribution=_attribution(connection, path, options),
        rows_read=report.rows_read,
        rows_added=report.added,
        rows_changed=report.changed,
        rows_unchanged=report.unchanged,
        rows_rejected=report.refused,
    )
    found = rows.findings.table()
    intake.add_rejections(connection, batch, found[found["level"] == REFUSED])
    return batch


def _attribution(connection: sa.Connection, path: Path, options: Options) -> str:
    """Return the credits of a batch; they go with the source, said once or each time."""
    if options.kind not in _KINDS:
        return options.attribution
    table = _KINDS[options.kind].table
    own_rows = table.c.source == options.source_of(path)
    intake.add_attribution(connection, table, own_rows, options.attribution)
    earlier = intake.attributions(connection, table, own_rows)
    return intake.join_attributions(earlier, options.attribution)


def _write(
    connection: sa.Connection,
    table: sa.Table,
    changes: Changes,
    **constants: Any,
) -> None:
    """Write what is new or changed; where all is new, straight by COPY."""
    frame = changes.of(NEW, CHANGED)
    frame = frame[[str(name) for name in frame if str(name) in table.c]].assign(**constants)
    if frame.empty:
        return
    if changes.count(CHANGED) == 0:
        with built_at_end(connection, table, len(frame)):
            copy_frame(connection, table, frame)
    else:
        conflict = ("source", "external_id")
        upsert_frame(connection, table, frame, conflict=conflict, uncompared=("batch_id",))


def _apply_rows(table: sa.Table) -> Callable[[sa.Connection, Changes, str, int], None]:
    def apply(connection: sa.Connection, changes: Changes, source: str, batch: int) -> None:
        _write(connection, table, changes, source=source, batch_id=batch)

    return apply


def _apply_buildings(connection: sa.Connection, changes: Changes, source: str, batch: int) -> None:
    _write(connection, building, changes, source=source, batch_id=batch)
    stated = changes.of(NEW, CHANGED)
    stated = stated[stated["households"].notna()]
    if stated.empty:
        return
    ids = intake.building_ids(connection, source).set_index("external_id")["id"]
    have = intake.household_counts(connection, source).set_index("external_id")["households"]
    keys = stated["external_id"]
    building_id = ids.reindex(keys).to_numpy(dtype=np.int64)
    wanted = stated["households"].to_numpy(dtype=np.int64)
    present = have.reindex(keys).fillna(0).to_numpy(dtype=np.int64)
    fewer = wanted < present
    intake.drop_households(connection, building_id[fewer], wanted[fewer])
    copy_frame(connection, household, make_households(building_id, present, wanted))


def make_households(
    building_id: npt.NDArray[np.int64],
    present: npt.NDArray[np.int64],
    wanted: npt.NDArray[np.int64],
) -> pd.DataFrame:
    """Make the dwellings a bare count speaks of: state resident, rooms ``#001``, ``#002``, ….

    Parameters
    ----------
    building_id, present, wanted
        Buildings, the made dwellings each has, and how many it shall have, shape (n,).
    """
    missing = np.maximum(wanted - present, 0)
    owner = np.repeat(building_id, missing)
    start = np.repeat(np.cumsum(missing) - missing, missing)
    number = np.arange(len(owner)) - start + np.repeat(present, missing) + 1
    rooms = [f"{intake.SYNTHETIC_ROOM}{one:03d}" for one in number]
    return pd.DataFrame({"building_id": owner, "room": rooms, "state": "resident"})


def _apply_divisions(connection: sa.Connection, changes: Changes, source: str, batch: int) -> None:
    """Write level by level, since a child needs its parent's id."""
    fresh = changes.of(NEW, CHANGED)
    intake.adopt_divisions(connection, changes.of(SAME)["external_id"], batch)
    for kind in boundaries.LEVELS:
        level = fresh[fresh["kind"] == kind]
        known = intake.divisions(connection).set_index("code")["id"]
        parents = known.reindex(level["parent_code"]).astype("Int64").to_numpy()
        frame = level.rename(columns={"external_id": "code"}).drop(columns="parent_code")
        parent_id = pd.array(parents, dtype="Int64")
        frame = frame.assign(parent_id=parent_id, source=source, batch_id=batch)
        if not frame.empty:
            conflict, free = ("code",), ("source", "batch_id")
            upsert_frame(connection, division, frame, conflict=conflict, uncompared=free)


_APPLY: dict[str, Callable[[sa.Connection, Changes, str, int], None]] = {
    "boundaries": _apply_divisions,
    "buildings": _apply_buildings,
    "facilities": _apply_rows(facility),
    "tickets": _apply_rows(ticket),
}


# ----------------------------------------------------------------------------------- follow up


def _follow_up(
    connection: sa.Connection, changes: Changes, options: Options, report: Report, context: Context
) -> None:
    fresh = changes.of(NEW, CHANGED)
    report.communities = _touched(connection, fresh, options, context)
    if options.kind in ("buildings", "boundaries"):
        for community_id in report.communities:
            redraw.redraw(connection, community_id)


def _touched(
    connection: sa.Connection, fresh: pd.DataFrame, options: Options, context: Context
) -> list[int]:
    if fresh.empty:
        return []
    if options.kind == "boundaries":
        ids = intake.divisions(connection).set_index("code")["id"]
        codes = fresh.loc[fresh["kind"] == "community", "external_id"]
        return sorted(int(one) for one in ids.reindex(codes))
    if options.kind == "facilities":
        streets = fresh["street_id"].dropna().unique()
        listed = context.divisions
        return sorted(int(one) for one in listed.loc[listed["parent_id"].isin(streets), "id"])
    return sorted(int(one) for one in fresh["community_id"].dropna().unique())


def refresh(engine: sa.Engine, communities: Sequence[int]) -> bool:
    """Compute the figures of some communities anew; False where there is nothing to compute."""
    if not communities:
        return False
    from geo.store import compute  # noqa: PLC0415 - heavy, and a dry run needs none of it

    compute.refresh(engine, list(communities))
    return True
