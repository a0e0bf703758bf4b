"""What a kind of briefing is, and what it is asked to make."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from dashboard.briefing.formats import Ending, Format
from dashboard.briefing.page import Made
from dashboard.services.territory import Scope
from dashboard.state import PageState
from geo.layers import EVERYBODY


@dataclass(frozen=True)
class Order:
    """What is to be made, all of it checked.

    Attributes
    ----------
    scope
        What it is about.
    state
        What the page shows.
    form, ending
        Size of the page, and kind of file.
    made
        Who makes it, and when.
    """

    scope: Scope
    state: PageState
    form: Format
    ending: Ending
    made: Made


@dataclass(frozen=True)
class Kind:
    """A kind of briefing.

    Attributes
    ----------
    label
        Message id of its name.
    formats
        Its sizes, by key.
    endings
        The kinds of file it comes in.
    body
        Makes the file.
    title
        Names it, without an ending.
    roles
        Who may have it.
    each
        Makes one file for each grid: name and content.
    stamp
        What tells its files apart from others of the same place and size, as ASCII.
    """

    label: str
    formats: Mapping[str, Format]
    endings: tuple[Ending, ...]
    body: Callable[[Order], bytes]
    title: Callable[[Order], str]
    roles: frozenset[str] = EVERYBODY
    each: Callable[[Order], Iterator[tuple[str, bytes]]] | None = None
    stamp: Callable[[Order], str] = lambda _order: ""
