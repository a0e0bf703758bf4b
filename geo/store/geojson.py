"""The few shapes the page draws itself: a plan's grids and a community's boundary."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from geo.errors import N_, NotAllowedError, RequestError
from geo.store import sql
from geo.store.access import Viewer, require_planner
from geo.store.versions import DRAFT


@dataclass(frozen=True)
class Kind:
    """What can be asked for: its statement, and the tables it reads."""

    key: str
    subjects: tuple[str, ...]


GRIDS = Kind("grids", ("plan", "grid", DRAFT))
COMMUNITY = Kind("community", ("division",))


def read_id(text: str) -> int:
    """Read an id from an address.

    Raises
    ------
    RequestError
        If it is not a plain number a database could have given.
    """
    if not (text.isascii() and text.isdigit() and len(text) < 19):  # noqa: PLR2004 - below 2**63
        raise RequestError(N_("“{value}” is not a number of ours."), value=text[:40])
    return int(text)


def read_shapes(connection: sa.Connection, viewer: Viewer, kind: Kind, key: int) -> str | None:
    """Return GeoJSON text, EPSG:4326, seven digits; None where there is no such thing.

    Raises
    ------
    NotAllowedError
        If it belongs to a division that is not the viewer's, or to a draft and they do not draw.
    """
    row = connection.execute(sa.text(sql.read(f"api/{kind.key}")), {"id": key}).one_or_none()
    if row is None:
        return None
    if not viewer.may_see(row.community_id):
        raise NotAllowedError(N_("This community is not among yours."))
    if row.draft:
        require_planner(viewer, row.community_id)
    return str(row.body)
