"""The papers of a plan as files to take away."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from dashboard.services.base import reading
from dashboard.services.planning import land_for
from geo.papers import drawings_pdf, registration_xlsx
from geo.store.access import Viewer
from geo.store.plan_papers import gather_paper
from geo.words import _

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@dataclass(frozen=True)
class Paper:
    """A finished file."""

    name: str
    media_type: str
    body: bytes


def make(plan_id: int, who: Viewer, kind: str, grids: Sequence[str] = ()) -> Paper:
    """Make the register or the drawings of a plan.

    Parameters
    ----------
    kind
        ``registration`` or ``drawings``.
    grids
        Codes of the only grids to draw; none: the community and every grid.

    Raises
    ------
    PlanError
        If there is no such plan.
    NotAllowedError
        If the community is not among the viewer's.
    """
    with reading() as connection:
        land = land_for(connection, plan_id, who)
        paper = gather_paper(connection, who, land, plan_id, made_at=datetime.now(UTC))
    if kind == "registration":
        name = _("{community} {plan} grid register.xlsx", community=land.name, plan=paper.plan)
        return Paper(name, XLSX, registration_xlsx(paper))
    name = _("{community} {plan} grid drawings.pdf", community=land.name, plan=paper.plan)
    return Paper(name, "application/pdf", drawings_pdf(paper, grids or None))
