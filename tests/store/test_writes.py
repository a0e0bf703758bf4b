"""What goes in by COPY comes out the same, and ids and counts are honest."""

from __future__ import annotations

import datetime as dt
import threading
import uuid
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.exc import DBAPIError, IntegrityError

from geo.errors import CrsError, InputError
from geo.store import tables
from geo.store.writes import Upserted, copy_frame, reserve_ids, upsert_frame

UTC = dt.UTC
EPOCH = dt.datetime(2026, 1, 1, tzinfo=UTC)
HARD_TEXT = [
    "\t",
    "a\tb\nc\r\n",
    "\"quoted\", 'single'",
    "\\N",
    "\\.",
    "\\",
    "",
    " ",
    "网格员07 😀",
]

texts = st.one_of(
    st.none(),
    st.sampled_from(HARD_TEXT),
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00")),
)
times = st.one_of(
    st.none(),
    st.integers(-(2**52), 2**52).map(lambda us: EPOCH + dt.timedelta(microseconds=us)),
)
days = st.one_of(st.none(), st.dates(dt.date(1, 1, 1), dt.date(9999, 12, 31)))
floats = st.one_of(st.none(), st.floats(allow_nan=False))
integers = st.one_of(st.none(), st.integers(-(2**63), 2**63 - 1))
small = st.one_of(st.none(), st.integers(-(2**15), 2**15 - 1))
flags = st.one_of(st.none(), st.booleans())
tokens = st.one_of(st.none(), st.uuids())
json = st.one_of(
    st.none(),
    st.dictionaries(st.text(st.characters(codec="ascii", min_codepoint=32)), st.integers(-9, 9)),
)

everything = sa.Table(
    "everything",
    sa.MetaData(),
    sa.Column("n", sa.Integer),
    sa.Column("words", sa.Text),
    sa.Column("at", sa.DateTime(timezone=True)),
    sa.Column("day", sa.Date),
    sa.Column("number", sa.Float),
    sa.Column("big", sa.BigInteger),
    sa.Column("small", sa.SmallInteger),
    sa.Column("flag", sa.Boolean),
    sa.Column("token", sa.Uuid),
    sa.Column("data", sa.dialects.postgresql.JSONB),
    prefixes=["TEMPORARY"],
    postgresql_on_commit="DROP",
)


@pytest.fixture
def every(connection: sa.Connection) -> sa.Connection:
    everything.create(connection)
    return connection


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    rows=st.lists(
        st.tuples(texts, times, days, floats, integers, small, flags, tokens, json),
        min_size=1,
        max_size=8,
    )
)
def test_any_value_survives(every: sa.Connection, rows: list[tuple[Any, ...]]) -> None:
    every.execute(sa.delete(everything))
    names = [column.name for column in everything.c]
    wanted = [(n, *row) for n, row in enumerate(rows)]
    frame = pd.DataFrame(wanted, columns=names, dtype=object)
    copy_frame(every, everything, frame)
    found = every.execute(sa.select(everything).order_by(everything.c.n)).all()
    assert [tuple(row) for row in found] == wanted


@pytest.mark.parametrize("nothing", [None, np.nan, pd.NA, pd.NaT])
def test_every_nothing_is_null(every: sa.Connection, nothing: object) -> None:
    frame = pd.DataFrame(
        {column.name: pd.Series([nothing], dtype=object) for column in everything.c}
    )
    copy_frame(every, everything, frame)
    assert set(every.execute(sa.select(everything)).one()) == {None}


def test_typed_columns_of_pandas(every: sa.Connection) -> None:
    frame = pd.DataFrame(
        {
            "words": pd.Series(["甲", None], dtype="string"),
            "at": pd.to_datetime(pd.Series(["2026-11-20 18:00", None])).dt.tz_localize(
                "Asia/Shanghai"
            ),
            "number": np.array([1.5, np.nan], dtype="float32"),
            "big": pd.Series([2**62, None], dtype="Int64"),
            "small": [1.0, np.nan],
            "flag": pd.Series([True, None], dtype="boolean"),
            "n": pd.Series([1, 2], dtype="category"),
        }
    )
    copy_frame(every, everything, frame)
    first, second = every.execute(sa.select(everything).order_by(everything.c.n)).all()
    assert first.at == dt.datetime(2026, 11, 20, 10, tzinfo=UTC)
    assert (first.words, first.number, first.big, first.small, first.flag) == (
        "甲",
        1.5,
        2**62,
        1,
        True,
    )
    assert second.at is second.words is second.big is second.small is second.flag is None


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("n", "12"),
        ("n", 1.5),
        ("n", 2**31),
        ("n", np.inf),
        ("small", 40_000),
        ("big", np.uint64(2**63)),
        ("words", 12),
        ("words", "a\x00b"),
        ("words", "\ud800"),
        ("at", 20261120),
        ("at", "yesterday"),
        ("day", 5),
        ("number", "1.5"),
        ("flag", "yes"),
        ("token", "no uuid"),
        ("data", {"a": float("nan")}),
    ],
)
def test_a_wrong_value_names_its_column(every: sa.Connection, column: str, value: object) -> None:
    frame = pd.DataFrame({column: pd.Series([value], dtype=object)})
    with pytest.raises(InputError) as caught:
        copy_frame(every, everything, frame)
    assert caught.value.params["column"] == column


def test_an_unknown_column_is_refused(every: sa.Connection) -> None:
    with pytest.raises(InputError, match="nonsense"):
        copy_frame(every, everything, pd.DataFrame({"nonsense": [1]}))


def _street(connection: sa.Connection, code: str = "310000001") -> int:
    row = sa.insert(tables.division).values(kind="street", code=code, name="测试街道")
    return int(connection.execute(row.returning(tables.division.c.id)).scalar_one())


def _facilities(street: int, n: int = 3, **columns: object) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "source": "test",
            "external_id": [f"f{i}" for i in range(n)],
            "street_id": street,
            "kind": "bin",
            "geom": shapely.points(np.arange(n) / 10 + 121, np.full(n, 31.0)),
        }
        | columns
    )


def test_geometry_comes_out_as_it_went_in(connection: sa.Connection) -> None:
    street = _street(connection)
    shapes = {
        "green": shapely.box(121, 31, 122, 32),
        "water": shapely.MultiPolygon([shapely.box(0, 0, 1, 1), shapely.box(2, 2, 3, 3)]),
        "lane": shapely.LineString([(0, 0, 5), (1, 1, 5)]),
        "compound": shapely.Point(121.4, 31.2),
    }
    frame = gpd.GeoDataFrame(
        {"community_id": street, "kind": list(shapes)}, geometry=list(shapes.values()), crs=4326
    ).rename_geometry("geom")
    copy_frame(connection, tables.ground, frame)
    found = connection.execute(
        sa.select(tables.ground.c.kind, sa.func.ST_AsBinary(tables.ground.c.geom))
    ).all()
    for kind, wkb in found:
        assert shapely.from_wkb(bytes(wkb)).equals(shapely.force_2d(shapes[kind]))


def test_single_shapes_become_multiple_where_the_column_wants_it(connection: sa.Connection) -> None:
    frame = pd.DataFrame(
        {
            "kind": "street",
            "code": ["310000001", "310000002", "310000003"],
            "name": "测试街道",
            "geom": [
                shapely.box(0, 0, 1, 1),
                None,
                shapely.MultiPolygon([shapely.box(0, 0, 1, 1)]),
            ],
        }
    )
    copy_frame(connection, tables.division, frame)
    kinds = connection.scalars(
        sa.select(sa.func.ST_GeometryType(tables.division.c.geom)).order_by(tables.division.c.code)
    ).all()
    assert kinds == ["ST_MultiPolygon", None, "ST_MultiPolygon"]


def test_points_get_their_srid(connection: sa.Connection) -> None:
    copy_frame(connection, tables.facility, _facilities(_street(connection)))
    found = connection.execute(
        sa.select(
            sa.func.ST_X(tables.facility.c.geom), sa.func.ST_SRID(tables.facility.c.geom)
        ).order_by(tables.facility.c.external_id)
    ).all()
    assert [tuple(row) for row in found] == [(121.0, 4326), (121.1, 4326), (121.2, 4326)]


@pytest.mark.parametrize("crs", [None, 3857])
def test_a_wrong_crs_is_refused(connection: sa.Connection, crs: int | None) -> None:
    frame = gpd.GeoDataFrame(_facilities(_street(connection)), geometry="geom", crs=crs)
    with pytest.raises(CrsError):
        copy_frame(connection, tables.facility, frame)


@pytest.mark.parametrize("shape", [shapely.Point(np.nan, 1.0), "POINT (1 2)", 7])
def test_what_is_no_shape_is_refused(connection: sa.Connection, shape: object) -> None:
    frame = _facilities(_street(connection), 1, geom=pd.Series([shape], dtype=object))
    with pytest.raises(InputError, match="geom"):
        copy_frame(connection, tables.facility, frame)


def test_a_constraint_speaks_through_sqlalchemy(connection: sa.Connection) -> None:
    with pytest.raises(IntegrityError):
        copy_frame(connection, tables.facility, _facilities(_street(connection), kind="castle"))


def test_many_rows_cross_block_borders(connection: sa.Connection) -> None:
    n = 70_001
    copy_frame(
        connection, tables.app_fact, pd.DataFrame({"key": np.arange(n).astype(str), "value": "v"})
    )
    assert connection.scalar(sa.select(sa.func.count()).select_from(tables.app_fact)) == n


def test_no_rows_are_no_rows(connection: sa.Connection) -> None:
    assert copy_frame(connection, tables.facility, _facilities(1, 0)) == 0
    assert len(reserve_ids(connection, tables.facility, 0)) == 0


def test_the_sequence_goes_on_after_own_ids(connection: sa.Connection) -> None:
    street = _street(connection)
    first = int(reserve_ids(connection, tables.facility, 1)[0])
    copy_frame(
        connection, tables.facility, _facilities(street, id=[first + 10, first + 50, first + 3])
    )
    assert reserve_ids(connection, tables.facility, 1)[0] == first + 51


def test_lower_own_ids_leave_the_sequence_alone(connection: sa.Connection) -> None:
    street = _street(connection)
    ids = reserve_ids(connection, tables.facility, 10)
    copy_frame(connection, tables.facility, _facilities(street, id=ids[:3]))
    assert reserve_ids(connection, tables.facility, 1)[0] == ids[-1] + 1


def test_reserved_ids_are_ours_alone(engine: sa.Engine) -> None:
    taken: list[np.ndarray[Any, np.dtype[np.int64]]] = []

    def take() -> None:
        for _ in range(20):
            with engine.connect() as own:
                taken.append(reserve_ids(own, tables.visit, 500))

    threads = [threading.Thread(target=take) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    ids = np.concatenate(taken)
    assert len(np.unique(ids)) == len(ids) == 4 * 20 * 500
    assert all((np.diff(part) > 0).all() for part in taken)


KEY = ["source", "external_id"]


def test_upsert_counts_added_changed_and_unchanged(connection: sa.Connection) -> None:
    street = _street(connection)
    frame = _facilities(street, 4)
    assert upsert_frame(connection, tables.facility, frame.head(3), conflict=KEY) == Upserted(
        3, 0, 0
    )
    frame["name"] = ["", "新名", "", ""]
    assert upsert_frame(connection, tables.facility, frame, conflict=KEY) == Upserted(1, 1, 2)
    assert upsert_frame(connection, tables.facility, frame, conflict=KEY) == Upserted(0, 0, 4)
    moved = frame.assign(geom=shapely.points(np.full(4, 121.5), np.full(4, 31.5)))
    assert upsert_frame(connection, tables.facility, moved, conflict=KEY) == Upserted(0, 4, 0)


def test_upsert_sees_a_value_become_empty(connection: sa.Connection) -> None:
    frame = _facilities(_street(connection), 2, capacity=[5, None])
    upsert_frame(connection, tables.facility, frame, conflict=KEY)
    emptied = frame.drop(columns="capacity")
    emptied["capacity"] = None
    assert upsert_frame(connection, tables.facility, emptied, conflict=KEY) == Upserted(0, 1, 1)


def test_an_uncompared_column_follows_but_does_not_lead(connection: sa.Connection) -> None:
    street = _street(connection)
    batches = reserve_ids(connection, tables.import_batch, 2)
    rows = {name.name: 0 for name in tables.import_batch.c if name.name.startswith("rows_")}
    for batch in batches.tolist():
        connection.execute(
            sa.insert(tables.import_batch).values(
                id=batch, kind="facilities", file_name="f", sha256="", crs="", mapping={}, **rows
            )
        )
    first, second = (_facilities(street, 2, batch_id=batch) for batch in batches)
    upsert_frame(connection, tables.facility, first, conflict=KEY, uncompared=["batch_id"])
    second["name"] = ["", "新名"]
    done = upsert_frame(connection, tables.facility, second, conflict=KEY, uncompared=["batch_id"])
    assert done == Upserted(0, 1, 1)
    written = connection.scalars(
        sa.select(tables.facility.c.batch_id).order_by(tables.facility.c.external_id)
    ).all()
    assert written == batches.tolist()


def test_upsert_refuses_keys_that_do_not_tell_rows_apart(connection: sa.Connection) -> None:
    street = _street(connection)
    with pytest.raises(InputError, match="twice"):
        upsert_frame(
            connection, tables.facility, _facilities(street, 2, external_id="same"), conflict=KEY
        )
    with pytest.raises(InputError, match="told apart"):
        upsert_frame(
            connection,
            tables.facility,
            _facilities(street, 2, external_id=["a", None]),
            conflict=KEY,
        )


def test_nothing_is_left_when_the_caller_rolls_back(scratch_engine: sa.Engine) -> None:
    with scratch_engine.connect() as own:
        copy_frame(own, tables.app_fact, pd.DataFrame({"key": ["a"], "value": ["1"]}))
        own.rollback()
    with scratch_engine.begin() as own:
        copy_frame(own, tables.app_fact, pd.DataFrame({"key": ["b"], "value": ["2"]}))
    with scratch_engine.connect() as own:
        assert own.scalars(sa.select(tables.app_fact.c.key)).all() == ["b"]


def test_a_type_without_a_binary_format_is_a_mistake_of_ours(connection: sa.Connection) -> None:
    odd = sa.Table("odd", sa.MetaData(), sa.Column("span", sa.Interval), prefixes=["TEMPORARY"])
    odd.create(connection)
    with pytest.raises(TypeError, match="binary"):
        copy_frame(connection, odd, pd.DataFrame({"span": [dt.timedelta(1)]}))


def test_errors_leave_the_session_usable(engine: sa.Engine) -> None:
    with engine.connect() as own:
        with pytest.raises(DBAPIError):
            copy_frame(own, tables.facility, _facilities(-1))
        own.rollback()
        assert own.scalar(sa.select(1)) == 1


def test_tokens_may_be_text(every: sa.Connection) -> None:
    token = uuid.UUID(int=7)
    copy_frame(every, everything, pd.DataFrame({"token": [str(token)]}))
    assert every.scalar(sa.select(everything.c.token)) == token
