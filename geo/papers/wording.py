"""How papers write numbers, dates, people and long names."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from datetime import date, datetime

from babel.dates import format_date

from geo.papers.model import GridSheet, Person, PlanPaper
from geo.periods import ZONE
from geo.schema import GRID_ROLES, PLAN_STATES
from geo.words import _, locale

NOTHING = "—"
"""Stands where nobody knows; never a nought."""

MM_PER_PT = 25.4 / 72
WIDE_EM, NARROW_EM = 1.0, 0.58
"""Width of a Chinese character and, on the safe side, of a Latin one in Noto Sans CJK."""

LEADERS = ("grid_leader", "grid_worker")
"""Who answers for a grid."""

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
_TOKEN = re.compile(r"[!-~\u00a1-\u2e7f]+|.", re.DOTALL)


def clean(text: str) -> str:
    """Drop what neither paper nor workbook can hold, and make one line of it."""
    return " ".join(_CONTROL.sub("", text).split())


def count(number: int) -> str:
    """Write a whole number with thousands separators."""
    return f"{number:,}"


def people(paper: PlanPaper, number: int) -> str:
    """Write a number of people or dwellings, where any are on record."""
    return count(number) if paper.counted else NOTHING


def made(paper: PlanPaper) -> str:
    """Say when, and by whom, the paper was made."""
    time, name = minute(paper.made_at), clean(paper.made_by)
    return _("Made {time} by {name}", time=time, name=name) if name else _("Made {time}", time=time)


def day(when: date | None) -> str:
    """Write a day, or that there is none."""
    return NOTHING if when is None else format_date(when, "long", locale=locale())


def minute(when: datetime | None) -> str:
    """Write a time; one that knows its zone in Shanghai time."""
    if when is None:
        return NOTHING
    local = when if when.tzinfo is None else when.astimezone(ZONE)
    return local.strftime("%Y-%m-%d %H:%M")


def named(people: Iterable[Person], roles: Sequence[str], most: int = 0) -> str:
    """List the names of people with some roles; past `most` (0: no limit) say how many."""
    names = [clean(p.name) for role in roles for p in people if p.role == role]
    names = list(dict.fromkeys(name for name in names if name))
    if not names:
        return NOTHING
    if most and len(names) > most:
        shown = _(", ").join(names[:most])
        return _("{names} and others, {n} in all", names=shown, n=len(names))
    return _(", ").join(names)


def other_people(people: Iterable[Person]) -> str:
    """List everybody who is neither leader nor worker, with the role."""
    people = tuple(people)
    said = [
        _("{role}: {names}", role=_(label), names=named(people, (role,)))
        for role, label in GRID_ROLES.items()
        if role not in LEADERS and any(p.role == role for p in people)
    ]
    return _("; ").join(said) or NOTHING


def plan_name(paper: PlanPaper) -> str:
    """Name the plan together with its state."""
    return _("{plan} ({state})", plan=clean(paper.plan), state=_(PLAN_STATES[paper.state]))


def grid_name(sheet: GridSheet) -> str:
    """Name a grid; one without a name by its code."""
    return clean(sheet.name) or sheet.code


def width_em(text: str) -> float:
    """Estimate how wide a text is, in its own size."""
    wide = sum(unicodedata.east_asian_width(letter) in "WFA" for letter in text)
    return wide * WIDE_EM + (len(text) - wide) * NARROW_EM


def wrap(text: str, most_em: float, most_lines: int) -> list[str]:
    """Break a name into lines; what does not fit ends in an ellipsis.

    Latin words stay whole where they can; Chinese breaks anywhere.
    """
    lines = [""]
    for token in _TOKEN.findall(clean(text)):
        for piece in (token,) if width_em(token) <= most_em else token:
            if lines[-1] and width_em(lines[-1] + piece.rstrip()) > most_em:
                lines.append("")
            lines[-1] += piece if lines[-1] else piece.lstrip()
    lines = [line.strip() for line in lines if line.strip()]
    if len(lines) > most_lines:
        last = lines[most_lines - 1]
        while last and width_em(last + "…") > most_em:
            last = last[:-1]
        lines = [*lines[: most_lines - 1], last + "…"]
    return lines
