"""From what was asked to a file: the one door of the briefings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from dashboard.briefing import view, wall
from dashboard.briefing.formats import VIEW_FORMATS, WALL_FORMATS, Ending, Format, format_of
from dashboard.briefing.page import Made, Page, place_of
from dashboard.briefing.press import press
from dashboard.services import territory
from dashboard.services.paperwork import Paper
from dashboard.services.territory import Scope
from dashboard.state import PageState
from geo.errors import N_, InputError, RequestError
from geo.indicators import INDICATORS
from geo.words import _

MEDIA_TYPES: Final[dict[str, str]] = {"png": "image/png", "pdf": "application/pdf"}


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
        ``png`` or ``pdf``; empty for what the format is made for.
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
    InputError
        If there is no data at all, or no such community.
    StoreError
        When the database does not answer.
    """
    form, ending = form_of(wish)
    scope = _scope(wish.state)
    page = document_of(wish, scope, made)
    body = press(page, made.at, ending, form.ppi)
    return Paper(_name(wish, scope, ending), MEDIA_TYPES[ending], body)


FORMATS: Final = {"view": VIEW_FORMATS, "wall": WALL_FORMATS}
"""The formats of each kind of briefing."""


def form_of(wish: Wish) -> tuple[Format, Ending]:
    """Return the format and the kind of file somebody asks for.

    Raises
    ------
    RequestError
        If there is no such kind, page size or file type.
    """
    if wish.kind not in FORMATS:
        raise RequestError(
            N_("There is no briefing “{kind}”. There are: {kinds}."),
            kind=wish.kind[:40],
            kinds=", ".join(FORMATS),
        )
    form = format_of(FORMATS[wish.kind], wish.frame)
    if wish.ending == "png":
        return form, "png"
    if wish.ending == "pdf":
        return form, "pdf"
    if wish.ending:
        raise RequestError(N_("A briefing is a png or a pdf, not “{kind}”."), kind=wish.ending[:40])
    return form, form.usual


def _scope(asked: PageState) -> Scope:
    """Find what the page is about; unlike a page, a file never falls back to another place."""
    scope = territory.resolve(asked)
    if scope is None:
        raise InputError(N_("There is no data yet."))
    named = asked.community not in (None, "all")
    if named and (scope.community is None or scope.community.code != asked.community):
        raise InputError(N_("There is no community {code}."), code=asked.community)
    return scope


def document_of(wish: Wish, scope: Scope, made: Made) -> Page:
    """Compose what is asked for, as `brief.typ` reads it."""
    form, _ending = form_of(wish)
    question = view.question_of(scope, wish.state)
    if wish.kind == "wall":
        return wall.document_of(wall.wall_question(question), form, made)
    return view.document_of(question, form, made)


def _name(wish: Wish, scope: Scope, ending: str) -> str:
    if wish.kind == "wall":
        return _("{place} grid map.{ending}", place=place_of(scope), ending=ending)
    known = INDICATORS.get(wish.state.ind)
    about = _(known.label) if known else ""
    return _("{place} {about} briefing.{ending}", place=place_of(scope), about=about, ending=ending)
