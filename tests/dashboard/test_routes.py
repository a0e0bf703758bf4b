"""Our routes, asked as a browser asks: through the gate, in ASGI, on real PostGIS."""

from __future__ import annotations

import asyncio
import csv
import gzip
import io
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import mapbox_vector_tile
import pyogrio
import pytest
import sqlalchemy as sa
from starlette.applications import Starlette
from starlette.routing import Route

from dashboard import answers, routes, server
from dashboard.__main__ import listen
from dashboard.backend import Backend
from dashboard.files import split_package
from dashboard.gate import HEADERS, Gate, Names
from geo import words
from geo.errors import PortTakenError, RequestError, SettingError
from geo.layers import EVERYBODY, ROLES
from geo.store import case_rows, study_rows
from geo.store import tables as t
from geo.store.access import local_leader
from geo.store.engine import make_engine
from geo.store.study_rows import Place
from geo.store.tiles import Question
from geo.store.versions import data_version
from geo.studies import Question as Asked
from geo.studies import Study, answer, as_json, from_json
from tests.store import small_city
from tests.town import CANARY, SOUTH, WEST, column, fill, row, town  # noqa: F401 - a fixture

PLACE = f"15/{column(WEST + 0.001, 15)}/{row(SOUTH + 0.001, 15)}"


@dataclass(frozen=True)
class Reply:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()


class Browser:
    """Asks an ASGI application."""

    def __init__(self, application: Any) -> None:
        self.application = application

    def get(self, path: str, **headers: str) -> Reply:
        return asyncio.run(self.ask(path, **headers))

    async def ask(self, path: str, **headers: str) -> Reply:
        named = {"host": "127.0.0.1:8501"} | {k.replace("_", "-"): v for k, v in headers.items()}
        bare, _mark, query = path.partition("?")
        sent: list[dict[str, Any]] = []

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": b"", "more_body": False}

        async def send(message: dict[str, Any]) -> None:
            sent.append(message)

        scope = {
            "type": "http",
            "method": "GET",
            "path": bare,
            "raw_path": bare.encode(),
            "query_string": query.encode(),
            "headers": [(k.encode(), v.encode()) for k, v in named.items()],
            "http_version": "1.1",
            "scheme": "http",
            "server": ("127.0.0.1", 8501),
            "client": ("127.0.0.1", 1),
            "root_path": "",
        }
        await self.application(scope, receive, send)
        body = b"".join(m.get("body", b"") for m in sent if m["type"] == "http.response.body")
        got = {k.decode(): v.decode() for k, v in sent[0]["headers"]}
        return Reply(sent[0]["status"], got, body)


def site(backend: Backend) -> Gate:
    return Gate(Starlette(routes=routes.build(lambda: backend)), Names.of("127.0.0.1"))


@pytest.fixture(scope="module")
def assets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("assets")
    (folder / "leaflet" / "dist").mkdir(parents=True)
    (folder / "leaflet" / "dist" / "leaflet.js").write_text("let L = 1;\n" * 400)
    (folder / "leaflet" / "secret.pem").write_text("secret")
    (folder / "react").mkdir()
    (folder / "react" / "index.js").write_text("no")
    (folder / "outside.js").write_text("no")
    return folder


@pytest.fixture(scope="module")
def browser(town: sa.Engine, assets: Path) -> Iterator[Browser]:  # noqa: F811
    with closing(Backend(town, assets)) as backend:
        yield Browser(site(backend))


# -------------------------------------------------------------------------------------- the table


def test_every_route_is_declared_with_who_may_use_it() -> None:
    declared = {entry.path for entry in routes.ROUTES}
    application = server.make_app(Path(__file__))
    ours = [route for route in application._user_routes if isinstance(route, Route)]
    assert len(ours) == len(application._user_routes)
    assert {route.path for route in ours} == declared
    assert all(route.name == f"wangge {route.path}" for route in ours)
    for entry in routes.ROUTES:
        assert entry.roles
        assert entry.roles <= set(ROLES)


STREAMLITS_OWN = {
    "/_stcore/health",
    "/healthz",
    "/_stcore/metrics",
    "/_stcore/host-config",
    "/media/{file_id:path}",
    "/_stcore/upload_file/{session_id}/{file_id}",
    "/component/{path:path}",
    "/_stcore/bidi-components/{path:path}",
    "/_stcore/stream",
    "/auth/login",
    "/auth/logout",
    "/oauth2callback",
    "/_stcore/agent/interact",
    "/_stcore/agent/openapi.json",
    "/_stcore/agent/mcp",
    "",
}


def test_a_new_streamlit_door_is_noticed(tmp_path: Path) -> None:
    """An upgrade that opens another route must be looked at before it is served."""
    script = tmp_path / "page.py"
    script.write_text("")
    application = server.make_app(script)
    built = application._build_starlette_app()
    ours = {entry.path for entry in routes.ROUTES}
    foreign = {getattr(route, "path", "?") for route in built.routes} - ours
    assert foreign - STREAMLITS_OWN == set()


def test_a_role_that_is_not_listed_is_refused(browser: Browser, monkeypatch: Any) -> None:
    entry = routes.Declared("/secret", answers.healthz, frozenset({"wall"}))
    monkeypatch.setattr(routes, "ROUTES", (entry,))
    closed = Browser(Starlette(routes=routes.build(lambda: None)))  # type: ignore[arg-type,return-value]
    assert closed.get("/secret").status == 403
    assert closed.get("/secret", x_role="wall", x_wangge_role="wall").status == 403
    assert browser.get("/healthz").status == 200


# ------------------------------------------------------------------------------------------ tiles


def test_a_tile_packed_and_plain(browser: Browser) -> None:
    plain = browser.get(f"/tiles/building,grid/{PLACE}")
    packed = browser.get(f"/tiles/building,grid/{PLACE}", accept_encoding="br, gzip;q=0.8")
    assert plain.status == packed.status == 200
    assert "content-encoding" not in plain.headers
    assert packed.headers["content-encoding"] == "gzip"
    assert gzip.decompress(packed.body) == plain.body
    assert set(mapbox_vector_tile.decode(plain.body)) == {"building", "grid"}
    assert plain.headers["content-type"] == answers.TILE_TYPE
    assert plain.headers["cache-control"].startswith("private")
    refused = browser.get(f"/tiles/grid/{PLACE}", accept_encoding="gzip;q=0")
    assert "content-encoding" not in refused.headers


def test_what_the_browser_has_is_not_sent_again(browser: Browser) -> None:
    etag = browser.get(f"/tiles/ticket/{PLACE}").headers["etag"]
    again = browser.get(f"/tiles/ticket/{PLACE}", if_none_match=f'"x", {etag}')
    assert (again.status, again.body) == (304, b"")
    assert again.headers["etag"] == etag
    filtered = browser.get(f"/tiles/ticket/{PLACE}?sign=closed", if_none_match=etag)
    assert filtered.status == 200


def test_a_versioned_address_may_be_kept_while_it_is_true(
    browser: Browser,
    town: sa.Engine,  # noqa: F811
) -> None:
    with town.connect() as connection:
        version = data_version(connection)
    kept = browser.get(f"/tiles/unit/{PLACE}?v={version}").headers["cache-control"]
    assert "max-age=3600" in kept
    old = browser.get(f"/tiles/unit/{PLACE}?v=0123").headers["cache-control"]
    assert "must-revalidate" in old


NONSENSE = [
    "/tiles/nothing/15/1/1",
    "/tiles/building/15/1/99999999",
    "/tiles/building/99/1/1",
    "/tiles/building/a/b/c",
    "/tiles/building/-1/0/0",
    "/tiles/building/15/1/1?sing=closed",
    "/tiles/building/15/1/1?sign=shut",
    "/tiles/building/15/1/1?from=2026-02-30",
    "/tiles/building/15/1/1?plan=1&plan=2",
    "/tiles/building/15/1/1?v=../..",
    "/api/grids/abc",
    "/api/grids/99999999999999999999999",
    "/api/community/1.5",
    "/vendor/react/index.js",
    "/vendor/outside.js",
]


@pytest.mark.parametrize("path", NONSENSE)
def test_nonsense_gets_a_sentence(browser: Browser, path: str) -> None:
    joined = path + ("&" if "?" in path else "?") + "lang=en"
    english = browser.get(joined)
    assert english.status == 400
    assert english.text.endswith((".", "?"))
    assert "Traceback" not in english.text
    assert english.headers["content-type"].startswith("text/plain")


def test_the_language_is_the_readers(browser: Browser, monkeypatch: Any) -> None:
    heard: list[str] = []

    def explain(_error: object) -> str:
        heard.append(words.language())
        return "x"

    monkeypatch.setattr(words, "explain", explain)
    path = "/tiles/nothing/15/1/1"
    browser.get(path)
    browser.get(path, accept_language="en-GB,en;q=0.9")
    browser.get(path, accept_language="fr,zh-CN;q=0.5,en;q=0.1")
    browser.get(path + "?lang=en", accept_language="zh-CN")
    assert heard == ["zh", "en", "zh", "en"]


@pytest.mark.parametrize("path", ["/tiles/", "/tiles/a/1/2", "/api/nothing", "/api/grids/987654"])
def test_what_is_not_there(browser: Browser, path: str) -> None:
    assert browser.get(path).status == 404


def test_a_crash_is_a_number_not_a_traceback(
    browser: Browser, monkeypatch: Any, caplog: Any
) -> None:
    def fail(*_: Any) -> None:
        message = "the secret detail"
        raise RuntimeError(message)

    monkeypatch.setattr(answers, "ask", fail)
    reply = browser.get(f"/tiles/unit/{PLACE}?lang=en")
    assert reply.status == 500
    assert "secret" not in reply.text
    number = reply.text.rstrip(".").split()[-1]
    assert number in caplog.text
    assert "the secret detail" in caplog.text


def test_identical_questions_at_once_are_one_question(
    town: sa.Engine,  # noqa: F811
    assets: Path,
    monkeypatch: Any,
) -> None:
    asked: list[Question] = []
    gate = threading.Event()

    def slow(question: Question, *rest: Any) -> Any:
        asked.append(question)
        gate.wait(5)
        return make(question, *rest)

    async def crowd() -> list[Reply]:
        waiting = [
            asyncio.create_task(visitor.ask(f"/tiles/building/{PLACE}?lang={lang}"))
            for lang in ["zh", "en"] * 10
        ]
        while not asked:  # noqa: ASYNC110 - the asking happens in a thread
            await asyncio.sleep(0.01)
        await asyncio.sleep(0.1)
        waiting[0].cancel()  # one goes away; the others must not notice
        gate.set()
        return await asyncio.gather(*waiting[1:])

    with closing(Backend(town, assets)) as backend:
        make = backend.tiles.make
        monkeypatch.setattr(backend.tiles, "make", slow)
        visitor = Browser(site(backend))
        replies = asyncio.run(crowd())
    assert len(asked) == 1
    assert {reply.status for reply in replies} == {200}
    assert len({reply.body for reply in replies}) == 1


def test_a_change_shows_at_once_after_the_interval(scratch_engine: sa.Engine, assets: Path) -> None:
    with scratch_engine.begin() as connection:
        fill(connection)
    with closing(Backend(scratch_engine, assets, version_interval_s=0.0)) as backend:
        visitor = Browser(site(backend))
        before = visitor.get(f"/tiles/unit/{PLACE}")
        with scratch_engine.begin() as connection:
            connection.execute(sa.update(t.unit).values(number=t.unit.c.number + "改"))
        after = visitor.get(f"/tiles/unit/{PLACE}", if_none_match=before.headers["etag"])
    assert after.status == 200
    assert "改".encode() in after.body


# ----------------------------------------------------------------------------------------- shapes


def test_grids_and_community(browser: Browser) -> None:
    grids = json.loads(browser.get("/api/grids/102").body)
    assert [one["properties"]["code"] for one in grids["features"]] == sorted(
        one["properties"]["code"] for one in grids["features"]
    )
    assert grids["features"]
    for one in grids["features"]:
        assert set(one["properties"]) == {"id", "code", "name", "lx", "ly"}
        for polygon in one["geometry"]["coordinates"]:
            for ring in polygon:
                assert all(round(value, 7) == value for place in ring for value in place)
    reply = browser.get("/api/community/11")
    community = json.loads(reply.body)
    assert community["bbox"][0] == pytest.approx(WEST)
    assert browser.get("/api/community/11", if_none_match=reply.headers["etag"]).status == 304
    assert browser.get("/api/community/1").status == 404  # a street, not a community


# ------------------------------------------------------------------------- answers about hot spots

STOP = date(2026, 11, 21).toordinal()
ASKED = {
    "squares": Asked(method="gi", start=STOP - 364, stop=STOP, each=False, repeats=True),
    "grids": Asked(method="gi", start=STOP - 364, stop=STOP, each=False, unit="grid"),
    "buildings": Asked(method="gi", start=STOP - 364, stop=STOP, each=False, unit="building"),
    "groups": Asked(method="groups", start=STOP - 364, stop=STOP, radius_m=80.0),
    "nothing": Asked(method="repeats", start=STOP - 364, stop=STOP, classes=("no-such",)),
}


@dataclass(frozen=True)
class OnRecord:
    """Answers on record and their numbers."""

    studies: dict[str, Study]
    numbers: dict[str, int]


@pytest.fixture(scope="module")
def on_record(town: sa.Engine) -> Iterator[OnRecord]:  # noqa: F811
    writer = make_engine(town.url)
    place = Place(small_city.STREET_A, 11, (102,), datetime(2026, 11, 20, 10, tzinfo=UTC))
    days = date.fromordinal(STOP - 364), date.fromordinal(STOP)
    with writer.begin() as connection:
        cases = case_rows.read(connection, local_leader(), (11,), *days)
        studies = {name: answer(cases, asked) for name, asked in ASKED.items()}
        numbers = {
            name: study_rows.keep(connection, made, place, "v1", who="x", seconds=1.0)
            for name, made in studies.items()
        }
    yield OnRecord(studies, numbers)
    with writer.begin() as connection:
        connection.execute(sa.delete(t.study))
    writer.dispose()


@pytest.fixture
def taker(browser: Browser, town: sa.Engine, use_store: Callable[[str], None]) -> Browser:  # noqa: F811
    """Ask for files, which are made from the same database."""
    use_store(town.url.render_as_string(hide_password=False))
    return browser


@pytest.mark.parametrize("name", list(ASKED))
def test_an_answer_as_json_is_the_answer(taker: Browser, on_record: OnRecord, name: str) -> None:
    number = on_record.numbers[name]
    reply = taker.get(f"/export/study/{number}.json?lang=en")
    assert reply.status == 200
    assert reply.headers["content-type"] == "application/json"
    assert reply.headers["cache-control"] == "no-store"
    method = on_record.studies[name].question.method
    assert f"350102001011-{method}-{number}.json" in reply.headers["content-disposition"]
    told = json.loads(reply.body)
    assert from_json(told["study"]) == from_json(as_json(on_record.studies[name]))
    assert told["place"]["code"] == "350102001011"
    assert told["data_version"] == "v1"


@pytest.mark.parametrize("name", list(ASKED))
def test_an_answer_as_csv_has_a_row_a_spot(taker: Browser, on_record: OnRecord, name: str) -> None:
    reply = taker.get(f"/export/study/{on_record.numbers[name]}.csv?lang=en")
    assert reply.status == 200
    assert reply.headers["content-type"].startswith("text/csv")
    rows = list(csv.DictReader(io.StringIO(reply.body.decode("utf-8-sig"))))
    spots = on_record.studies[name].spots
    assert [(int(row["number"]), int(row["observed"])) for row in rows] == [
        (one.number, one.observed) for one in spots
    ]
    assert [float(row["lon"]) for row in rows] == pytest.approx([one.lon for one in spots])


@pytest.mark.parametrize("name", list(ASKED))
def test_an_answer_as_geopackage_has_its_places_and_areas(
    taker: Browser, on_record: OnRecord, tmp_path: Path, name: str
) -> None:
    reply = taker.get(f"/export/study/{on_record.numbers[name]}.gpkg?lang=en")
    assert reply.status == 200
    assert reply.headers["content-type"] == "application/geopackage+sqlite3"
    path = tmp_path / "study.gpkg"
    path.write_bytes(reply.body)
    study = on_record.studies[name]
    spots = pyogrio.read_dataframe(path, layer="spots")
    assert spots["number"].tolist() == [one.number for one in study.spots]
    assert spots.geometry.x.tolist() == pytest.approx([one.lon for one in study.spots])
    layers = {layer for layer, _kind in pyogrio.list_layers(path)}
    assert layers == {"spots", "told"} | ({"areas"} if study.areas else set())
    if study.areas:
        areas = pyogrio.read_dataframe(path, layer="areas")
        assert tuple(areas["key"]) == study.areas.keys
        assert tuple(areas["observed"]) == study.areas.observed
        shaped = areas.geometry.notna()
        assert shaped.all()
        kinds = set(areas.geom_type)
        assert kinds <= (
            {"Point"} if study.areas.unit == "building" else {"Polygon", "MultiPolygon"}
        )


@pytest.mark.parametrize("ending", ["json", "csv", "gpkg"])
def test_nothing_of_a_person_or_a_door_is_in_a_file(
    taker: Browser, on_record: OnRecord, ending: str
) -> None:
    for number in on_record.numbers.values():
        for lang in ("zh", "en"):
            reply = taker.get(f"/export/study/{number}.{ending}?lang={lang}")
            assert reply.status == 200
            assert CANARY.encode() not in reply.body
            assert b"PERSONAL" not in reply.body


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_file_speaks_the_language_that_is_asked_for(
    taker: Browser, on_record: OnRecord, language: str
) -> None:
    number = on_record.numbers["nothing"]
    told = json.loads(taker.get(f"/export/study/{number}.json?lang={language}").body)
    chinese = any("\u4e00" <= letter <= "\u9fff" for text in told["said"] for letter in text)
    assert chinese == (language == "zh")


@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("999999.json", 404),
        ("1.pdf", 404),
        ("1", 404),
        ("1.", 404),
        ("1.json.csv", 404),
        ("1.JSON", 404),
        (".json", 400),
        ("x.json", 400),
        ("-1.json", 400),
        ("1 .json", 400),
        ("99999999999999999999.json", 400),
        ("1/2.json", 404),
        ("../1.json", 404),
    ],
)
def test_an_answer_that_is_not_there(taker: Browser, name: str, status: int) -> None:
    reply = taker.get(f"/export/study/{name}?lang=en")
    assert reply.status == status
    assert "Traceback" not in reply.text
    assert reply.text.endswith(".")


def test_a_file_is_only_for_who_may_see_the_place(
    taker: Browser, on_record: OnRecord, monkeypatch: Any
) -> None:
    path = f"/export/study/{on_record.numbers['squares']}.json?lang=en"
    (entry,) = (one for one in routes.ROUTES if one.path == "/export/study/{name}")
    assert entry.roles == EVERYBODY
    leader = local_leader()
    elsewhere = replace(leader, divisions=frozenset({small_city.STREET_B}))
    monkeypatch.setattr(routes, "local_leader", lambda: elsewhere)
    assert taker.get(path).status == 404
    here = replace(leader, divisions=frozenset({11}))
    monkeypatch.setattr(routes, "local_leader", lambda: here)
    assert taker.get(path).status == 200


# ------------------------------------------------------------------------------------------ files


def test_packages_and_only_they_are_served(browser: Browser) -> None:
    reply = browser.get("/vendor/leaflet/dist/leaflet.js", accept_encoding="gzip")
    assert reply.status == 200
    assert b"let L" in gzip.decompress(reply.body)
    assert "max-age=86400" in reply.headers["cache-control"]
    for path in (
        "leaflet/../react/index.js",
        "leaflet/../outside.js",
        "leaflet/../../../../../../etc/passwd",
        "leaflet/secret.pem",
        "leaflet/dist",
        "leaflet/",
        "leaflet/dist/\x00.js",
        "leaflet//etc/passwd.js",
    ):
        assert browser.get(f"/vendor/{path}").status == 404, path
    for path in ("react/index.js", "@mapbox/other/x.js", "..", ""):
        with pytest.raises(RequestError):
            split_package(path)


def test_a_link_out_of_the_folder_is_not_followed(browser: Browser, assets: Path) -> None:
    (assets / "leaflet" / "link.js").symlink_to(assets / "outside.js")
    assert browser.get("/vendor/leaflet/link.js").status == 404


# --------------------------------------------------------------------------------------- the gate


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("localhost:8501", 200),
        ("127.0.0.1", 200),
        ("[::1]:8501", 200),
        ("evil.example", 421),
        ("127.0.0.1.evil.example:8501", 421),
        ("10.0.0.9:8501", 421),
        ("", 421),
    ],
)
def test_only_our_names_are_answered(browser: Browser, host: str, status: int) -> None:
    assert browser.get("/healthz", host=host).status == status


def test_listening_everywhere_plain_addresses_are_ours_and_names_are_not() -> None:
    names = Names.of("0.0.0.0")  # noqa: S104
    assert names.include("192.0.2.7:8501")
    assert not names.include("evil.example:8501")
    assert Names.of("Office-PC").include("office-pc:8501")


def test_every_answer_carries_the_headers(browser: Browser) -> None:
    for path in ("/healthz", "/tiles/nothing/1/1/1", "/vendor/x/y.js", "/nothing"):
        reply = browser.get(path)
        for name, value in HEADERS.items():
            assert reply.headers[name.decode()] == value.decode(), path
    assert browser.get("/healthz", host="evil.example").headers["x-content-type-options"]


@pytest.mark.parametrize("path", ["/_stcore/metrics", "/_stcore/agent/mcp", "/auth/login"])
def test_streamlits_unused_doors_are_closed(browser: Browser, path: str) -> None:
    assert browser.get(path).status == 404


FOREIGN = [
    [(b"host", b"evil.example")],
    [(b"host", b"127.0.0.1:8501"), (b"origin", b"http://evil.example")],
    [(b"host", b"127.0.0.1:8501"), (b"origin", b"http://127.0.0.1:9999")],
]


@pytest.mark.parametrize("headers", FOREIGN)
def test_a_foreign_websocket_is_closed_before_it_opens(headers: list[tuple[bytes, bytes]]) -> None:
    sent: list[dict[str, Any]] = []

    async def inner(*_: Any) -> None:
        raise AssertionError

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {
        "type": "websocket",
        "path": "/_stcore/stream",
        "headers": headers,
    }
    asyncio.run(Gate(inner)(scope, None, send))  # type: ignore[arg-type]
    assert [message["type"] for message in sent] == ["websocket.close"]


# ------------------------------------------------------------------------------------- the server


def test_readiness(browser: Browser) -> None:
    assert browser.get("/readyz").status == 200


def test_a_taken_port_is_a_sentence() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        with pytest.raises(PortTakenError):
            listen("127.0.0.1", other.getsockname()[1])
    with pytest.raises(SettingError):
        listen("192.0.2.1", 8501)


def test_answers_do_not_wait_for_acknowledgements(free_port: int) -> None:
    """Asyncio turns Nagle's algorithm off only on sockets that say they are TCP."""
    with listen("127.0.0.1", free_port) as listener:
        assert listener.proto == socket.IPPROTO_TCP


LAUNCH = """
import sys
from pathlib import Path
from dashboard import server
from dashboard.__main__ import app
server.make_app.__kwdefaults__ = None
make = server.make_app
server.make_app = lambda **wanted: make(Path(sys.argv[1]), **wanted)
app(["serve", "--port", sys.argv[2]])
"""


@pytest.fixture
def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def start(folder: Path, port: int, url: str) -> subprocess.Popen[str]:
    script = folder / "page.py"
    script.write_text("import streamlit as st\nst.write('page')\n")
    environment = os.environ | {"WANGGE_DATABASE_URL": url, "WANGGE_LANGUAGE": "en"}
    return subprocess.Popen(
        [sys.executable, "-c", LAUNCH, str(script), str(port)],
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_it_serves_when_it_says_so_and_stops_when_told(
    tmp_path: Path, store_url: str, free_port: int, stop: signal.Signals
) -> None:
    with start(tmp_path, free_port, store_url) as running:
        assert running.stdout
        try:
            assert running.stdout.readline().strip().endswith(f"http://127.0.0.1:{free_port}")
            base = f"http://127.0.0.1:{free_port}"
            for path in ("/readyz", "/", "/_stcore/health", "/tiles/community/0/0/0"):
                with urllib.request.urlopen(base + path, timeout=20) as reply:  # noqa: S310 - our own address
                    assert reply.status == 200
                    assert reply.headers["x-content-type-options"] == "nosniff"
            began = time.monotonic()
            running.send_signal(stop)
            _out, errors = running.communicate(timeout=20)
            assert time.monotonic() - began < 10
        finally:
            running.kill()
        assert running.returncode == 0
        assert "Traceback" not in errors


def test_a_second_start_says_the_port_is_taken(tmp_path: Path, store_url: str) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with start(tmp_path, port, store_url) as second:
            _out, errors = second.communicate(timeout=60)
    assert second.returncode == 1
    assert str(port) in errors
    assert "--port" in errors
    assert "Traceback" not in errors


def test_everybody_is_every_role() -> None:
    assert frozenset(ROLES) == EVERYBODY
