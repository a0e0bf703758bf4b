"""The monthly report: the pages' own numbers, a number in each sentence, nobody named, any input.

What is counted by category is held against the kept indicators, which are counted elsewhere.
"""

from __future__ import annotations

import io
import itertools
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
import sqlalchemy as sa
import streamlit as st
from hypothesis import given
from hypothesis import strategies as some
from pypdf import PdfReader
from streamlit.testing.v1 import AppTest

from dashboard import norm_lines, state, verdicts, visit_rows
from dashboard.briefing import monthly, report_page
from dashboard.briefing.formats import REPORT_FORMATS
from dashboard.briefing.kinds import Order
from dashboard.briefing.monthly import spots as monthly_spots
from dashboard.briefing.monthly import tickets as monthly_tickets
from dashboard.briefing.monthly import watch as monthly_watch
from dashboard.briefing.monthly import words as monthly_words
from dashboard.briefing.monthly.words import Told
from dashboard.briefing.page import Made
from dashboard.briefing.press import press
from dashboard.briefing.report import (
    MOST_STEPS,
    Chart,
    Kpis,
    Plate,
    Report,
    Section,
    Series,
    Table,
    axis_ticks,
)
from dashboard.briefing.runs import plain_text
from dashboard.services import monthly as service
from dashboard.services import overview, spotting, territory, trending, visiting, weighing
from dashboard.services.base import writing
from dashboard.services.overview import Area, Figure, Picture
from geo import words
from geo.errors import InputError
from geo.spots import Spot
from geo.store import tables as t
from tests.dashboard.test_briefing import LONG, crowd, odd  # noqa: F401 - a fixture
from tests.store import small_city
from tests.town import CANARY, town  # noqa: F401 - a fixture

UseStore = Callable[[str], None]
Odd = Callable[[Callable[..., None]], None]
SPORTS_CITY = {"street": "530111007", "community": "530111007001"}
QINGCHENG = {"street": "350102001", "community": "350102001002"}
ODD = {"street": "350102001", "community": "350102001011"}
NOON = Made(datetime(2026, 11, 27, 4, 0, tzinfo=UTC), "local")
FORM = REPORT_FORMATS["a4p"]
CHINESE = re.compile(r"[\u4e00-\u9fff]")


pytestmark = pytest.mark.usefixtures("nothing_kept")


def order_of(asked: dict[str, str]) -> Order:
    words.speak(asked.get("lang", "zh"))
    page = state.parse(asked)
    scope = territory.resolve(page)
    assert scope is not None
    return Order(scope, page, FORM, "pdf", NOON)


def report_of(asked: dict[str, str]) -> Report:
    order = order_of(asked)
    return monthly.report_of(order.scope, order.state, NOON)


def told_of(asked: dict[str, str]) -> Told:
    order = order_of(asked)
    month = service.month_of(order.scope, order.state.month)
    return monthly._told(service.monthly(order.scope, month))


def text_of(body: bytes) -> str:
    pages = PdfReader(io.BytesIO(body)).pages
    return "".join("".join(page.extract_text().split()) for page in pages)


def printed(asked: dict[str, str]) -> str:
    return text_of(monthly.KIND.body(order_of(asked)))


def tight(text: str) -> str:
    return "".join(text.split())


def sentences(report: Report) -> list[str]:
    return [
        "".join(run["text"] for run in line)
        for section in report.sections
        for line in section.sentences
    ]


def blocks(report: Report, kind: type[Any]) -> list[Any]:
    return [one for section in report.sections for one in section.blocks if isinstance(one, kind)]


def table(report: Report, title: str) -> Table:
    found = [one for one in blocks(report, Table) if one.title == words._(title)]
    assert len(found) == 1, [one.title for one in blocks(report, Table)]
    one: Table = found[0]
    return one


# ---------------------------------------------------------------------------------- its numbers


@pytest.mark.usefixtures("demo")
@pytest.mark.parametrize("asked", [SPORTS_CITY, QINGCHENG, {**QINGCHENG, "month": "2026-03"}])
def test_categories_add_up_to_the_indicators(asked: dict[str, str]) -> None:
    told = told_of(asked)
    picture, rows = told.picture, told.found.categories
    total = {key: sum(getattr(row, key) for row in rows) for key in monthly_tickets.COUNTS}
    on_time = picture.sum("on_time_rate")
    assert total["reported"] == picture.sum("tickets").value == picture.tickets > 0
    assert total["before"] == picture.before["tickets"].value
    assert (total["on_time"], total["had_to"]) == (on_time.numerator, on_time.denominator)
    assert total["open"] == picture.sum("tickets_open").value
    assert total["overdue"] == picture.sum("tickets_overdue").value
    assert sum(row.repeats for row in rows) == picture.repeats


@pytest.mark.usefixtures("demo")
def test_the_month_is_the_trends_pages() -> None:
    told = told_of(QINGCHENG)
    for key in ("tickets", "on_time_rate", "tickets_overdue", "party_contact_coverage"):
        trend = trending.trend(told.found.scope, key)
        at = trend.position("2026-10")
        assert told.picture.sum(key) == trend.total[at]
        assert service.total_before(told.found, key)[0] == trend.total[at - 1]
        own = {area.code: told.picture.figure(key, area.id) for area in told.picture.areas}
        assert own == {line.code: line.figures[at] for line in trend.lines}


@pytest.mark.usefixtures("demo")
def test_the_running_month_is_the_overviews() -> None:
    told = told_of({**SPORTS_CITY, "month": "2026-11"})
    page = overview.picture(told.found.scope, "month")
    for key in (*monthly_words.COUNTED, "on_time_rate", "visit_coverage", "workload_hours"):
        assert told.picture.sum(key) == page.sum(key), key
        for area in page.areas:
            assert told.picture.figure(key, area.id) == page.figure(key, area.id), key
    found = visiting.visiting(told.found.scope, "month")
    assert found is not None
    assert told.found.visiting is not None
    assert visit_rows.counts(told.found.visiting.homes) == visit_rows.counts(found.homes)


def overview_script() -> None:
    from dashboard.views import overview as script  # noqa: PLC0415 - the body is the script

    script.page()


@pytest.mark.usefixtures("demo")
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_it_says_what_the_overview_says(lang: str) -> None:
    asked = {**SPORTS_CITY, "lang": lang, "month": "2026-11"}
    app = AppTest.from_function(overview_script, default_timeout=60)
    for key, value in {**asked, "period": "month"}.items():
        app.query_params[key] = value
    lines = [line for one in app.run().markdown for line in one.value.splitlines()]
    page = [plain_text(line[3:]) for line in lines if re.match(r"[12]\. ", line)]
    assert len(page) == 2
    said = sentences(report_of(asked))
    assert all(sentence in said for sentence in page)


@pytest.mark.usefixtures("demo")
def test_visits_are_counted_as_the_kept_figures_are() -> None:
    told = told_of(QINGCHENG)
    assert told.found.visiting is not None
    one = visit_rows.counts(told.found.visiting.homes)
    covered = told.picture.sum("visit_coverage")
    assert (one.done, one.due) == (covered.numerator, covered.denominator)
    assert one.overdue == told.picture.sum("visits_overdue").value


@pytest.mark.usefixtures("demo")
def test_known_figures_are_printed() -> None:
    text = printed(SPORTS_CITY)
    assert "新亚洲体育城社区" in text
    assert "3,261÷500=6.5" in text
    assert "22人×600=13,200<13,350" in text or "22×600<13,350" in text
    assert "2026-10-01" in text
    assert "2026-10-31" in text


@pytest.mark.usefixtures("demo")
def test_norm_lines_are_the_norm_pages() -> None:
    told = told_of(SPORTS_CITY)
    scope = told.found.scope
    page = overview.picture(scope, "30d")
    account = norm_lines.accounts(scope, page, weighing.norms(scope))[0]
    said = "".join(map(tight, sentences(report_of(SPORTS_CITY))))
    for line in norm_lines.lines(account):
        assert tight(plain_text(line.sentence)) in said


@pytest.mark.usefixtures("demo")
def test_kpis_are_held_against_the_past_there_is() -> None:
    (kpis,) = blocks(report_of({**QINGCHENG, "lang": "en"}), Kpis)
    by_label = {one.label: one for one in kpis.figures}
    told = told_of({**QINGCHENG, "lang": "en"})
    now, before = told.picture.sum("tickets").value, told.picture.before["tickets"].value
    assert now is not None
    assert before is not None
    change, sign = round((now - before) / before * 100, 1), "+" if now > before else "−"
    tickets = by_label["Tickets"]
    assert tickets.changes[0][0] == f"{sign}{abs(change)}% on the month"
    assert tickets.changes[1] == ("a year before: nothing on record", "muted")
    assert by_label["Households per grid"].changes == (("no past on record", "muted"),)
    cell = verdicts.cell(told.picture, "on_time_rate")
    assert by_label[cell.label].value == cell.value


@pytest.mark.usefixtures("demo")
def test_months_without_records_are_no_peers() -> None:
    heads = table(report_of({**QINGCHENG, "lang": "en"}), "Tickets by class").head
    assert "Last month" in heads
    assert "A year before" not in heads  # records begin in November 2025
    first = report_of({**QINGCHENG, "lang": "en", "month": "2025-11"})
    assert any("only since 2025-11-2" in one for one in sentences(first))
    early = report_of({**QINGCHENG, "lang": "en", "month": "2025-06"})
    assert "Tickets: 0 are on record up to the end of the month." in sentences(early)


# ------------------------------------------------------------------------------ which month


@pytest.mark.usefixtures("demo")
def test_without_a_wish_it_is_the_last_month_that_is_over() -> None:
    scope = order_of(SPORTS_CITY).scope
    assert service.month_of(scope, None).key == "2026-10"
    assert service.is_over(service.month_of(scope, None))
    assert not service.is_over(service.month_of(scope, "2026-11"))
    assert service.month_of(scope, "2026-11").end.isoformat() == "2026-11-21"
    with pytest.raises(InputError) as refused:
        service.month_of(scope, "2019-01")
    assert "2019-01" in words.explain(refused.value)
    assert "2026-11" in words.explain(refused.value)


@pytest.mark.usefixtures("demo")
def test_a_month_that_is_not_over_is_compared_with_nothing() -> None:
    report = report_of({**QINGCHENG, "lang": "en", "month": "2026-11"})
    assert any("not over: the data reach 20 days" in one for one in sentences(report))
    (kpis,) = blocks(report, Kpis)
    changes = {words_ for one in kpis.figures for words_, _tone in one.changes}
    assert changes == {"the month is not over", "no past on record"}
    assert "Last month" not in table(report, "Tickets by class").head


# -------------------------------------------------------------------------------- how it reads


@pytest.mark.usefixtures("demo")
@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize(
    "asked", [SPORTS_CITY, QINGCHENG, {**QINGCHENG, "month": "2026-11"}], ids=str
)
def test_no_sentence_is_without_its_number(asked: dict[str, str], lang: str) -> None:
    report = report_of({**asked, "lang": lang})
    said = sentences(report)
    assert len(said) > 15
    assert not [one for one in said if not re.search(r"\d", one)]
    assert not [one for one in said if one[-1] not in "。."]


@pytest.mark.usefixtures("demo")
def test_in_english_only_names_are_chinese() -> None:
    report = report_of({**SPORTS_CITY, "lang": "en"})
    (kpis,) = blocks(report, Kpis)
    heads = [
        *(section.heading for section in report.sections),
        *(head for one in blocks(report, Table) for head in one.head),
        *(one.title + one.note for one in blocks(report, Chart)),
        *(one.label + one.note + one.unit for one in kpis.figures),
        *(one.name for chart in blocks(report, Chart) for one in chart.series),
    ]
    assert not [text for text in heads if CHINESE.search(text)]


@pytest.mark.usefixtures("demo")
def test_the_same_question_gives_the_same_bytes() -> None:
    first = monthly.KIND.body(order_of(QINGCHENG))
    st.cache_data.clear()
    assert monthly.KIND.body(order_of(QINGCHENG)) == first


@pytest.mark.usefixtures("demo")
def test_its_maps_are_vectors_and_its_pages_a4() -> None:
    reader = PdfReader(io.BytesIO(monthly.KIND.body(order_of(QINGCHENG))))
    assert 6 <= len(reader.pages) <= 14
    for page in reader.pages:
        assert not list(page.images)
        assert float(page.mediabox.width) == pytest.approx(595.28, abs=1)
        assert float(page.mediabox.height) == pytest.approx(841.89, abs=1)
    assert len(reader.outline) == 9  # one bookmark a section


@pytest.mark.usefixtures("demo")
def test_every_map_has_scale_arrow_legend_and_source() -> None:
    plates = blocks(report_of({**QINGCHENG, "lang": "en"}), Plate)
    assert len(plates) == 5
    for plate in plates:
        assert plate.map["arrow"]
        assert plate.map["bar"]
        assert plate.legends
        assert "data until 2026-11-20" in plate.note
        assert "Scale 1:" in plate.note


@pytest.mark.usefixtures("demo")
def test_it_has_a_name_and_a_stamp() -> None:
    order = order_of(QINGCHENG)
    assert monthly.KIND.stamp(order) == "2026-10"
    assert "2026-10" in monthly.KIND.title(order)


# ----------------------------------------------------------------------------------- hot spots


def spot(**changes: Any) -> Spot:
    usual: dict[str, Any] = {
        "number": 1,
        "kind": "hot",
        "class_code": "",
        "keys": ("1.1",),
        "lon": small_city.corner(11)[0] + 0.001,
        "lat": small_city.corner(11)[1] + 0.001,
        "radius_m": 50.0,
        "first_day": datetime(2026, 9, 1, tzinfo=UTC).toordinal(),
        "last_day": datetime(2026, 10, 31, tzinfo=UTC).toordinal(),
        "observed": 37,
        "expected": 12.4,
        "relative_risk": 3.1,
        "p": 0.0004,
        "q": 0.012,
        "compound": "甲小区",
        "grids": ("350102001011202",),
    }
    return Spot(**{**usual, **changes})


def keep(told: Told, *spots: Spot) -> None:
    """Put an answer on record that found some spots, and the first of them on the list."""
    then = told.found.then
    asked = spotting.question(then, state.DEFAULT)
    study = replace(told.study, question=asked, spots=spots, shortage="")
    counted = {"tickets": 900, "areas": 81, "unit": "s50", "measure": "count", "calls": 950}
    study = replace(study, told={**counted, **study.told})
    with writing() as connection:
        connection.execute(sa.delete(t.study))
    st.cache_data.clear()
    kept = spotting.keep(then, study, spotting._data_version(), 0.1)
    spotting.put_in_briefing(kept.id, spots[0].number)
    st.cache_data.clear()


def test_hot_spots_are_told_with_their_numbers(odd: Odd) -> None:  # noqa: F811
    odd(lambda _connection: None)
    keep(told_of(ODD), spot(), spot(number=2, observed=2), spot(number=3, kind="cold"))
    report = report_of({**ODD, "lang": "en"})
    found = table(report, "Hot spots found")
    assert [row[0] for row in found.rows] == ["1"]  # two tickets would speak of somebody
    assert found.rows[0][4:] == ("37", "12.4", "3.1×", "0.0004", "0.012")
    listed = table(report, "Chosen on the hot spot page for this briefing")
    assert listed.rows[0][4:9] == ("37", "12.4", "3.1×", "0.0004", "0.012")
    assert listed.rows[0][-1].startswith("Significant hot spots")
    said = " ".join(sentences(report))
    assert "37 tickets where 12.4 were to be expected (3.1×)" in said
    why = {one.area.code: one for one in monthly_watch.watched(told_of(ODD))}
    assert why["350102001011202"].marks[-1] == 3


def test_none_found_says_what_was_tested(odd: Odd) -> None:  # noqa: F811
    odd(lambda _connection: None)
    report = report_of({**ODD, "lang": "en"})
    said = [one for one in sentences(report) if "ot spot" in one]
    assert said
    assert all(re.search(r"\d", one) for one in said)
    assert not table(report, "Hot spots found").rows


@pytest.mark.usefixtures("demo")
def test_hot_spots_are_the_answer_of_the_page() -> None:
    told = told_of(QINGCHENG)
    asked = spotting.question(told.found.then, state.DEFAULT)
    assert asked.stop == told.found.month.end.toordinal()
    assert asked.days == 182
    assert told.study.spots == spotting.answer(told.found.then, asked).study.spots
    assert monthly_spots.hot(told.study) == [s for s in told.study.spots if s.kind == "hot"]


# ----------------------------------------------------------------------------- the three grids


@pytest.mark.usefixtures("demo")
@pytest.mark.parametrize("asked", [SPORTS_CITY, QINGCHENG])
def test_the_three_grids_follow_the_rule(asked: dict[str, str]) -> None:
    told = told_of(asked)
    picture, codes = told.picture, {area.id: area.code for area in told.picture.areas}

    def values(key: str) -> dict[str, float]:
        return {codes[one]: figure.value or 0.0 for one, figure in picture.figures[key].items()}

    ceiling = picture.norms["grid_households"].high
    assert ceiling
    load = {area.code: told.load.score(area) or 0.0 for area in picture.areas}
    lists = [
        {code: n for code, n in values("households").items() if n > ceiling},
        {code: n for code, n in load.items() if n > 0},
        {code: n for code, n in values("tickets_overdue").items() if n > 0},
        {code: n for code, n in values("visits_overdue").items() if n > 0},
    ]
    marks = dict.fromkeys(codes.values(), 0)
    for one in lists:
        for place, code in enumerate(sorted(one, key=lambda c: (-one[c], -load[c], c))[:3]):
            marks[code] += 3 - place
    expected = sorted(marks, key=lambda c: (-marks[c], -load[c], c))[:3]
    found = monthly_watch.watched(told)
    assert not monthly_spots.hot(told.study)
    assert [(one.area.code, one.total) for one in found] == [(c, marks[c]) for c in expected]


# ----------------------------------------------------------------------------------- bad input


def text_in_both(asked: dict[str, str]) -> str:
    """Print a report in both languages, check its sentences, return the Chinese one."""
    for lang in ("en", "zh"):
        said = sentences(report_of({**asked, "lang": lang}))
        assert said
        assert not [one for one in said if not re.search(r"\d", one)]
        text = printed({**asked, "lang": lang})
    return text


def test_an_empty_community_says_so(odd: Odd) -> None:  # noqa: F811
    def add(connection: sa.Connection) -> None:
        connection.execute(
            sa.insert(t.division).values(
                kind="community", code="350102001099", name="空社区", parent_id=1
            )
        )

    odd(add)
    text = text_in_both({**ODD, "community": "350102001099"})
    assert "空社区" in text
    assert tight(words._("There is nothing to draw yet: no boundary, no grids, no buildings.")) in (
        text
    )


def test_grids_without_buildings(odd: Odd) -> None:  # noqa: F811
    def drop(connection: sa.Connection) -> None:
        connection.execute(sa.update(t.ticket).values(building_id=None))
        homes = (t.visit, t.contact_link, t.party_household, t.party_member, t.resident)
        for one in (*homes, t.household, t.unit, t.plan_assignment, t.building):
            connection.execute(sa.delete(one))

    odd(drop)
    assert "350102001011" not in text_in_both(ODD)


def test_a_month_without_tickets(odd: Odd) -> None:  # noqa: F811
    odd(lambda connection: connection.execute(sa.delete(t.ticket)))
    report = report_of(ODD)
    assert any("0件" in tight(one) for one in sentences(report)) or any(
        re.search(r"\b0\b", one) for one in sentences(report)
    )
    assert not [one for one in blocks(report, Table) if one.title == words._("Tickets by class")]
    text_in_both(ODD)


def test_too_few_cases_are_said_in_words(odd: Odd) -> None:  # noqa: F811
    def thin(connection: sa.Connection) -> None:
        few = sa.select(t.ticket.c.id).where(t.ticket.c.community_id == 11).limit(15)
        connection.execute(sa.update(t.ticket).values(repeat_of_id=None))
        connection.execute(sa.delete(t.ticket).where(t.ticket.c.id.not_in(few)))

    odd(thin)
    report = report_of({**ODD, "lang": "en"})
    (kpis,) = blocks(report, Kpis)
    on_time = next(one for one in kpis.figures if one.label == "Closed on time")
    if on_time.note:
        assert on_time.value == "—"
        assert "few" in on_time.note


def test_long_names_break_and_stay(odd: Odd) -> None:  # noqa: F811
    def rename(connection: sa.Connection) -> None:
        connection.execute(sa.update(t.division).where(t.division.c.id == 11).values(name=LONG))
        connection.execute(sa.update(t.grid).values(name=LONG))
        connection.execute(sa.update(t.ticket_category).values(name=LONG, class_name=LONG))

    odd(rename)
    assert tight(LONG) in text_in_both(ODD)


def many_categories(connection: sa.Connection) -> None:
    """Spread the tickets over 60 categories of 30 classes."""
    rows = [
        {
            "code": f"x{n:02}",
            "class_code": f"c{n // 2:02}",
            "class_name": f"大类{n // 2:02}",
            "class_name_en": f"Class {n // 2:02}",
            "name": f"小类{n:02}",
            "kind": "event",
        }
        for n in range(60)
    ]
    connection.execute(sa.insert(t.ticket_category), rows)
    number = sa.func.lpad(sa.cast(t.ticket.c.id % 60, sa.Text), 2, "0")
    of_class = sa.func.lpad(sa.cast(t.ticket.c.id % 60 // 2, sa.Text), 2, "0")
    connection.execute(
        sa.update(t.ticket).values(
            category_code=sa.func.concat("x", number), class_code=sa.func.concat("c", of_class)
        )
    )


def test_sixty_categories_are_all_in_the_table(odd: Odd) -> None:  # noqa: F811
    odd(many_categories)
    report = report_of({**ODD, "lang": "en"})
    told = told_of({**ODD, "lang": "en"})
    shown = [one for one in told.found.categories if one.reported or one.had_to]
    found = table(report, "Tickets by category")
    assert len(found.rows) == len(shown)
    assert sum(int(row[1]) for row in found.rows) == told.picture.tickets
    bars = [one for one in blocks(report, Chart) if one.kind == "bars"]
    assert all(len(one.categories) <= monthly_tickets.MOST_BARS for one in bars[-1:])
    text_in_both(ODD)


def test_sixty_grids_of_six_hundred_buildings(odd: Odd) -> None:  # noqa: F811
    odd(crowd)
    report = report_of(ODD)
    assert len(table(report, "Grids against the norms").rows) == 60
    assert "350102001011" not in "".join(sentences(report))
    text_in_both(ODD)


def test_a_street_lists_its_communities(odd: Odd) -> None:  # noqa: F811
    odd(lambda _connection: None)
    asked = {"street": "350102001", "community": "all"}
    text = text_in_both(asked)
    assert "社区11" in text
    assert "社区12" in text
    whole, parts = (
        told_of(asked),
        [told_of({**ODD, "community": f"3501020010{n}"}) for n in (11, 12)],
    )
    assert whole.picture.tickets == sum(part.picture.tickets for part in parts)
    report = report_of({**asked, "lang": "en"})
    assert len(table(report, "Communities against their norms").rows) == 2
    assert len(table(report, "Tickets by community").rows) == 2


# ------------------------------------------------------------------------------------- privacy


def test_nobody_and_no_door_is_told(
    town: sa.Engine,  # noqa: F811
    use_store: UseStore,
) -> None:
    use_store(town.url.render_as_string(hide_password=False))
    for community in ("350102001011", "all"):
        report = report_of({**ODD, "community": community})
        assert CANARY not in str(report_page.document_of(report, FORM))


def picture_of(counts: dict[str, list[int]], buildings: list[int]) -> Picture:
    """Return a picture of made-up grids."""
    areas = tuple(
        Area(n, "grid", f"35010200101{n:04}", f"格{n}", 11, buildings=count)
        for n, count in enumerate(buildings)
    )
    figures = {
        key: {n: Figure(float(value)) for n, value in enumerate(values)}
        for key, values in counts.items()
    }
    return Picture(
        *(None, None, areas, figures, {}, {}, {}, {}, {}, (), 0, 0, None),  # type: ignore[arg-type]
    )


def test_a_grid_of_one_building_is_withheld_with_another() -> None:
    hidden = monthly_words.withheld(picture_of({"tickets": [2, 9, 40]}, [1, 5, 9]))
    assert hidden == {"350102001010000", "350102001010001"}
    assert not monthly_words.withheld(picture_of({"tickets": [2, 9, 40]}, [3, 5, 9]))
    assert not monthly_words.withheld(picture_of({"tickets": [3, 9, 40]}, [1, 5, 9]))
    assert not monthly_words.withheld(picture_of({}, []))


@given(
    rows=some.lists(
        some.tuples(some.integers(1, 3), some.integers(0, 6), some.integers(0, 6)),
        min_size=1,
        max_size=7,
    )
)
def test_what_is_withheld_cannot_be_worked_out(rows: list[tuple[int, int, int]]) -> None:
    buildings, tickets, visits = (list(column) for column in zip(*rows, strict=True))
    picture = picture_of({"tickets": tickets, "visits_due": visits}, buildings)
    hidden = monthly_words.withheld(picture)
    chosen = [n for n, area in enumerate(picture.areas) if area.code in hidden]
    for n, one in enumerate(buildings):
        small = one == 1 and any(0 < counts[n] < 3 for counts in (tickets, visits))
        assert not small or n in chosen
    assert len(chosen) != 1 or len(rows) == 1
    kept = monthly_words.without(picture, hidden)
    for key, area in itertools.product(("tickets", "visits_due"), picture.areas):
        told = kept.figure(key, area.id).value
        assert (told is None) == (area.code in hidden)


# ---------------------------------------------------------------------------------- its pieces


@given(top=some.floats(0.01, 1e7))
def test_an_axis_reaches_its_largest_value(top: float) -> None:
    ticks = axis_ticks(top)
    assert ticks[0] == 0
    assert ticks[-1] >= top * (1 - 1e-4)
    assert 2 <= len(ticks) <= MOST_STEPS + 1
    steps = {round(b - a, 6) for a, b in itertools.pairwise(ticks)}
    assert max(steps) - min(steps) < 1e-3


def test_a_stacked_axis_holds_the_sum() -> None:
    series = (Series("a", (3.0, None), "#000000"), Series("b", (4.0, 1.0), "#000000"))
    chart = Chart("", "stacked", "", ("x", "y"), series)
    assert report_page._top(chart) == 7
    assert report_page._top(replace(chart, kind="bars")) == 4
    assert report_page._top(replace(chart, kind="bars", band=(1.0, 9.0))) == 9
    assert report_page._top(Chart("", "bars", "", (), ())) == 1


def test_a_column_is_as_wide_as_its_words_need() -> None:
    found = Table("", ("Name", "Households"), (("甲" * 60, "1"),), (False, True))
    name, number = report_page._widths(found)
    assert name == pytest.approx(report_page.WIDEST_EM + report_page.PAD_EM)
    assert number > 5  # a Latin word is not broken
    assert report_page._widths(replace(found, rows=()))[0] < name


@pytest.mark.usefixtures("demo")
def test_a_report_of_nothing_is_a_page() -> None:
    order = order_of(SPORTS_CITY)
    full = monthly.report_of(order.scope, order.state, NOON)
    section = Section("空", (), (Table("t", ("a",), (), (False,), empty="无"),))
    document = report_page.document_of(replace(full, sections=(section,)), FORM)
    body = press(document, NOON.at, "pdf", template="report")
    assert len(PdfReader(io.BytesIO(body)).pages) == 1
    assert "无" in text_of(body)
