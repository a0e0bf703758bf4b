"""How briefings of extremes look, compared with pictures somebody has looked at."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
import streamlit as st

from dashboard import state
from dashboard.briefing import page, view, wall
from dashboard.briefing.look import with_look
from dashboard.briefing.making import Wish, make
from geo import words
from geo.store import tables as t
from tests import golden_images
from tests.dashboard.test_briefing import LONG, NOON, crowd, odd  # noqa: F401 - a fixture

GOLDEN = Path(__file__).parent / "golden"
POINTS = "ticket,elderly,party_household,facility,label"
DEMO = {"street": "530111007", "community": "530111007001"}
Change = Callable[[sa.Connection], None]


@pytest.fixture(autouse=True)
def _nothing_kept() -> Iterator[None]:
    st.cache_data.clear()
    words.speak("zh")
    yield
    st.cache_data.clear()
    words.speak("zh")


@pytest.fixture(autouse=True)
def _same_version(monkeypatch: pytest.MonkeyPatch) -> None:
    """Print one version of the data: it is another one each time data is loaded."""

    def footer(*given: Any, **more: Any) -> dict[str, str]:
        said = page.footer_of(*given, **more)
        return {**said, "made": re.sub(r"\b[0-9a-f]{8}\b", "00000000", said["made"])}

    for module in (view, wall):
        monkeypatch.setattr(module, "footer_of", footer)


def pressed(kind: str, frame: str, **asked: str) -> bytes:
    words.speak(asked.get("lang", "zh"))
    return make(Wish(kind, with_look(state.parse(asked), asked), frame, "png"), NOON).body


def empty(connection: sa.Connection) -> None:
    connection.execute(
        sa.insert(t.division).values(
            kind="community", code="350102001099", name="空社区", parent_id=1
        )
    )


def without_buildings(connection: sa.Connection) -> None:
    """Leave a grid with nothing in it."""
    known = t.plan_assignment.c
    first = sa.select(sa.func.min(known.grid_id)).where(known.plan_id == 102).scalar_subquery()
    connection.execute(sa.delete(t.plan_assignment).where(known.grid_id == first))


def without_tickets(connection: sa.Connection) -> None:
    connection.execute(sa.delete(t.ticket))


def long_names(connection: sa.Connection) -> None:
    connection.execute(sa.update(t.division).where(t.division.c.id == 11).values(name=LONG))
    connection.execute(sa.update(t.grid).values(name=LONG))


CASES: dict[str, tuple[Change, tuple[str, str], dict[str, str]]] = {
    "empty-community": (empty, ("view", "slide"), {"community": "350102001099"}),
    "grid-without-buildings": (without_buildings, ("view", "a4"), {}),
    "no-tickets": (without_tickets, ("view", "slide"), {"layers": "ticket,label"}),
    "long-names": (long_names, ("view", "phone"), {"layers": POINTS}),
    "600-buildings": (crowd, ("view", "slide"), {"layers": "elderly,party_household,label"}),
    "wall-600-buildings": (crowd, ("wall", "a1"), {}),
    "wall-long-names": (long_names, ("wall", "a1"), {}),
}


@pytest.mark.parametrize("name", CASES)
def test_extremes_look_as_they_did(odd: Callable[[Change], None], name: str) -> None:  # noqa: F811
    change, (kind, frame), asked = CASES[name]
    odd(change)
    place = {"street": "350102001", "community": "350102001011"}
    golden_images.compare(pressed(kind, frame, **{**place, **asked}), GOLDEN / f"brief-{name}.png")


@pytest.mark.parametrize(
    ("name", "frame", "asked"),
    [
        ("points", "slide", {"layers": POINTS}),
        ("points-en", "phone", {"layers": "ticket,elderly,label", "lang": "en"}),
        ("near", "slide", {"layers": "ticket,unit,label", "z": "17", "c": "24.9757,102.7443"}),
    ],
)
def test_points_look_as_they_did(
    use_store: Callable[[str], None], demo_url: str, name: str, frame: str, asked: dict[str, str]
) -> None:
    use_store(demo_url)
    golden_images.compare(pressed("view", frame, **DEMO, **asked), GOLDEN / f"brief-{name}.png")
