"""The handlers of our own routes: request in, answer out, everything else in `Backend`."""

from __future__ import annotations

import logging
import re
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from dashboard import state, visit_list
from dashboard.backend import OWN_FILES, Backend
from dashboard.files import Served, split_package
from dashboard.services import paperwork, planning, visiting
from dashboard.services.paperwork import Paper
from geo.errors import N_, RequestError
from geo.store import geojson, migrate
from geo.store.access import Viewer
from geo.store.tiles import ask, code_version
from geo.store.versions import token
from geo.words import _

TILE_TYPE = "application/vnd.mapbox-vector-tile"

_REVALIDATE = "private, max-age=0, must-revalidate"
_VERSIONED = "private, max-age=3600"
_PACKAGES = "private, max-age=86400, stale-while-revalidate=604800"
_TOKEN = re.compile(r"[0-9A-Za-z]{1,64}")

_LIST = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; font-src 'self'; "
    "frame-ancestors 'self'",
}
"""A printable list: personal data, never kept, and without a script."""

_LOOKS = logging.getLogger("wangge.looks")


async def tile(backend: Backend, request: Request, viewer: Viewer) -> Response:
    """Answer ``/tiles/{layers}/{z}/{x}/{y}``."""
    part = request.path_params
    parameters, version = _parameters(request)
    question = ask(part["layers"], (part["z"], part["x"], part["y"]), parameters, viewer)
    etag = await backend.etag(question, viewer)
    headers = {
        "ETag": etag,
        "Vary": "Accept-Encoding",
        "Cache-Control": _VERSIONED
        if _is_now(backend, version) and not question.names_plan
        else _REVALIDATE,
    }
    if _known(request, etag):
        return Response(status_code=304, headers=headers)
    made = await backend.tile(question, viewer, etag)
    if _takes_gzip(request):
        headers["Content-Encoding"] = "gzip"
        return Response(made.packed, media_type=TILE_TYPE, headers=headers)
    return Response(made.unpacked(), media_type=TILE_TYPE, headers=headers)


def _parameters(request: Request) -> tuple[dict[str, str], str]:
    """Return the filters and the data version an address names.

    Raises
    ------
    RequestError
        If a parameter stands twice, or the version is not one.
    """
    pairs = request.query_params.multi_items()
    named = dict(pairs)
    if len(named) != len(pairs):
        raise RequestError(N_("A parameter stands twice in the address."))
    version = named.pop("v", "")
    named.pop("lang", None)
    if version and not _TOKEN.fullmatch(version):
        raise RequestError(
            N_("The filter “{name}” cannot be “{value}”."), name="v", value=version[:40]
        )
    return named, version


def _is_now(backend: Backend, version: str) -> bool:
    # The entity tag has just looked: asking again could keep every other request waiting.
    return bool(version) and backend.tiles.versions.last() == version


def _known(request: Request, etag: str) -> bool:
    """Tell whether the browser already has it."""
    named = request.headers.get("if-none-match", "")
    return etag in [item.strip() for item in named.split(",")] or named.strip() == "*"


def _takes_gzip(request: Request) -> bool:
    for item in request.headers.get("accept-encoding", "").split(","):
        name, _separator, weight = item.partition(";")
        if name.strip().lower() in {"gzip", "*"}:
            return weight.replace(" ", "") not in {"q=0", "q=0.0"}
    return False


async def grids(backend: Backend, request: Request, viewer: Viewer) -> Response:
    """Answer ``/api/grids/{id}``."""
    return await _shapes(backend, request, viewer, geojson.GRIDS)


async def community(backend: Backend, request: Request, viewer: Viewer) -> Response:
    """Answer ``/api/community/{id}``."""
    return await _shapes(backend, request, viewer, geojson.COMMUNITY)


async def _shapes(
    backend: Backend, request: Request, viewer: Viewer, kind: geojson.Kind
) -> Response:
    key = geojson.read_id(request.path_params["id"])
    version = await backend.run(lambda: backend.tiles.versions.of(kind.subjects))
    facts = {
        name: name for name in (kind.key, str(key), version, viewer.fingerprint, code_version())
    }
    etag = f'W/"{token(facts)}"'
    headers = {"ETag": etag, "Cache-Control": _REVALIDATE}
    if _known(request, etag):
        return Response(status_code=304, headers=headers)
    body = await backend.run(lambda: _read_shapes(backend, viewer, kind, key))
    if body is None:
        return PlainTextResponse(_("There is nothing with this number."), 404)
    return Response(body, media_type="application/geo+json", headers=headers)


def _read_shapes(backend: Backend, viewer: Viewer, kind: geojson.Kind, key: int) -> str | None:
    with backend.engine.connect() as connection:
        return geojson.read_shapes(connection, viewer, kind, key)


async def draft_atoms(backend: Backend, request: Request, viewer: Viewer) -> Response:
    """Answer ``/api/draft/{id}/atoms``: where a community's buildings are and what they count."""
    key = geojson.read_id(request.path_params["id"])
    body = await backend.run(lambda: planning.atoms_json(key, viewer))
    # The address names the version of the data, so an answer never grows old.
    headers = {"Cache-Control": _VERSIONED if "v" in request.query_params else _REVALIDATE}
    return Response(body, media_type="application/json", headers=headers)


async def registration(backend: Backend, request: Request, viewer: Viewer) -> Response:
    """Answer ``/export/plan/{id}/registration.xlsx``."""
    return await _paper(backend, request, viewer, "registration")


async def drawings(backend: Backend, request: Request, viewer: Viewer) -> Response:
    """Answer ``/export/plan/{id}/drawings.pdf``; ``grid=`` asks for single grids."""
    return await _paper(backend, request, viewer, "drawings")


async def _paper(backend: Backend, request: Request, viewer: Viewer, kind: str) -> Response:
    key = geojson.read_id(request.path_params["id"])
    grids = request.query_params.getlist("grid")
    made = await backend.run(lambda: paperwork.make(key, viewer, kind, grids), slow=True)
    return taken_away(made)


def taken_away(made: Paper) -> Response:
    """Answer with a file to keep; its name may be Chinese."""
    name = quote(made.name, safe="")
    headers = {
        "Cache-Control": "no-store",
        "Content-Disposition": f"attachment; filename*=UTF-8''{name}",
    }
    return Response(made.body, media_type=made.media_type, headers=headers)


async def visits(backend: Backend, request: Request, viewer: Viewer) -> Response:
    """Answer ``/export/visits/{community}/{staff}``: the list of visits a worker takes along."""
    part = request.path_params
    asked = state.parse({"period": request.query_params.get("period", ""), **part})
    if asked.community is None or asked.staff is None:
        return PlainTextResponse(_("There is nothing with this number."), 404)
    community, staff = asked.community, asked.staff
    made = await backend.run(lambda: visiting.itinerary(community, staff, asked.period), slow=True)
    if made is None:
        return PlainTextResponse(_("There is nothing with this number."), 404)
    _LOOKS.info("%s looked at the visits of worker %s in %s", viewer.name, staff, community)
    return Response(visit_list.page(made), media_type="text/html", headers=_LIST)


async def study(backend: Backend, request: Request, viewer: Viewer) -> Response:
    """Answer ``/export/study/{number}.{ending}``: an answer about hot spots as a file."""
    number, _dot, ending = request.path_params["name"].partition(".")
    if ending not in paperwork.STUDY_TYPES:
        return PlainTextResponse(_("There is nothing with this number."), 404)
    key = geojson.read_id(number)
    made = await backend.run(lambda: paperwork.study_file(key, viewer, ending), slow=True)
    if made is None:
        return PlainTextResponse(_("There is nothing with this number."), 404)
    return taken_away(made)


async def vendor(backend: Backend, request: Request, _viewer: Viewer) -> Response:
    """Answer ``/vendor/{package}/{file}``."""
    package, path = split_package(request.path_params["path"])
    served = backend.files.read(backend.assets_dir / package, path)
    return _file(request, served, _PACKAGES)


async def own_file(backend: Backend, request: Request, _viewer: Viewer) -> Response:
    """Answer ``/assets/{file}``."""
    return _file(request, backend.files.read(OWN_FILES, request.path_params["path"]), _REVALIDATE)


def _file(request: Request, served: Served | None, cache_control: str) -> Response:
    if served is None:
        return PlainTextResponse(_("There is no such file."), 404)
    headers = {"ETag": served.etag, "Cache-Control": cache_control, "Vary": "Accept-Encoding"}
    if _known(request, served.etag):
        return Response(status_code=304, headers=headers)
    if served.packed is not None and _takes_gzip(request):
        headers["Content-Encoding"] = "gzip"
        return Response(served.packed, media_type=served.media_type, headers=headers)
    return Response(served.plain, media_type=served.media_type, headers=headers)


async def healthz(_backend: Backend, _request: Request, _viewer: Viewer) -> Response:
    """Answer ``/healthz``: the process lives."""
    return JSONResponse({"ok": True})


async def readyz(backend: Backend, _request: Request, _viewer: Viewer) -> Response:
    """Answer ``/readyz``: the database answers and has this version's tables."""
    current = await backend.run(lambda: _has_tables(backend))
    return JSONResponse({"database": True, "migrated": current}, 200 if current else 503)


def _has_tables(backend: Backend) -> bool:
    with backend.engine.connect() as connection:
        return migrate.is_current(connection)


async def nothing_here(_backend: Backend, _request: Request, _viewer: Viewer) -> Response:
    """Answer an address below our prefixes that no route knows."""
    return PlainTextResponse(_("There is nothing at this address."), 404)
