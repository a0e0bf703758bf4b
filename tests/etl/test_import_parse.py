"""Text into numbers, times, fields and kinds, as offices write them."""

from __future__ import annotations

import json
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from etl.mapping import (
    Mapping,
    _facility_rules,
    facility_kind,
    match_columns,
    read_mapping,
    translate,
    word_codes,
)
from etl.parse import numbers, texts, times
from etl.rejections import harmless
from geo.errors import FileError
from geo.schema import FACILITY_KINDS

SHANGHAI = ZoneInfo("Asia/Shanghai")
NEW_YORK = ZoneInfo("America/New_York")


def _text(*cells: str | None) -> pd.Series:
    return texts(pd.Series(list(cells), dtype="str"))


@pytest.mark.parametrize(
    ("cell", "number"),
    [
        ("4833户", 4833),
        ("1,200", 1200),
        ("约1.2万户", 12000),
        ("６层", 6),
        ("-3", -3),
        (" 12 ", 12),
        ("18F", 18),
        ("85.5㎡", 85.5),
    ],
)
def test_numbers(cell: str, number: float) -> None:
    values, unreadable = numbers(_text(cell, "x"))
    assert values[0] == number
    assert unreadable.tolist() == [False, True]


@pytest.mark.parametrize("cell", ["暂无资料", "", "-", "N/A", "null", "[]", "无", None, "  "])
def test_words_for_nothing_are_missing(cell: str | None) -> None:
    values, unreadable = numbers(_text(cell, "1户"))
    assert np.isnan(values[0])
    assert not unreadable.any()


@pytest.mark.parametrize("cell", ["abc", "地上6层地下1层", "1/2", "inf", "1e999", "六"])
def test_what_is_no_number(cell: str) -> None:
    assert numbers(_text(cell))[1].tolist() == [True]


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("2024-01-05 08:30:00", "2024-01-05 08:30"),
        ("2024/1/5 8:30", "2024-01-05 08:30"),
        ("2024年1月5日8时30分", "2024-01-05 08:30"),
        ("2024年1月5日", "2024-01-05"),
        ("20240105", "2024-01-05"),
        ("20240105083000", "2024-01-05 08:30"),
        ("01/05/2024 08:30:00 AM", "2024-01-05 08:30"),
        ("2024-01-05T00:30:00Z", "2024-01-05 08:30"),
        ("2024-01-05T08:30:00+08:00", "2024-01-05 08:30"),
        ("45296.5", "2024-01-05 12:00"),
        ("2024.01.05", "2024-01-05"),
    ],
)
def test_times(cell: str, expected: str) -> None:
    values, unreadable = times(_text(cell, "soon"), SHANGHAI)
    assert values.iloc[0] == pd.Timestamp(expected, tz=SHANGHAI)
    assert unreadable.tolist() == [False, True]


def test_day_and_month_are_settled_by_the_column() -> None:
    values, unreadable = times(_text("06/07/2018", "26/07/2018"), SHANGHAI)
    assert values.dt.tz_convert(SHANGHAI).dt.month.tolist() == [7, 7]
    assert not unreadable.any()
    month_first = times(_text("06/07/2018"), SHANGHAI)[0]
    day_first = times(_text("06/07/2018"), SHANGHAI, day_first=True)[0]
    assert month_first.dt.tz_convert(SHANGHAI).dt.month.tolist() == [6]
    assert day_first.dt.tz_convert(SHANGHAI).dt.month.tolist() == [7]


def test_hours_that_summer_time_repeats_or_skips() -> None:
    values, unreadable = times(_text("2018-11-04 01:30:00", "2018-03-11 02:30:00"), NEW_YORK)
    assert not unreadable.any()
    assert values.dt.strftime("%H:%M").tolist() == ["05:30", "07:00"]


@given(st.datetimes(min_value=pd.Timestamp("1991-01-01"), max_value=pd.Timestamp("2100-01-01")))
def test_every_iso_time_is_read_back(moment: pd.Timestamp) -> None:
    moment = pd.Timestamp(moment).floor("s")
    slow = times(_text(moment.strftime("%Y/%m/%d %H:%M:%S")), SHANGHAI)[0]
    quick = times(_text(moment.strftime("%Y-%m-%d %H:%M:%S")), SHANGHAI)[0]
    assert slow.equals(quick)


# ------------------------------------------------------------------------------------- columns


def test_aliases_in_both_languages() -> None:
    found = match_columns(
        ["Unique Key", "Created Date", "Closed Date", "Complaint Type", "Latitude", "Longitude"],
        "tickets",
        Mapping(),
    )
    assert found["external_id"] == "Unique Key"
    assert found["lat"] == "Latitude"
    chinese = match_columns(["工单号", "诉求类别", "受理时间", "办结时间"], "tickets", Mapping())
    assert chinese["category"] == "诉求类别"


def test_units_in_brackets_and_cut_shapefile_names_match() -> None:
    found = match_columns(["ID", "层数（层）", "addr_stree", "addr_house"], "buildings", Mapping())
    assert found["storeys"] == "层数（层）"
    assert found["street_name"] == "addr_stree"
    assert found["house_number"] == "addr_house"


def test_missing_columns_are_named() -> None:
    with pytest.raises(FileError, match=r"Columns found: a, b; needed: .*工单号.*; use --mapping"):
        match_columns(["a", "b"], "tickets", Mapping())


def test_the_mapping_goes_first_and_is_checked() -> None:
    mapping = Mapping(columns={"external_id": "b"})
    assert match_columns(["id", "b"], "buildings", mapping)["external_id"] == "b"
    with pytest.raises(FileError, match="field colour"):
        match_columns(["id"], "buildings", Mapping(columns={"colour": "id"}))
    with pytest.raises(FileError, match="column nothing"):
        match_columns(["id"], "buildings", Mapping(columns={"name": "nothing"}))


def test_mapping_files_say_the_same_in_json_and_csv(tmp_path: Path) -> None:
    said = Mapping(
        columns={"external_id": "流水号"},
        values={"category": {"占道": "0403"}},
        constants={"channel": "12345"},
    )
    as_json, as_csv = tmp_path / "m.json", tmp_path / "m.csv"
    as_json.write_text(json.dumps(said.as_json(), ensure_ascii=False), encoding="utf-8")
    rows = (
        "field,column,value,becomes\nexternal_id,流水号,,\ncategory,,占道,0403\nchannel,,,12345\n"
    )
    as_csv.write_bytes(rows.encode("gb18030"))
    assert read_mapping(as_json) == read_mapping(as_csv) == said


@pytest.mark.parametrize("text", ["{", "[]", '{"colums": {}}', '{"values": {"a": 1}}'])
def test_a_mapping_that_is_none(tmp_path: Path, text: str) -> None:
    path = tmp_path / "m.json"
    path.write_text(text)
    with pytest.raises(FileError, match="is not a mapping"):
        read_mapping(path)


# -------------------------------------------------------------------------------------- values


def test_words_become_codes() -> None:
    codes = translate(_text("已办结", "In Progress", "?", None), word_codes("state", Mapping()))
    assert codes.tolist() == ["closed", "active", None, None]


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        ("医疗保健服务;综合医院;三级甲等医院", "hospital"),
        ("医疗保健服务;综合医院;卫生院", "clinic"),
        ("医疗保健服务;专科医院;口腔医院|医疗保健服务;诊所;诊所", "clinic"),
        ("医疗保健服务;医药保健销售店;药房|医疗保健服务;诊所;诊所", "shop"),
        ("科教文化服务;学校;幼儿园|科教文化服务;培训机构;培训机构", "kindergarten"),
        ("科教文化服务;学校;中学", "school"),
        ("toilets", "toilet"),
        ("Park", "park"),
        ("养老服务站", "day_care"),
        ("clinic", "clinic"),
        ("traffic_signals", None),
        ("医疗保健服务;动物医疗场所;宠物诊所", "-"),
    ],
)
def test_facility_kinds(words: str, kind: str | None) -> None:
    assert facility_kind(words, {}) == kind


def test_a_persons_word_goes_over_ours() -> None:
    assert facility_kind("toilets", {"toilets": "other"}) == "other"


def test_every_rule_leads_to_a_kind() -> None:
    assert set(_facility_rules().values()) <= {*FACILITY_KINDS, "-"}


@pytest.mark.parametrize(
    ("value", "shown"),
    [("=1+1", "'=1+1"), ("@x", "'@x"), ("-3", "-3"), ("+8.5", "+8.5"), ("外滩", "外滩")],
)
def test_values_are_harmless_in_a_spreadsheet(value: str, shown: str) -> None:
    assert harmless(value) == shown
