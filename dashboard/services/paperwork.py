"""The papers of a plan as files to take away."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import Connection

from dashboard.services.base import reading
from dashboard.services.planning import land_for
from geo.papers import drawings_pdf, registration_xlsx
from geo.store import case_rows, queries, study_rows
from geo.store.access import Viewer
from geo.store.plan_papers import gather_paper
from geo.studies import Study
from geo.studies.files import About, body, shapes_of
from geo.words import _, language

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@dataclass(frozen=True)
class Paper:
    """A finished file."""

    name: str
    media_type: str
    body: bytes


def make(
    plan_id: int,
    who: Viewer,
    kind: str,
    grids: Sequence[str] = (),
    made_at: datetime | None = None,
) -> Paper:
    """Make the register or the drawings of a plan.

    Parameters
    ----------
    kind
        ``registration`` or ``drawings``.
    grids
        Codes of the only grids to draw; none: the community and every grid.
    made_at
        Printed on every page; now, where nobody says.

    Raises
    ------
    PlanError
        If there is no such plan.
    NotAllowedError
        If the community is not among the viewer's.
    """
    with reading() as connection:
        land = land_for(connection, plan_id, who)
        paper = gather_paper(connection, who, land, plan_id, made_at=made_at or datetime.now(UTC))
    if kind == "registration":
        name = _("{community} {plan} grid register.xlsx", community=land.name, plan=paper.plan)
        return Paper(name, XLSX, registration_xlsx(paper))
    name = _("{community} {plan} grid drawings.pdf", community=land.name, plan=paper.plan)
    return Paper(name, "application/pdf", drawings_pdf(paper, grids or None))


STUDY_TYPES = {
    "gpkg": "application/geopackage+sqlite3",
    "csv": "text/csv; charset=utf-8",
    "json": "application/json",
}
"""Kinds of files of an answer about hot spots."""


def study_file(number: int, who: Viewer, ending: str) -> Paper | None:
    """Make a file of an answer about hot spots; None where there is no such answer.

    Parameters
    ----------
    ending
        One of `STUDY_TYPES`.
    """
    with reading() as connection:
        found = study_rows.by_number(connection, who, number)
        if found is None:
            return None
        made, source = found
        about = About(
            code=source.code,
            name=source.name,
            as_of=source.as_of,
            plans=source.plans,
            version=source.version,
            classes=_class_names(connection),
            shapes=_shapes(connection, who, made, source) if ending == "gpkg" else {},
        )
    name = f"{source.code}-{made.question.method}-{number}.{ending}"
    return Paper(name, STUDY_TYPES[ending], body(made, about, ending))


def _class_names(connection: Connection) -> dict[str, str]:
    field = "name" if language() == "zh" else "name_en"
    return {row["code"]: row[field] or row["name"] for row in queries.ticket_classes(connection)}


def _shapes(
    connection: Connection, who: Viewer, made: Study, source: study_rows.Source
) -> dict[str, Any]:
    """Return the shapes of buildings or grids, where the answer is about such."""
    if made.areas is None or made.areas.rings:
        return {}
    days = (date.fromordinal(made.question.start), date.fromordinal(made.question.stop))
    cases = case_rows.read(connection, who, source.community_ids, *days)
    return shapes_of(cases, made.areas.unit)
