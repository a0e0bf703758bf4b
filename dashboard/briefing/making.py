"""From what was asked to a file: the one door of the briefings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from dashboard.briefing import monthly, other_pages, plan_set, sheets, view, wall
from dashboard.briefing.formats import Ending, format_of
from dashboard.briefing.kinds import Kind, Order
from dashboard.briefing.page import Made
from dashboard.services import territory
from dashboard.services.base import viewer
from dashboard.services.paperwork import Paper
from dashboard.services.territory import Scope
from dashboard.state import PageState
from geo.errors import N_, InputError, NotAllowedError, RequestError

MEDIA_TYPES: Final[dict[Ending, str]] = {
    "png": "image/png",
    "pdf": "application/pdf",
    "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "zip": "application/zip",
}

KINDS: Final[dict[str, Kind]] = {
    "view": view.KIND,
    **other_pages.KINDS,
    "monthly": monthly.KIND,
    "sheets": sheets.KIND,
    "wall": wall.KIND,
    "set": plan_set.KIND,
}
"""What can be asked for, by the name in addresses and on the command line."""


@dataclass(frozen=True)
class Wish:
    """What is asked for.

    Attributes
    ----------
    kind
        One of `KINDS`.
    state
        What the page shows.
    frame
        Key of a format of that kind.
    ending
        One of its kinds of file; empty for what the format is made for.
    """

    kind: str
    state: PageState
    frame: str
    ending: str = ""


def make(wish: Wish, made: Made) -> Paper:
    """Make a briefing.

    Parameters
    ----------
    wish
        What is asked for.
    made
        Who makes it, and when.

    Raises
    ------
    RequestError
        If there is no such kind, page size or file type.
    NotAllowedError
        If it is not for the viewer.
    InputError
        If there is no data at all, or no such community.
    StoreError
        When the database does not answer.
    """
    kind, order = order_of(wish, made)
    body = kind.body(order)
    return Paper(f"{kind.title(order)}.{order.ending}", MEDIA_TYPES[order.ending], body)


def kind_of(name: str) -> Kind:
    """Return a kind of briefing.

    Raises
    ------
    RequestError
        If there is none of this name.
    """
    if name not in KINDS:
        raise RequestError(
            N_("There is no briefing “{kind}”. There are: {kinds}."),
            kind=name[:40],
            kinds=", ".join(KINDS),
        )
    return KINDS[name]


def ending_of(wish: Wish) -> Ending:
    """Return the kind of file somebody asks for.

    Raises
    ------
    RequestError
        If there is no such kind, page size or file type.
    """
    kind = kind_of(wish.kind)
    form = format_of(kind.formats, wish.frame)
    if not wish.ending:
        return form.usual if form.usual in kind.endings else kind.endings[0]
    for ending in kind.endings:
        if ending == wish.ending:
            return ending
    raise RequestError(
        N_("This briefing comes as {kinds}, not as “{kind}”."),
        kinds=", ".join(kind.endings),
        kind=wish.ending[:40],
    )


def order_of(wish: Wish, made: Made) -> tuple[Kind, Order]:
    """Check a wish; see `make` for what it raises."""
    kind, ending = kind_of(wish.kind), ending_of(wish)
    if viewer().role not in kind.roles:
        raise NotAllowedError(N_("You may not see this."))
    form = format_of(kind.formats, wish.frame)
    return kind, Order(_scope(wish.state), wish.state, form, ending, made)


def _scope(asked: PageState) -> Scope:
    """Find what the page is about; unlike a page, a file never falls back to another place."""
    scope = territory.resolve(asked)
    if scope is None:
        raise InputError(N_("There is no data yet."))
    named = asked.community not in (None, "all")
    if named and (scope.community is None or scope.community.code != asked.community):
        raise InputError(N_("There is no community {code}."), code=asked.community)
    return scope
