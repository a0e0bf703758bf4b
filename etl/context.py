"""What an import knows beside its file: the territory, the categories, what a person asked for."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pyproj

from etl.checks import Areas
from etl.mapping import Mapping
from etl.readers import sha256


@dataclass(frozen=True)
class Options:
    """What a person asked for.

    Attributes
    ----------
    kind
        One of `geo.schema.IMPORT_KINDS`.
    now
        The clock; times after it lie in the future.
    source
        Name of the system the ids come from; empty: the file's name.
    crs
        Reference system of the coordinates; None: what the file states, else degrees.
    community, street
        Codes of the target, empty where the file itself or the ground says it.
    make_community
        Whether a community (and street) that does not exist is drawn around the rows.
    plan_name
        What a plan shall be called; empty: the file's name.
    reach_m
        How far from a street a facility may stand and still serve it.
    attribution
        What must be said wherever the data is shown, one line; empty: nothing.
    """

    kind: str
    now: datetime
    source: str = ""
    crs: str | None = None
    mapping: Mapping = field(default_factory=Mapping)
    encoding: str | None = None
    layer: str | None = None
    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("Asia/Shanghai"))
    day_first: bool = False
    street: str = ""
    street_name: str = ""
    place: str = ""
    community: str = ""
    community_name: str = ""
    make_community: bool = False
    storeys_from_height: bool = False
    facility_kind: str = ""
    plan_name: str = ""
    reach_m: float = 1000.0
    channel: str = "other"
    add_categories: bool = False
    actor: str = ""
    attribution: str = ""
    dry_run: bool = False

    def source_of(self, path: Path) -> str:
        """Return the source's name for a file."""
        return self.source or path.stem

    def provenance(self, path: Path, stated: pyproj.CRS | None) -> dict[str, Any]:
        """Return what is kept of a file itself; `stated` is the reference system it names."""
        return {
            "file_name": path.name,
            "sha256": sha256(path),
            "crs": self.crs or (stated.to_string() if stated else "EPSG:4326"),
            "mapping": self.mapping.as_json(),
            "actor": self.actor,
        }


@dataclass(frozen=True)
class Target:
    """Where the rows belong, as far as the person said.

    Attributes
    ----------
    street_id, community_id
        Database ids, None where nobody said.
    """

    street_id: int | None = None
    community_id: int | None = None


@dataclass(frozen=True)
class Context:
    """Everything a check may look at; nothing here changes.

    Attributes
    ----------
    options, target
        What was asked for.
    divisions
        The division tree, see `geo.store.intake.divisions`.
    categories
        Ticket categories: code, class_code, name.
    """

    options: Options
    target: Target
    divisions: pd.DataFrame
    categories: pd.DataFrame

    def areas(self, kind: str, parent_id: int | None = None) -> Areas:
        """Return the divisions of a kind that have ground, below one parent if given."""
        chosen = self.divisions[self.divisions["kind"] == kind]
        if parent_id is not None:
            chosen = chosen[chosen["parent_id"] == parent_id]
        return areas_of(chosen[chosen["geom"].notna()])

    def communities(self) -> Areas:
        """Return the communities a row may lie in: the one asked for, else all (of the street)."""
        everything = self.areas("community", self.target.street_id)
        if self.target.community_id is None:
            return everything
        return everything.only(everything.ids == self.target.community_id)


def areas_of(frame: pd.DataFrame) -> Areas:
    """Return divisions as arrays."""
    return Areas(
        ids=frame["id"].to_numpy(dtype=np.int64),
        codes=frame["code"].to_numpy(dtype=object),
        names=frame["name"].to_numpy(dtype=object),
        shapes=frame["geom"].to_numpy(dtype=object),
    )
