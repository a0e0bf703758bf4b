"""Many briefings as one job: of every community of a street, or of every grid; one zip.

What cannot be made does not stop the others: the zip then holds a file that says what is missing
and why.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Final

from dashboard.briefing.making import Wish, make, order_of
from dashboard.briefing.packing import Parcel
from dashboard.briefing.page import Made
from dashboard.services import overview, territory
from dashboard.state import WHOLE_STREET
from geo import words
from geo.errors import N_, InputError, WanggeError
from geo.words import _, explain

EACH: Final = {
    "communities": N_("Each community"),
    "grids": N_("Each grid"),
}
"""What a series goes through."""

Told = Callable[[float], None]


@dataclass(frozen=True)
class Series:
    """A series that is to be made.

    Attributes
    ----------
    wish
        What is wanted of each.
    each
        Key of `EACH`.
    made
        Who makes it, and when.
    lang
        In which language.
    path
        Where the zip is written.
    """

    wish: Wish
    each: str
    made: Made
    lang: str
    path: str


@dataclass(frozen=True)
class Filled:
    """A zip that is there.

    Attributes
    ----------
    path
        Where.
    files
        Names of the briefings in it.
    missing
        Sentences about those that are not.
    """

    path: str
    files: tuple[str, ...]
    missing: tuple[str, ...]


def members(wish: Wish, each: str) -> tuple[Wish, ...]:
    """Return the briefings of a series, in the order of their codes.

    Raises
    ------
    InputError
        If there is nothing of the kind.
    """
    scope = territory.resolve(wish.state)
    if scope is None:
        raise InputError(N_("There is no data yet."))
    street = scope.street.code
    if each == "communities":
        codes = [community.code for community in scope.communities]
        whole = replace(wish.state, street=street, grid=None, pick=None)
        states = [replace(whole, community=code) for code in codes]
    else:
        areas = overview.picture(scope, wish.state.period).grids.areas
        whole = replace(wish.state, street=street, pick=None)
        states = [replace(whole, grid=area.code, community=area.code[:12]) for area in areas]
    if not states:
        raise InputError(N_("There are no grids here yet, so there is no series of them."))
    return tuple(replace(wish, state=state) for state in states)


def fill(series: Series, told: Told = lambda _share: None) -> Filled:
    """Make every briefing of a series and put it into the zip.

    Parameters
    ----------
    told
        Called with the share that is done, 0 to 1.

    Raises
    ------
    InputError
        If there is nothing to make, or nothing could be made.
    """
    words.speak(series.lang)
    names, missing = [], []
    with Parcel(series.path, series.made.at) as parcel:
        for share, name, body in _files(series):
            if isinstance(body, bytes):
                names.append(parcel.put(name, body))
            else:
                missing.append(_("{name}: {reason}", name=name, reason=explain(body)))
            told(share)
        if missing:
            parcel.put(_("missing.txt"), "\n".join(missing).encode("utf-8-sig"))
    if not names:
        raise InputError(N_("None could be made. {reason}"), reason=missing[0] if missing else "")
    return Filled(series.path, tuple(names), tuple(missing))


def _files(series: Series) -> Iterator[tuple[float, str, bytes | WanggeError]]:
    """Make the files one by one; before each share of what is done."""
    wishes = members(series.wish, series.each)
    kind, order = order_of(series.wish, series.made)
    if series.each == "grids" and kind.each is not None and order.ending == "pdf":
        every = replace(order, state=replace(order.state, grid=None))  # one read for all of them
        for done, (name, body) in enumerate(kind.each(every), 1):
            yield min(done / len(wishes), 1.0), name, body
        return
    for done, wish in enumerate(wishes, 1):
        try:
            paper = make(wish, series.made)
        except WanggeError as error:
            code = wish.state.grid or wish.state.community or WHOLE_STREET
            yield done / len(wishes), code, error
        else:
            yield done / len(wishes), _numbered(wish, paper.name), paper.body


def _numbered(wish: Wish, name: str) -> str:
    """Begin a file's name with the code, so that they sort as the grids do."""
    code = wish.state.grid or wish.state.community or ""
    return f"{code} {name}".strip()
