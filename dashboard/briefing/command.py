"""Briefings from the command line: files into a folder, one line about each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from dashboard import figures, state
from dashboard.briefing.kinds import Kind, Order
from dashboard.briefing.making import Wish, ending_of, kind_of, order_of
from dashboard.briefing.page import Made
from dashboard.briefing.series import EACH, members
from dashboard.services import territory
from dashboard.state import WHOLE_STREET, PageState
from geo.errors import N_, InputError, RequestError, WanggeError
from geo.indicators import INDICATORS
from geo.words import _, explain, language


@dataclass(frozen=True)
class Task:
    """What the command line asks for.

    Attributes
    ----------
    kind
        One of `dashboard.briefing.making.KINDS`.
    given
        What a page's address would say. Without a community: every community of every street.
    frames
        Keys of formats; none: the kind's first one.
    ending
        Kind of file; empty for what each size is made for.
    each
        Key of `EACH` to go through; empty for one briefing of each place.
    folder
        Where the files go.
    by
        Who makes them.
    """

    kind: str
    given: Mapping[str, str]
    frames: Sequence[str]
    ending: str
    each: str
    folder: Path
    by: str


class Line(NamedTuple):
    """A line of the log about a file: whether it is there, and its text."""

    good: bool
    text: str


def write(task: Task) -> Iterator[Line]:
    """Write briefings; one that cannot be made does not stop the others.

    Yields
    ------
    Line
        About each file, once it is there or cannot be.

    Raises
    ------
    RequestError
        If an option makes no sense.
    InputError
        If the folder cannot be written, or there is no such community.
    """
    kind, asked = kind_of(task.kind), _state(task.given)
    if task.each and task.each not in EACH:
        raise RequestError(
            N_("“{value}” is nothing that --{name} can be."), value=task.each[:60], name="each"
        )
    wanted = [
        Wish(task.kind, asked, frame, task.ending)
        for frame in task.frames or tuple(kind.formats)[:1]
    ]
    for wish in wanted:  # before the first file is made
        ending_of(wish)
    wishes = [
        one
        for wish in wanted
        for place in _places(asked)
        for one in _members(replace(wish, state=place), task.each)
    ]
    if not task.given.get("community"):
        return _kept_going(wishes, task)
    return _lines(wishes, task)


def _places(asked: PageState) -> list[PageState]:
    """Return the place that is named; without one every community there is."""
    if asked.community:
        return [asked]
    scope = territory.resolve(asked)
    if scope is None:
        raise InputError(N_("There is no data yet."))
    streets = [street.code for street in scope.streets if asked.street in (None, street.code)]
    wholes = [replace(asked, street=code, community=WHOLE_STREET) for code in streets]
    return [
        replace(whole, community=community.code)
        for whole in wholes
        for community in getattr(territory.resolve(whole), "communities", ())
    ]


def _members(wish: Wish, each: str) -> Sequence[Wish]:
    return members(wish, each) if each else (wish,)


def _lines(wishes: Sequence[Wish], task: Task) -> Iterator[Line]:
    for wish in wishes:
        yield _written(wish, task)


def _kept_going(wishes: Sequence[Wish], task: Task) -> Iterator[Line]:
    for wish in wishes:
        try:
            yield _written(wish, task)
        except WanggeError as error:
            yield Line(
                good=False,
                text=_(
                    "{time} {code}: not made. {reason}",
                    time=f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}",
                    code=wish.state.grid or wish.state.community,
                    reason=explain(error),
                ),
            )


def _written(wish: Wish, task: Task) -> Line:
    """Make one file, and say how."""
    started = datetime.now(UTC)
    kind, order = order_of(wish, Made(started, task.by))
    body, path = kind.body(order), task.folder / file_name(wish.kind, kind, order)
    _save(path, body)
    text = _(
        "{time} {path}: {kb} kB in {s} s",
        time=f"{started:%Y-%m-%dT%H:%M:%SZ}",
        path=path,
        kb=figures.integer(len(body) / 1000),
        s=figures.decimal((datetime.now(UTC) - started).total_seconds()),
    )
    return Line(good=True, text=text)


def _state(given: Mapping[str, str]) -> PageState:
    """Read the options as an address; what an address would forgive is refused here.

    Raises
    ------
    RequestError
        Naming the first option that makes no sense.
    """
    asked = state.parse(given)
    spelled = {**state.query(state.DEFAULT), **state.query(asked)}
    for name, value in given.items():
        meant = spelled.get(name, _default(name))
        known = name != "ind" or value in INDICATORS
        if not known or set(value.split(",")) != set(meant.split(",")):
            raise RequestError(
                N_("“{value}” is nothing that --{name} can be."), value=value[:60], name=name
            )
    return asked


def _default(name: str) -> str:
    value = getattr(state.DEFAULT, name)
    return ",".join(value) if isinstance(value, tuple) else str(value)


def file_name(name: str, kind: Kind, order: Order) -> str:
    """Name a file so that the same briefing of tomorrow takes its place."""
    asked = order.state
    parts = (asked.grid or asked.community or "", name, kind.stamp(order), order.form.key)
    return f"{'-'.join(part for part in (*parts, language()) if part)}.{order.ending}"


def _save(path: Path, body: bytes) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(body)
    except OSError as error:
        raise InputError(
            N_("{path} cannot be written: {reason}."), path=str(path), reason=error.strerror or ""
        ) from error
