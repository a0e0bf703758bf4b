"""Briefings from the command line: files into a folder, one line about each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from dashboard import figures, state
from dashboard.briefing.making import Wish, ending_of, kind_of, make
from dashboard.briefing.page import Made
from dashboard.state import PageState
from geo.errors import N_, InputError, RequestError
from geo.indicators import INDICATORS
from geo.words import _, language


def write(
    kind: str, given: Mapping[str, str], frames: Sequence[str], ending: str, to: tuple[Path, str]
) -> Iterator[str]:
    """Write a briefing in some sizes.

    Parameters
    ----------
    kind
        One of `dashboard.briefing.making.KINDS`.
    given
        What a page's address would say.
    frames
        Keys of formats; none: the kind's first one.
    ending
        ``png`` or ``pdf``; empty for what each size is made for.
    to
        The folder, and who makes them.

    Yields
    ------
    str
        A line about each file, once it is there.

    Raises
    ------
    RequestError
        If an option makes no sense.
    InputError
        If the folder cannot be written, or there is no such community.
    """
    asked = _state(given)
    folder, by = to
    for frame in frames or tuple(kind_of(kind).formats)[:1]:
        wish = Wish(kind, asked, frame, ending)
        started = datetime.now(UTC)
        paper = make(wish, Made(started, by))
        path = folder / file_name(wish)
        _save(path, paper.body)
        took_s = (datetime.now(UTC) - started).total_seconds()
        yield _(
            "{time} {path}: {kb} kB in {s} s",
            time=f"{started:%Y-%m-%dT%H:%M:%SZ}",
            path=path,
            kb=figures.integer(len(paper.body) / 1000),
            s=figures.decimal(took_s),
        )


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


def file_name(wish: Wish) -> str:
    """Name a file so that the same briefing of tomorrow takes its place."""
    asked = wish.state
    about = (asked.ind, asked.period) if wish.kind == "view" else ()
    parts = (asked.grid or asked.community or "", wish.kind, *about, wish.frame, language())
    return f"{'-'.join(parts)}.{ending_of(wish)}"


def _save(path: Path, body: bytes) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(body)
    except OSError as error:
        raise InputError(
            N_("{path} cannot be written: {reason}."), path=str(path), reason=error.strerror or ""
        ) from error
