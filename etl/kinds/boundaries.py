"""Boundaries: streets, communities and sub-districts, with their codes."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from etl import checks
from etl.arrays import absent
from etl.context import Context
from etl.mapping import translate, word_codes
from etl.rows import Rows
from geo.errors import N_

Shapes = npt.NDArray[Any]

KEPT_WHERE_EMPTY = ("place", "geom")

STREET_DIGITS, COMMUNITY_DIGITS = 9, 12
LEVELS = ("street", "community", "sub_district")

_ORPHANS = {
    "street": N_("there is no such street to belong to"),
    "community": N_("there is no such community to belong to"),
}


def prepare(rows: Rows, shapes: Shapes, context: Context) -> pd.DataFrame:
    """Check the rows and return the good ones, streets first.

    Returns
    -------
    DataFrame
        ``external_id`` (the code), kind, name, place, parent_code, geom; one row per accepted
        row; index: position in the file.
    """
    outlines = checks.polygons(rows, shapes)
    code = rows.raw("code")
    rows.findings.refuse(code.isna(), "code", None, N_("has no code"))
    rows.refuse_repeats(code, "code", N_("this id stands in row {first} already"))
    frame = pd.DataFrame({"external_id": code, "name": rows.text("name")})
    rows.findings.refuse(frame["name"].isna(), "name", None, N_("has no name"))
    frame["place"] = rows.text("place").fillna("")
    frame["kind"] = _kinds(rows, code)
    frame["parent_code"] = _parents(rows, frame, context)
    frame["geom"] = outlines
    bare = shapely.is_missing(outlines) & (frame["kind"] != "street").to_numpy()
    rows.findings.refuse(
        bare & rows.findings.accepted, "geometry", None, N_("has no shape or coordinates")
    )
    _refuse_orphans(rows, frame, context)
    accepted = frame[rows.findings.accepted]
    level = accepted["kind"].map(LEVELS.index)
    return accepted.assign(level=level).sort_values("level", kind="stable").drop(columns="level")


def _kinds(rows: Rows, code: pd.Series) -> Shapes:
    """Read the kind; where the file has none, the length of the code says it."""
    text = rows.raw("kind")
    said = translate(text, word_codes("division_kind", rows.mapping, "kind"))
    rows.findings.refuse(
        absent(said) & text.notna().to_numpy(),
        "kind",
        text,
        N_("is not a street, community or sub-district"),
    )
    digits = code.str.fullmatch(r"\d+", na=False).to_numpy()
    length = np.where(digits, code.str.len().fillna(0).to_numpy(), 0)
    guess = np.where(length == STREET_DIGITS, "street", "sub_district").astype(object)
    guess = np.where(length == COMMUNITY_DIGITS, "community", guess)
    kinds = np.where(absent(said), guess, said)
    for kind, wanted in (("street", STREET_DIGITS), ("community", COMMUNITY_DIGITS)):
        rows.findings.refuse(
            (kinds == kind) & (length != wanted) & code.notna().to_numpy(),
            "code",
            code,
            N_("must have {digits} digits"),
            digits=wanted,
        )
    return kinds


def _parents(rows: Rows, frame: pd.DataFrame, context: Context) -> pd.Series:
    """Return the parent's code: stated, else in the community's own code, else asked for."""
    stated = rows.raw("parent_code")
    own = frame["external_id"].str.slice(0, STREET_DIGITS)
    asked = context.options.community or None
    guess = own.where(frame["kind"] == "community", asked)
    parent = stated.fillna(guess)
    return parent.mask(frame["kind"] == "street")


def _refuse_orphans(rows: Rows, frame: pd.DataFrame, context: Context) -> None:
    """Refuse rows whose parent is neither stored nor an accepted row of this file."""
    stored = dict(zip(context.divisions["code"], context.divisions["kind"], strict=True))
    for kind, above in (("community", "street"), ("sub_district", "community")):
        accepted = frame[rows.findings.accepted]
        fresh = accepted.loc[accepted["kind"] == above, "external_id"]
        known = {code for code, level in stored.items() if level == above} | set(fresh)
        orphan = (frame["kind"] == kind) & ~frame["parent_code"].isin(known)
        rows.findings.refuse(
            orphan.to_numpy() & rows.findings.accepted,
            "parent_code",
            frame["parent_code"],
            _ORPHANS[above],
        )
