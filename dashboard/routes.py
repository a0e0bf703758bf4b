"""One table of our routes: path, handler, and who may use it.

Every request of ours passes `_guarded`, which knows the viewer, the language and how an error
becomes an answer. Nothing about the viewer is read from headers.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from dashboard import answers
from dashboard.backend import Backend
from dashboard.briefing import handlers as briefings
from geo import words
from geo.errors import (
    InputError,
    NotAllowedError,
    PlanError,
    RequestError,
    StoreError,
    WanggeError,
)
from geo.layers import EVERYBODY, PEOPLE_READERS, PLANNERS
from geo.store.access import Viewer, local_leader
from geo.words import _

Handler = Callable[[Backend, Request, Viewer], Awaitable[Response]]
BackendOf = Callable[[], Backend]

_LOG = logging.getLogger("wangge.routes")


@dataclass(frozen=True)
class Declared:
    """A route of ours and the roles that may use it."""

    path: str
    handler: Handler
    roles: frozenset[str]


ROUTES = (
    Declared("/tiles/{layers}/{z}/{x}/{y}", answers.tile, EVERYBODY),
    Declared("/api/grids/{id}", answers.grids, EVERYBODY),
    Declared("/api/community/{id}", answers.community, EVERYBODY),
    Declared("/api/draft/{id}/atoms", answers.draft_atoms, PLANNERS),
    Declared("/export/plan/{id}/registration.xlsx", answers.registration, PLANNERS),
    Declared("/export/plan/{id}/drawings.pdf", answers.drawings, PLANNERS),
    Declared("/export/visits/{community}/{staff}", answers.visits, PEOPLE_READERS),
    Declared("/export/study/{name}", answers.study, EVERYBODY),
    Declared("/export/brief/{name}", briefings.brief, EVERYBODY),
    Declared("/export/series/{key}", briefings.series, EVERYBODY),
    Declared("/export/{rest:path}", answers.nothing_here, EVERYBODY),
    Declared("/vendor/{path:path}", answers.vendor, EVERYBODY),
    Declared("/assets/{path:path}", answers.own_file, EVERYBODY),
    Declared("/healthz", answers.healthz, EVERYBODY),
    Declared("/readyz", answers.readyz, EVERYBODY),
    Declared("/tiles/{rest:path}", answers.nothing_here, EVERYBODY),
    Declared("/api/{rest:path}", answers.nothing_here, EVERYBODY),
)
"""The layers of a tile have roles of their own, see `geo.layers`."""

STATUS: tuple[tuple[type[WanggeError], int], ...] = (
    (RequestError, 400),
    (InputError, 400),
    (NotAllowedError, 403),
    (PlanError, 409),
    (StoreError, 503),
    (WanggeError, 500),
)
"""From the kind of error to the status; the first that fits."""


def build(backend: BackendOf) -> list[Route]:
    """Make the Starlette routes; `backend` gives the running server's parts."""
    return [
        Route(entry.path, _guarded(entry, backend), methods=["GET"], name=f"wangge {entry.path}")
        for entry in ROUTES
    ]


def _guarded(entry: Declared, backend: BackendOf) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        words.speak(language_of(request))
        viewer = local_leader()
        if viewer.role not in entry.roles:
            return PlainTextResponse(_("You may not see this."), 403)
        try:
            return await entry.handler(backend(), request, viewer)
        except WanggeError as error:
            return refusal(error)
        except Exception:  # noqa: BLE001 - the last door: a number for the user, the rest logged
            return _crash(request)

    return endpoint


def refusal(error: WanggeError) -> Response:
    """Turn an error of ours into an answer: its sentence, in the reader's language."""
    status = next(code for kind, code in STATUS if isinstance(error, kind))
    headers = {"Cache-Control": "no-store", "Vary": "Accept-Language"}
    return PlainTextResponse(words.explain(error), status, headers=headers)


def _crash(request: Request) -> Response:
    number = secrets.token_hex(3).upper()
    _LOG.exception("error %s at %s", number, request.url.path)
    sentence = _("This request failed; nothing was changed. Number {number}.", number=number)
    return PlainTextResponse(sentence, 500, headers={"Cache-Control": "no-store"})


def language_of(request: Request) -> str:
    """Choose the language: ``lang=`` in the address, else what the browser prefers."""
    named = request.query_params.get("lang", "")
    if named in words.LANGUAGES:
        return named
    for item in request.headers.get("accept-language", "").split(","):
        language = item.split(";")[0].strip().lower().split("-")[0]
        if language in words.LANGUAGES:
            return language
    return words.DEFAULT_LANGUAGE
