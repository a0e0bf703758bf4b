"""A link reproduces the page; nonsense in a link is ignored."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from dashboard import state
from dashboard.state import DEFAULT, PageState, parse, query
from geo import words
from geo.periods import PERIODS
from geo.schema import CARE_CLASSES, FACILITY_KINDS, TICKET_SIGNS


def digits(n: int) -> st.SearchStrategy[str]:
    return st.text("0123456789", min_size=n, max_size=n)


def some_of(known: tuple[str, ...]) -> st.SearchStrategy[tuple[str, ...]]:
    return st.sets(st.sampled_from(known)).map(
        lambda chosen: tuple(word for word in known if word in chosen)
    )


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
