"""Series of briefings: complete, in order, one zip; what fails is told and stops nothing else."""

from __future__ import annotations

import io
import time
import zipfile
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from pypdf import PdfReader

from dashboard import state
from dashboard.backend import Backend
from dashboard.briefing import making, series
from dashboard.briefing.making import Wish, make
from dashboard.briefing.packing import Parcel, file_name, packed
from dashboard.briefing.page import Made
from dashboard.briefing.parcels import MOST, Parcels
from dashboard.briefing.series import Filled, Series, fill, members
from dashboard.services.jobs import Job
from geo.errors import InputError, NotAllowedError
from geo.store.access import Viewer
from tests.dashboard.test_routes import Browser, site

UseStore = Callable[[str], None]
NOON = Made(datetime(2026, 11, 27, 4, 0, tzinfo=UTC), "local")
SPORTS_CITY = {"street": "530111007", "community": "530111007001"}
SLIDE = Wish("view", state.parse(SPORTS_CITY), "slide", "png")


pytestmark = pytest.mark.usefixtures("nothing_kept")


def asked(path: Path, wish: Wish = SLIDE, each: str = "grids") -> Series:
    return Series(wish, each, NOON, "zh", str(path))


# ----------------------------------------------------------------------------------- the zip


def test_a_zip_has_the_same_bytes_for_the_same_files() -> None:
    files = [("一.pdf", b"%PDF"), ("a/b.png", b"x" * 500)]
    made = packed(files, NOON.at)
    assert made == packed(files, NOON.at)
    with zipfile.ZipFile(io.BytesIO(made)) as opened:
        assert opened.testzip() is None
        assert opened.namelist() == ["一.pdf", "a_b.png"]
        assert opened.getinfo("一.pdf").date_time == (2026, 11, 27, 12, 0, 0)


def test_a_name_twice_gets_a_number_and_nothing_is_lost() -> None:
    into = io.BytesIO()
    with Parcel(into, NOON.at) as parcel:
        names = [parcel.put(name, name.encode()) for name in ("a.pdf", "A.pdf", "a.pdf")]
    assert names == ["a.pdf", "A (2).pdf", "a (3).pdf"]
    with zipfile.ZipFile(into) as opened:
        assert opened.namelist() == names


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("../../etc/passwd.pdf", "_.._etc_passwd.pdf"),
        ("网格 1/2: 甲?.pdf", "网格 1_2_ 甲_.pdf"),
        (".pdf", "_.pdf"),
        ("x" * 400 + ".png", "x" * 120 + ".png"),
    ],
)
def test_names_are_such_that_every_system_takes_them(name: str, safe: str) -> None:
    assert file_name(name) == safe


# -------------------------------------------------------------------------------- the series


@pytest.mark.usefixtures("demo")
def test_a_series_of_grids_has_each_grid_once_and_in_order(tmp_path: Path) -> None:
    shares: list[float] = []
    filled = fill(asked(tmp_path / "a.zip"), shares.append)
    codes = [name[:15] for name in filled.files]
    assert codes == [f"530111007001{n:03}" for n in range(1, 10)]
    assert not filled.missing
    assert shares == sorted(shares)
    assert shares[-1] == 1.0
    with zipfile.ZipFile(tmp_path / "a.zip") as opened:
        assert tuple(opened.namelist()) == filled.files
        single = make(replace(SLIDE, state=replace(SLIDE.state, grid=codes[3])), NOON)
        assert opened.read(filled.files[3]) == single.body


@pytest.mark.usefixtures("demo")
@pytest.mark.parametrize("ending", ["pdf", "png"])
def test_sheets_of_each_grid_are_all_there_in_the_kind_of_file_asked_for(
    tmp_path: Path, ending: str
) -> None:
    chosen = state.parse({**SPORTS_CITY, "grid": "530111007001003"})  # as a page may have it
    filled = fill(asked(tmp_path / "a.zip", Wish("sheets", chosen, "a4p", ending)))
    assert [name[:15] for name in filled.files] == [f"530111007001{n:03}" for n in range(1, 10)]
    assert {name.rpartition(".")[2] for name in filled.files} == {ending}


@pytest.mark.usefixtures("demo")
def test_a_series_of_communities_has_each_of_the_street() -> None:
    found = members(replace(SLIDE, state=state.parse({"street": "530111007"})), "communities")
    assert [wish.state.community for wish in found] == ["530111007001"]


@pytest.mark.usefixtures("demo")
def test_what_cannot_be_made_is_told_and_stops_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(wish: Wish, made: Made) -> object:
        if wish.state.grid == "530111007001004":
            raise InputError("No luck with {code}.", code=wish.state.grid)
        return make(wish, made)

    monkeypatch.setattr(series, "make", refuse)
    filled = fill(asked(tmp_path / "a.zip"))
    assert len(filled.files) == 8
    assert len(filled.missing) == 1
    assert "530111007001004" in filled.missing[0]
    with zipfile.ZipFile(tmp_path / "a.zip") as opened:
        last = opened.namelist()[-1]
        assert filled.missing[0] in opened.read(last).decode("utf-8-sig")


@pytest.mark.usefixtures("demo")
def test_a_series_of_nothing_is_an_error_in_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_wish: Wish, _made: Made) -> object:
        raise InputError("No luck today.")

    monkeypatch.setattr(series, "make", refuse)
    with pytest.raises(InputError, match="No luck today"):
        fill(asked(tmp_path / "a.zip"))


@pytest.mark.usefixtures("demo")
def test_the_job_tells_how_far_it_is_and_fills_the_zip(tmp_path: Path) -> None:
    job: Job[Filled] = Job.begin("dashboard.briefing", asked(tmp_path / "a.zip"))
    for _try in range(600):
        if not job.running:
            break
        time.sleep(0.1)
    assert job.error is None
    assert job.result is not None
    assert len(job.result.files) == 9
    assert job.share == 1.0


# ------------------------------------------------------------------------ the papers of a plan


@pytest.mark.usefixtures("demo")
def test_the_set_holds_the_drawings_and_the_register() -> None:
    wish = Wish("set", state.parse(SPORTS_CITY), "a4")
    made = make(wish, NOON)
    with zipfile.ZipFile(io.BytesIO(made.body)) as opened:
        drawings, register = opened.namelist()
        assert register.endswith(".xlsx")
        pages = PdfReader(io.BytesIO(opened.read(drawings))).pages
    assert len(pages) >= 10
    assert make(wish, NOON).body == made.body


@pytest.mark.usefixtures("demo")
def test_the_set_is_for_planners_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(making, "viewer", lambda: Viewer("screen", "wall"))
    with pytest.raises(NotAllowedError):
        make(Wish("set", state.parse(SPORTS_CITY), "a4"), NOON)
    assert make(SLIDE, NOON).body


# ------------------------------------------------------------------------- waiting to be fetched


def test_a_zip_is_fetched_by_whom_it_was_made_for_and_the_oldest_go() -> None:
    kept = Parcels()
    keys = []
    for _one in range(MOST + 1):
        path = kept.path()
        path.write_bytes(b"zip")
        keys.append(kept.keep(path, "a.zip", "li"))
    assert kept.fetch(keys[0], "li") is None
    assert kept.fetch(keys[1], "wang") is None
    found = kept.fetch(keys[1], "li")
    assert found is not None
    assert found.path.read_bytes() == b"zip"
    kept.close()
    assert kept.fetch(keys[1], "li") is None


def test_a_zip_that_is_gone_is_told(engine: sa.Engine, tmp_path: Path) -> None:
    with closing(Backend(engine, tmp_path)) as backend:
        answer = Browser(site(backend)).get("/export/series/nothing?lang=en")
    assert answer.status == 404
    assert b"Make it again" in answer.body
