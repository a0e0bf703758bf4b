"""Tickets: what was reported, where and when, and what became of it."""

from __future__ import annotations

import hashlib
import re
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from etl import checks
from etl.arrays import absent
from etl.context import Context
from etl.mapping import plain, translate, word_codes
from etl.rows import Rows
from geo.errors import N_
from geo.schema import OPEN_TICKET_STATES
from geo.tickets import h3_cells

Shapes = npt.NDArray[Any]

KEPT_WHERE_EMPTY = ("title", "address", "due_at", "satisfaction", "geom", "h3_10")

OTHER_CLASS = ("other", "其他", "Other")
"""Class of categories registered while importing: code, Chinese name, English name."""

_COMMUNITY_ENDINGS = re.compile(r"(社区居民委员会|社区居委会|居民委员会|居委会|社区)$")


def prepare(rows: Rows, shapes: Shapes, context: Context) -> pd.DataFrame:
    """Check the rows and return the good ones as the table wants them.

    Returns
    -------
    DataFrame
        Columns of ``ticket``, one row per accepted row; index: position in the file.
    """
    frame = pd.DataFrame({"external_id": rows.key()})
    _categories(rows, frame, context)
    frame["channel"] = rows.word(
        "channel", "channel", context.options.channel, message_id=N_("is an unknown source")
    )
    frame["handling"] = rows.word(
        "handling", "handling", "promised", message_id=N_("is an unknown way of handling")
    )
    frame["title"] = rows.text("title").fillna("")
    frame["address"] = rows.text("address").fillna("")
    frame["satisfaction"] = _satisfaction(rows)
    _times(rows, frame, context)
    _states(rows, frame)
    places = checks.points(rows, shapes)
    _communities(rows, frame, places, context)
    frame["geom"] = places
    _cells(frame, places)
    return frame[rows.findings.accepted]


# ---------------------------------------------------------------------------------- categories


def new_categories(rows: Rows, context: Context) -> pd.DataFrame:
    """Return categories of the file nobody knows, ready to be added as class *other*."""
    text = rows.raw("category")
    known = translate(text, _known_categories(rows, context.categories))
    names = text[absent(known) & text.notna().to_numpy()].drop_duplicates()
    code, chinese, english = OTHER_CLASS
    return pd.DataFrame(
        {
            "code": [category_code(name) for name in names],
            "class_code": code,
            "class_name": chinese,
            "class_name_en": english,
            "name": names.to_numpy(dtype=object),
            "kind": "service",
            "source": "import",
        }
    ).drop_duplicates("code")


def category_code(name: str) -> str:
    """Make a stable code of a category's name: readable where the name is plain ASCII."""
    slug = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-") if name.isascii() else ""
    return "x-" + (slug or hashlib.blake2b(name.encode(), digest_size=5).hexdigest())


def _known_categories(rows: Rows, listed: pd.DataFrame) -> dict[str, str]:
    """Return {plain code or name: code}; of equal names the first code counts."""
    names = {plain(name): code for code, name in zip(listed["code"], listed["name"], strict=True)}
    codes = {plain(code): code for code in listed["code"]}
    said = {plain(word): code for word, code in rows.mapping.values.get("category", {}).items()}
    made = {plain(word): codes[plain(code)] for word, code in said.items() if plain(code) in codes}
    made |= {plain(word): names[plain(code)] for word, code in said.items() if plain(code) in names}
    return names | codes | made


def _categories(rows: Rows, frame: pd.DataFrame, context: Context) -> None:
    listed = context.categories
    text = rows.raw("category")
    codes = translate(text, _known_categories(rows, listed))
    rows.findings.refuse(text.isna(), "category", text, N_("has no category"))
    unknown = absent(codes) & text.notna().to_numpy()
    rows.findings.refuse(
        unknown,
        "category",
        text,
        N_("is an unknown category; name it in --mapping or use --add-categories"),
    )
    frame["category_code"] = codes
    classes = dict(zip(listed["code"], listed["class_code"], strict=True))
    positions, words = pd.factorize(codes)
    known = np.array([*(classes.get(word) for word in words), None], dtype=object)
    frame["class_code"] = known[positions]


# -------------------------------------------------------------------------------- times, states


def _satisfaction(rows: Rows) -> npt.NDArray[np.float64]:
    """Read a mark from 1 to 5, or the words for it."""
    words = word_codes("satisfaction", rows.mapping)
    return rows.number("satisfaction", 1, 5, words=words)


def _times(rows: Rows, frame: pd.DataFrame, context: Context) -> None:
    options = context.options
    zone, now, day_first = options.zone, options.now, options.day_first
    reported = rows.time("reported_at", zone, now, day_first=day_first)
    blank = rows.raw("reported_at").isna()
    rows.findings.refuse(blank, "reported_at", None, N_("has no time of report"))
    closed = rows.time("closed_at", zone, now, day_first=day_first)
    due = rows.time("due_at", zone, now, day_first=day_first, future=True)
    rows.findings.refuse(
        closed < reported, "closed_at", rows.raw("closed_at"), N_("is before the report")
    )
    rows.findings.refuse(due < reported, "due_at", rows.raw("due_at"), N_("is before the report"))
    frame["reported_at"], frame["closed_at"], frame["due_at"] = reported, closed, due


def _states(rows: Rows, frame: pd.DataFrame) -> None:
    """Make state and closing time agree, as the table demands."""
    state = rows.word("state", "state", None, message_id=N_("is an unknown state"))
    ended = frame["closed_at"].notna().to_numpy()
    unsaid = absent(state)
    state = np.where(unsaid, np.where(ended, "closed", "pending"), state)
    text = rows.raw("state")
    rows.findings.refuse(
        (state == "closed") & ~ended, "state", text, N_("is closed, but has no closing time")
    )
    contradiction = np.isin(state, OPEN_TICKET_STATES) & ended
    rows.findings.warn(
        contradiction, "state", text, N_("is open, but has a closing time; taken as closed")
    )
    state = np.where(contradiction, "closed", state)
    frame["state"] = state
    frame["closed_at"] = frame["closed_at"].where(state == "closed")


# ---------------------------------------------------------------------------------------- place


def _communities(rows: Rows, frame: pd.DataFrame, places: Shapes, context: Context) -> None:
    """Find each ticket's community: by its point, else by its words, else the one asked for."""
    areas = context.communities()
    area = checks.locate(places, areas)
    checks.refuse_outside(rows, places, area, areas)
    ids = areas.ids[area].astype(float) if len(areas.ids) else np.full(len(area), np.nan)
    ids = np.where(area >= 0, ids, np.nan)
    unplaced = shapely.is_missing(places)
    if unplaced.any():
        ids = np.where(unplaced, _by_words(rows, context), ids)
    lost = unplaced & np.isnan(ids) & rows.findings.accepted
    rows.findings.refuse(
        lost, "geometry", None, N_("has no coordinates; with --community it is kept without place")
    )
    frame["community_id"] = ids


def _by_words(rows: Rows, context: Context) -> npt.NDArray[np.float64]:
    text = rows.raw("community")
    listed = context.divisions[context.divisions["kind"] == "community"]
    if context.target.street_id is not None:
        listed = listed[listed["parent_id"] == context.target.street_id]
    words = {
        plain(word): str(one)
        for one, code, name in zip(listed["id"], listed["code"], listed["name"], strict=True)
        for word in (_COMMUNITY_ENDINGS.sub("", name), name, code)
    }
    found = pd.to_numeric(
        pd.Series(translate(text.str.replace(_COMMUNITY_ENDINGS, "", regex=True), words)),
        errors="coerce",
    ).to_numpy(dtype=float)
    asked = context.target.community_id
    return np.where(np.isnan(found), np.nan if asked is None else asked, found)


def _cells(frame: pd.DataFrame, places: Shapes) -> None:
    cells = h3_cells(shapely.get_x(places), shapely.get_y(places))
    frame["h3_10"] = pd.array(cells, dtype="Int64")
    frame.loc[cells == 0, "h3_10"] = pd.NA
