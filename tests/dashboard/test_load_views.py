"""The norm table and the load, run as Streamlit runs them: read on the demo, changed on a town."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
import sqlalchemy as sa
import streamlit as st
from streamlit.testing.v1 import AppTest

from dashboard.services import overview, territory, weighing
from dashboard.state import PageState
from geo import words
from geo.errors import InputError, NotAllowedError
from geo.norms import WORKLOAD_TERMS
from geo.store.access import Viewer
from geo.store.cluster import Lease
from geo.store.tables import norm
from tests.store import drafting_town as town

UseStore = Callable[[str], None]
CHINESE = re.compile(r"[\u4e00-\u9fff]")
NEW_ASIA = {"street": "530111007", "community": "530111007001"}
CODE = "350102001011"
TOWN = {"street": CODE[:9], "community": CODE}


@pytest.fixture(autouse=True)
def _nothing_kept() -> Iterator[None]:
    st.cache_data.clear()
    yield
    st.cache_data.clear()
    words.speak("en")


@pytest.fixture
def demo(use_store: UseStore, demo_url: str) -> None:
    use_store(demo_url)


@pytest.fixture
def a_town(use_store: UseStore, lease: Lease) -> Iterator[sa.Engine]:
    with town.database(lease) as engine:
        use_store(engine.url.render_as_string(hide_password=False))
        yield engine


def norms_script() -> None:
    from dashboard import state  # noqa: PLC0415 - the body is the script
    from dashboard.services import territory  # noqa: PLC0415
    from dashboard.views import tab_norms  # noqa: PLC0415

    asked = state.read()
    scope = territory.resolve(asked)
    assert scope is not None
    tab_norms.body(scope, asked)


def load_script() -> None:
    from dashboard import state  # noqa: PLC0415
    from dashboard.services import territory  # noqa: PLC0415
    from dashboard.views import tab_load  # noqa: PLC0415

    asked = state.read()
    scope = territory.resolve(asked)
    assert scope is not None
    tab_load.body(scope, asked)


def run(script: Callable[[], None], **params: str) -> AppTest:
    app = AppTest.from_function(script, default_timeout=60)
    for key, value in params.items():
        app.query_params[key] = value
    return app.run()


def said(app: AppTest) -> str:
    return "\n".join(element.value for element in app.markdown)


def visit_norm() -> float | None:
    """Return every household's interval as the town's community has it."""
    scope = territory.resolve(PageState(street=CODE[:9], community=CODE))
    assert scope is not None
    return weighing.norms(scope)[town.COMMUNITY]["household_visit_days"].norm.high


def overdue() -> float | None:
    scope = territory.resolve(PageState(street=CODE[:9], community=CODE))
    assert scope is not None
    return overview.picture(scope, "30d").sum("visits_overdue").value


# ------------------------------------------------------------------------------- the norm table


@pytest.mark.usefixtures("demo")
def test_the_three_contradictions_are_the_first_sight() -> None:
    app = run(norms_script, lang="en", **NEW_ASIA)
    assert not app.exception
    text = said(app)
    assert "13,350 households ÷ 9 = 1,483; 983 above the ceiling" in text
    assert "22 workers × 600 = 13,200 < 13,350: 150 households without a worker" in text
    assert "764 members × 10–15 = 7,640–11,460 households: 57–86% of 13,350" in text
    assert "300–500 households · Newspaper reports" in text


@pytest.mark.usefixtures("demo")
@pytest.mark.parametrize("script", [norms_script, load_script])
@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize(
    "params",
    [
        {},
        {"grid": "530111007001003", "period": "year"},
        {"grid": "530111007001999", "term": "no_such_term", "scale": "zz"},
        {"community": "410103007001", "street": "410103007"},
    ],
)
def test_the_tabs_run(script: Callable[[], None], lang: str, params: dict[str, str]) -> None:
    app = run(script, lang=lang, **{**NEW_ASIA, **params})
    assert not app.exception
    assert not app.error
    if lang == "en":
        labels = [box.label for box in (*app.selectbox, *app.button)]
        assert not [label for label in labels if CHINESE.search(label)]


@pytest.mark.usefixtures("demo")
def test_every_term_and_scale_can_be_shown() -> None:
    from dashboard import load_rows  # noqa: PLC0415

    for term in load_rows.choices():
        app = run(load_script, term=term, **NEW_ASIA)
        assert not app.exception, term
    for scale in load_rows.SCALE_NAMES:
        app = run(load_script, scale=scale, lang="en", **NEW_ASIA)
        assert not app.exception, scale
        assert "003 锦绣苑** carries most" in said(app)


def test_a_whole_street_is_told_by_community(a_town: sa.Engine) -> None:
    del a_town
    for script in (norms_script, load_script):
        app = run(script, lang="en", street=TOWN["street"], community="all")
        assert not app.exception
    app = run(norms_script, lang="en", street=TOWN["street"], community="all")
    assert said(app).count("households ÷") >= 2


def test_a_community_without_grids_or_people_says_so(
    use_store: UseStore, scratch_owner_engine: sa.Engine
) -> None:
    from geo.store.tables import division  # noqa: PLC0415

    with scratch_owner_engine.begin() as connection:
        street = connection.scalar(
            division.insert()
            .values(kind="street", code="999999997", name="外滩街道")
            .returning(division.c.id)
        )
        connection.execute(
            division.insert().values(
                kind="community", code="999999997001", name="社区", parent_id=street
            )
        )
    use_store(scratch_owner_engine.url.render_as_string(hide_password=False))
    for script in (norms_script, load_script):
        app = run(script, lang="en", community="999999997001")
        assert not app.exception
        assert "No area here has figures" in said(app)


# ------------------------------------------------------------------------------ changing norms


def form_script() -> None:
    """Draw what the dialog of one norm holds: a test cannot draw the dialog again by itself."""
    from dashboard import state  # noqa: PLC0415
    from dashboard.services import territory  # noqa: PLC0415
    from dashboard.views import norm_dialogs  # noqa: PLC0415

    scope = territory.resolve(state.read())
    assert scope is not None
    norm_dialogs._form(scope, "household_visit_days")


def weights_script() -> None:
    from dashboard import state  # noqa: PLC0415
    from dashboard.services import territory  # noqa: PLC0415
    from dashboard.views import norm_dialogs  # noqa: PLC0415

    scope = territory.resolve(state.read())
    assert scope is not None
    norm_dialogs._weights_form(scope)


def test_the_dialogs_open(a_town: sa.Engine) -> None:
    del a_town
    for script, key in (
        (norms_script, "norm_others"),
        (norms_script, "norm_edit_grid_households"),
        (load_script, "load_weights"),
    ):
        app = run(script, lang="en", **TOWN)
        app.button(key=key).click().run()
        assert not app.exception
        assert [field.label for field in app.text_input] == ["Why, or on whose word"]


def test_a_norm_is_changed_and_what_depends_on_it_follows(a_town: sa.Engine) -> None:
    del a_town
    before = overdue()
    app = run(form_script, lang="en", **TOWN)
    name = f"household_visit_days_{town.COMMUNITY}"
    app.number_input(key=f"norm_high_{name}").set_value(3)
    app.text_input(key=f"norm_source_{name}").set_value("街道会议")
    app.button(key="norm_set").click().run()
    assert not app.exception
    assert visit_norm() == 3
    assert (overdue() or 0) > (before or 0)
    again = run(form_script, lang="en", **TOWN)
    assert "This community's own: 街道会议" in said(again)
    told = again.table[-1].value
    assert told.iloc[0].tolist()[2:] == ["this community", "≤ 365", "**≤ 3**", "街道会议"]
    again.text_input(key=f"norm_source_{name}").set_value("试点结束")
    again.button(key="norm_back").click().run()
    assert visit_norm() == 365
    assert overdue() == before


def test_a_bad_norm_is_told_in_words_and_changes_nothing(a_town: sa.Engine) -> None:
    def rows() -> int | None:
        with a_town.connect() as connection:
            return connection.scalar(sa.select(sa.func.count()).select_from(norm))

    before = rows()
    app = run(form_script, lang="en", **TOWN)
    app.button(key="norm_set").click().run()
    assert "Say why, or on whose word" in app.error[0].value
    name = f"household_visit_days_{town.COMMUNITY}"
    app.text_input(key=f"norm_source_{name}").set_value("x")
    app.number_input(key=f"norm_high_{name}").set_value(0)
    app.button(key="norm_set").click().run()
    assert "at least 1" in app.error[0].value
    assert rows() == before


def test_weights_are_changed_together(a_town: sa.Engine) -> None:
    app = run(weights_script, lang="en", **TOWN)
    for term in WORKLOAD_TERMS:
        value = 2.0 if term == "households" else 0.0
        app.number_input(key=f"norm_weight_{term}_{town.COMMUNITY}").set_value(value)
    app.text_input(key="norm_source_weight_").set_value("只看户数")
    app.button(key="weights_set").click().run()
    assert not app.exception
    assert "Left out, weight 0" in said(run(load_script, lang="en", **TOWN))
    with a_town.connect() as connection:
        where = norm.c.community_id == town.COMMUNITY
        kept = connection.execute(sa.select(norm.c.key, norm.c.low).where(where)).all()
    assert len(kept) == len(WORKLOAD_TERMS)


def test_weights_that_are_all_0_are_refused(a_town: sa.Engine) -> None:
    del a_town
    with pytest.raises(InputError, match="At least one weight"):
        weighing.set_weights(None, dict.fromkeys(WORKLOAD_TERMS, 0.0), "x")
    with pytest.raises(InputError, match="No weight was changed"):
        weighing.set_weights(None, dict.fromkeys(WORKLOAD_TERMS, 1.0), "x")


def test_who_may_not_plan_sets_no_norm(a_town: sa.Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    del a_town
    for who, where in (
        (Viewer("大厅", "wall"), town.COMMUNITY),
        (Viewer("大厅", "wall"), None),
        (Viewer("甲", "leader", frozenset({town.COMMUNITY})), None),
        (Viewer("甲", "leader", frozenset({12})), town.COMMUNITY),
    ):
        monkeypatch.setattr(weighing, "viewer", lambda who=who: who)
        with pytest.raises(NotAllowedError):
            weighing.set_norm(where, "party_contact", 5, 8, "x")
        with pytest.raises(NotAllowedError):
            weighing.take_back(where, "party_contact", "x")


def test_everybody_is_a_number_and_counted_once(a_town: sa.Engine) -> None:
    del a_town
    scope = territory.resolve(PageState(street=CODE[:9], community=CODE))
    assert scope is not None
    people = weighing.people(scope)
    assert [one.number for one in people] == list(range(1, len(people) + 1))
    workers = overview.picture(scope, "30d").sum("households_per_worker").denominator
    assert len(people) == pytest.approx(workers)
    assert all(len(set(one.grids)) == len(one.grids) for one in people)
