"""A link reproduces the page; nonsense in a link is ignored."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard import state
from dashboard.state import DEFAULT, PageState, parse, query
from geo import words
from geo.areas import UNITS
from geo.hotspots import MODES
from geo.periods import PERIODS
from geo.scan import METHODS as SCANS
from geo.schema import CARE_CLASSES, FACILITY_KINDS, TICKET_SIGNS
from geo.studies import MEASURES, METHODS, RADII, SIMULATIONS, STEPS


def digits(n: int) -> st.SearchStrategy[str]:
    return st.text("0123456789", min_size=n, max_size=n)


def some_of(known: tuple[str, ...]) -> st.SearchStrategy[tuple[str, ...]]:
    return st.sets(st.sampled_from(known)).map(
        lambda chosen: tuple(word for word in known if word in chosen)
    )


numbers = st.none() | st.integers(0, 10**18 - 1)
asked = {
    "method": METHODS,
    "span": state.SPANS,
    "unit": UNITS,
    "measure": MEASURES,
    "test": MODES,
    "each": state.EACH,
    "calls": state.CALLS,
    "step": STEPS,
    "scan": SCANS,
    "when": state.WHEN,
    "reach": [str(one) for one in RADII],
    "sims": [str(one) for one in SIMULATIONS],
    "near": state.NEAR,
}
"""What is asked about hot spots, with everything it can be."""

picks = st.tuples(st.sampled_from(state.PICKABLE), st.integers(0, 10**18 - 1))
states = st.builds(
    PageState,
    street=st.none() | digits(9),
    community=st.none() | digits(12) | st.just("all"),
    period=st.sampled_from(list(PERIODS)),
    ind=st.from_regex(r"[a-z0-9_]{1,40}", fullmatch=True),
    grid=st.none() | digits(15),
    pick=st.none() | picks,
    layers=some_of(state.SWITCHABLE_LAYERS),
    sign=some_of(tuple(TICKET_SIGNS)),
    cls=st.sets(st.from_regex(r"[A-Za-z0-9_.-]{1,20}", fullmatch=True)).map(
        lambda chosen: tuple(sorted(chosen))
    ),
    care=some_of(tuple(CARE_CLASSES)),
    kind=some_of(tuple(FACILITY_KINDS)),
    mode=st.sampled_from(state.BUILDING_MODES),
    **{name: st.sampled_from(list(known)) for name, known in asked.items()},
    at=numbers,
    spot=numbers,
    cell=st.none() | st.from_regex(r"[0-9a-f.-]{1,40}", fullmatch=True),
    since=st.none() | st.dates().map(date.isoformat),
    lang=st.sampled_from(list(words.LANGUAGES)),
)


@given(states)
def test_every_state_survives_the_url(page: PageState) -> None:
    assert parse(query(page)) == page


@given(states)
def test_the_url_is_plain_ascii(page: PageState) -> None:
    assert all((key + value).isascii() for key, value in query(page).items())


@given(
    st.dictionaries(
        st.sampled_from(
            [
                *query(PageState("1" * 9)),
                "bld",
                "pick",
                "ind",
                "grid",
                "community",
                "period",
                "layers",
                "sign",
                "cls",
                "care",
                "kind",
                "mode",
                "lang",
                *asked,
                "at",
                "cell",
                "spot",
                "since",
            ]
        ),
        st.text(),
    )
)
def test_any_text_parses_to_something_that_makes_sense(params: dict[str, str]) -> None:
    page = parse(params)
    assert parse(query(page)) == page


def test_an_empty_url_is_the_default() -> None:
    assert parse({}) == DEFAULT
    assert query(DEFAULT) == {}


def test_nonsense_becomes_the_default_but_an_empty_list_is_a_choice() -> None:
    assert parse({"sign": "zz"}).sign == DEFAULT.sign
    assert parse({"layers": ""}).layers == ()
    assert parse({"layers": "label,zz"}).layers == ("label",)
    assert parse({"grid": "53011100700100"}).grid is None
    assert parse({"bld": "12"}).pick == ("building", 12)


def test_choosing_an_area_by_code() -> None:
    assert state.territory_of("530111007001003") == {"grid": "530111007001003", "pick": None}
    assert state.territory_of("530111007001") == {
        "street": "530111007",
        "community": "530111007001",
    }


@pytest.mark.parametrize("name", list(asked))
def test_what_is_asked_is_one_of_a_list(name: str) -> None:
    for word in asked[name]:
        assert getattr(parse({name: word}), name) == word
    for nonsense in ("", "zz", "GI", "1e3", " 28"):
        assert getattr(parse({name: nonsense}), name) == getattr(DEFAULT, name)
    assert getattr(DEFAULT, name) in asked[name]


def test_what_is_chosen_of_an_answer_is_well_formed_or_nothing() -> None:
    assert parse({"at": "3", "spot": "12"}) == PageState(at=3, spot=12)
    assert parse({"at": "-1", "spot": "1.5"}) == DEFAULT
    assert parse({"at": "9" * 19, "spot": ""}) == DEFAULT
    for cell in ("-12.7", "8928308280fffff", "530111007001003"):
        assert parse({"cell": cell}).cell == cell
    for nonsense in ("zzz", "", "1 2", "<b>", "1" * 41):
        assert parse({"cell": nonsense}).cell is None


@pytest.mark.parametrize(
    "nonsense",
    ["2026-02-30", "2026-02-29", "2026-13-01", "0000-01-01", "2026-1-1", "20260101", "soon", ""],
)
def test_a_day_is_one_of_the_calendar(nonsense: str) -> None:
    assert parse({"since": nonsense}).since is None
    assert parse({"since": "2028-02-29"}).since == "2028-02-29"


class _Address:
    """The address of a page, without a page."""

    def __init__(self, params: dict[str, str]) -> None:
        self.params = params

    def to_dict(self) -> dict[str, str]:
        return self.params

    def from_dict(self, params: dict[str, str]) -> None:
        self.params = params


CHOSEN = PageState(cell="1.2", spot=3, at=4, since="2026-09-30", grid="5" * 15)


@pytest.mark.parametrize(
    ("change", "forgotten"),
    [
        ({"method": "groups"}, {"spot", "at"}),
        ({"span": "28"}, {"spot", "at"}),
        ({"cls": ("E04",)}, {"spot", "at"}),
        ({"unit": "grid"}, {"spot", "at"}),
        ({"community": "1" * 12}, {"spot", "at", "cell", "grid"}),
        ({"lang": "en"}, set()),
        ({"since": "2026-08-01"}, set()),
        ({"spot": 7}, set()),
        ({"at": 9}, set()),
        ({"method": "gi", "spot": 7}, {"at"}),
    ],
)
def test_another_question_forgets_what_was_chosen_of_the_answer(
    monkeypatch: pytest.MonkeyPatch, change: dict[str, object], forgotten: set[str]
) -> None:
    address = _Address(query(CHOSEN))
    monkeypatch.setattr("streamlit.query_params", address)
    after = state.write(**change)
    assert parse(address.params) == after
    kept = {"cell", "spot", "at", "since", "grid"} - forgotten - change.keys()
    assert all(getattr(after, name) is None for name in forgotten)
    assert all(getattr(after, name) == getattr(CHOSEN, name) for name in kept)
    assert all(getattr(after, name) == value for name, value in change.items())
    words.speak(words.DEFAULT_LANGUAGE)
