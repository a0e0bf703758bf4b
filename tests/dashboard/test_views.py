"""Every page, run as Streamlit runs it, over a real database."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
import sqlalchemy as sa
import streamlit as st
from streamlit.testing.v1 import AppTest

from geo.store import cards
from geo.store import tables as t
from geo.store.access import local_leader

UseStore = Callable[[str], None]
SPORTS_CITY = {"street": "530111007", "community": "530111007001"}
CHINESE = re.compile(r"[\u4e00-\u9fff]")
TIMEOUT_S = 60


@pytest.fixture(autouse=True)
def _nothing_kept() -> Iterator[None]:
    st.cache_data.clear()
    yield
    st.cache_data.clear()


def overview_script() -> None:
    from dashboard.views import overview  # noqa: PLC0415 - the body is the script

    overview.page()


def norms_script() -> None:
    from dashboard.views import norms  # noqa: PLC0415

    norms.page()


def imports_script() -> None:
    from dashboard.views import imports  # noqa: PLC0415

    imports.page()


def run(script: Callable[[], None], **params: str) -> AppTest:
    app = AppTest.from_function(script, default_timeout=TIMEOUT_S)
    for key, value in params.items():
        app.query_params[key] = value
    return app.run()


def said(app: AppTest) -> str:
    return "\n".join(element.value for element in app.markdown)


@pytest.fixture
def demo(use_store: UseStore, demo_url: str) -> None:
    use_store(demo_url)


@pytest.mark.usefixtures("demo")
def test_overview_says_what_breaks_the_norm() -> None:
    app = run(overview_script, **SPORTS_CITY)
    assert not app.exception
    text = said(app)
    assert "9 个网格：户数" in text
    assert "13,200 < 13,350" in text
    assert "**150 户**无人负责" in text
    assert "3,261 ÷ 500 = 6.5" in text


@pytest.mark.usefixtures("demo")
def test_overview_in_english_says_nothing_chinese_of_its_own() -> None:
    app = run(overview_script, lang="en", **SPORTS_CITY)
    assert not app.exception
    labels = [box.label for box in app.selectbox]
    assert labels
    assert not [label for label in labels if CHINESE.search(label)]
    headings = [text for text in said(app).splitlines() if text.startswith("**")]
    assert headings
    assert not [text for text in headings if CHINESE.search(text.replace("　", ""))]


@pytest.mark.usefixtures("demo")
@pytest.mark.parametrize("period", ["30d", "month", "quarter", "year"])
def test_every_period_is_computed(period: str) -> None:
    app = run(overview_script, period=period, **SPORTS_CITY)
    assert not app.exception
    assert "9 个网格" in said(app)


@pytest.mark.usefixtures("demo")
def test_every_indicator_can_be_shown() -> None:
    from geo.indicators import INDICATORS  # noqa: PLC0415

    for key in INDICATORS:
        app = run(overview_script, ind=key, **SPORTS_CITY)
        assert not app.exception, key


@pytest.mark.usefixtures("demo")
def test_all_layers_and_modes_at_once() -> None:
    for mode in ("state", "storeys", "plain"):
        app = run(
            overview_script,
            layers="sub_district,unit,ticket,elderly,party_household,facility,label",
            mode=mode,
            **SPORTS_CITY,
        )
        assert not app.exception, mode


@pytest.mark.usefixtures("demo")
def test_a_grid_in_the_url_opens_its_card_and_back_closes_it() -> None:
    app = run(overview_script, grid="530111007001003", **SPORTS_CITY)
    assert not app.exception
    assert "003 锦绣苑" in said(app)
    assert "530111007001003" in said(app)
    app.button(key="card_back").click().run()
    assert "grid" not in app.query_params
    assert "先看这三件事" in said(app)


@pytest.mark.usefixtures("demo")
def test_choosing_another_street_forgets_the_grid() -> None:
    app = run(overview_script, grid="530111007001003", **SPORTS_CITY)
    app.selectbox(key="choice_street").select("350102001").run()
    assert not app.exception
    assert app.query_params["street"] == "350102001"
    assert "grid" not in app.query_params
    assert "10 个网格" in said(app)


@pytest.mark.usefixtures("demo")
@pytest.mark.parametrize(
    "params",
    [
        {"street": "1", "community": "x", "period": "eternity"},
        {"ind": "<script>", "grid": "9", "layers": "zz", "sign": "zz"},
        {"ind": "no_such_indicator", "grid": "530111007001999"},
        {"pick": "ticket:999999999999", "mode": "zz", "lang": "fr"},
        {"pick": "secrets:1", "bld": "-1", "cls": "';--", "care": ",,", "kind": "x"},
        {"bld": "99999999999999999999999"},
        {"community": "530111007001", "street": "350102001"},
    ],
)
def test_a_nonsense_link_falls_back(params: dict[str, str]) -> None:
    app = run(overview_script, **params)
    assert not app.exception
    assert not app.error
    assert "先看这三件事" in said(app)


CARDS = {
    "building": (cards.building_card, t.building),
    "unit": (cards.unit_card, t.unit),
    "ticket": (cards.ticket_card, t.ticket),
    "facility": (cards.facility_card, t.facility),
    "elderly": (cards.elderly_card, t.unit_summary),
    "party_household": (cards.party_card, t.unit_summary),
}


def a_thing(demo_engine: sa.Engine, layer: str) -> tuple[int, str]:
    """Return some thing of a layer, and the code of its community."""
    card, table = CARDS[layer]
    with demo_engine.connect() as connection:
        number = connection.scalar(sa.select(sa.func.min(table.c.id)))
        assert number is not None
        facts = card(connection, local_leader(), number)
        assert facts is not None
        where = t.division.c.id == facts["community_id"]
        code = connection.scalar(sa.select(t.division.c.code).where(where))
    return number, str(code)


def picked(layer: str, number: int) -> dict[str, str]:
    return {"bld": str(number)} if layer == "building" else {"pick": f"{layer}:{number}"}


@pytest.mark.usefixtures("demo")
@pytest.mark.parametrize("layer", sorted(CARDS))
def test_every_kind_of_thing_has_a_card(layer: str, demo_engine: sa.Engine) -> None:
    number, code = a_thing(demo_engine, layer)
    app = run(overview_script, community=code, **picked(layer, number))
    assert not app.exception
    assert app.button(key="card_back").label
    assert app.table


@pytest.mark.usefixtures("demo")
def test_a_thing_of_another_community_is_not_shown(demo_engine: sa.Engine) -> None:
    number, code = a_thing(demo_engine, "ticket")
    elsewhere = next(c for c in ("530111007001", "120116051013") if c != code)
    app = run(overview_script, community=elsewhere, **picked("ticket", number))
    assert not app.exception
    assert "先看这三件事" in said(app)


@pytest.mark.usefixtures("demo")
def test_no_name_reaches_a_card(demo_engine: sa.Engine) -> None:
    with demo_engine.connect() as connection:
        thing = connection.scalar(
            sa.text("SELECT building_id FROM ticket GROUP BY 1 ORDER BY count(*) DESC LIMIT 1")
        )
        names = set(connection.scalars(sa.text("SELECT name FROM staff LIMIT 50")))
    app = run(overview_script, bld=str(thing))
    shown = said(app) + "".join(str(table.value) for table in app.table)
    assert not [name for name in names if name in shown]


def test_an_empty_database_says_what_to_do(use_store: UseStore, store_url: str) -> None:
    use_store(store_url)
    for script in (overview_script, norms_script, imports_script):
        app = run(script)
        assert not app.exception
    assert "还没有社区" in said(run(overview_script))
    assert "No communities yet" in said(run(overview_script, lang="en"))


@pytest.mark.usefixtures("demo")
def test_norms_and_indicators_are_listed() -> None:
    from geo.indicators import INDICATORS  # noqa: PLC0415
    from geo.norms import NORMS  # noqa: PLC0415

    app = run(norms_script)
    assert not app.exception
    norms, indicators = (table.value for table in app.table)
    assert len(norms) == len(NORMS)
    assert len(indicators) == len(INDICATORS)
    assert not [cell for cell in norms.iloc[:, 0] if not CHINESE.search(cell)]


def test_the_import_log_lists_batches_and_refusals(
    use_store: UseStore, scratch_owner_engine: sa.Engine
) -> None:
    from geo.store.tables import import_batch, import_rejection  # noqa: PLC0415

    batch = {"kind": "tickets", "file_name": "a*b.csv", "sha256": "0", "crs": "EPSG:4326"}
    counts = {"rows_read": 3, "rows_added": 2, "rows_changed": 0, "rows_unchanged": 0}
    with scratch_owner_engine.begin() as connection:
        number = connection.scalar(
            import_batch.insert()
            .values(**batch, **counts, rows_rejected=1, mapping={})
            .returning(import_batch.c.id)
        )
        connection.execute(
            import_rejection.insert().values(
                batch_id=number, row_number=2, column_name="lon", value="abc", reason="x"
            )
        )
    use_store(scratch_owner_engine.url.render_as_string(hide_password=False))
    app = run(imports_script)
    assert not app.exception
    batches, refused = (table.value for table in app.table)
    assert len(batches) == 1
    assert "abc" in str(refused.iloc[0].tolist())


def test_a_community_without_grids_says_so(
    use_store: UseStore, scratch_owner_engine: sa.Engine
) -> None:
    from geo.store.tables import division  # noqa: PLC0415

    square = "SRID=4326;MULTIPOLYGON(((121 31,121.01 31,121.01 31.01,121 31.01,121 31)))"
    with scratch_owner_engine.begin() as connection:
        street = connection.scalar(
            division.insert()
            .values(kind="street", code="999999997", name="外滩街道")
            .returning(division.c.id)
        )
        connection.execute(
            division.insert(),
            [
                {"kind": "community", "code": f"99999999700{n}", "name": f"社区{n}"}
                | {"parent_id": street, "geom": square}
                for n in (1, 2)
            ],
        )
    use_store(scratch_owner_engine.url.render_as_string(hide_password=False))
    one = run(overview_script, community="999999997001")
    assert not one.exception
    assert "还没有网格" in said(one)
    whole = run(overview_script, community="all", lang="en")
    assert not whole.exception
    assert "2 communities" in said(whole)


def test_a_database_that_does_not_answer_is_one_sentence(
    use_store: UseStore, monkeypatch: pytest.MonkeyPatch, store_url: str
) -> None:
    from dashboard.services import base  # noqa: PLC0415
    from geo.errors import StoreUnreachableError  # noqa: PLC0415
    from geo.store import queries  # noqa: PLC0415

    def fails(*_arguments: object) -> None:
        raise sa.exc.OperationalError("SELECT 1", {}, Exception("gone"))

    use_store(store_url)
    monkeypatch.setattr(queries, "data_version", fails)
    with pytest.raises(StoreUnreachableError):
        base.edition()
