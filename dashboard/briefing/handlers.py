"""The door of the briefings on the server: ``/export/brief/{kind}.{ending}?…``.

The query is the page's own, so that whoever sees a page can take it along; ``frame`` names the
size. ``z``, ``c`` and ``s`` say where its map looks.
"""

from __future__ import annotations

from datetime import UTC, datetime

from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response

from dashboard import answers, state
from dashboard.backend import Backend
from dashboard.briefing.look import with_look
from dashboard.briefing.making import MEDIA_TYPES, Wish, make
from dashboard.briefing.page import Made
from dashboard.briefing.parcels import parcels
from geo.store.access import Viewer
from geo.words import _


async def brief(backend: Backend, request: Request, viewer: Viewer) -> Response:
    """Answer ``/export/brief/{name}``."""
    kind, _dot, ending = request.path_params["name"].partition(".")
    asked = dict(request.query_params)
    wish = Wish(kind, with_look(state.parse(asked), asked), asked.get("frame", ""), ending)
    made = Made(datetime.now(UTC), viewer.name)
    return answers.taken_away(await backend.run(lambda: make(wish, made), slow=True))


async def series(_backend: Backend, request: Request, viewer: Viewer) -> Response:
    """Answer ``/export/series/{key}``: a zip that a page had made, for whom it was made."""
    found = parcels().fetch(request.path_params["key"], viewer.name)
    if found is None:
        return PlainTextResponse(_("This file is not kept any more. Make it again."), 404)
    return FileResponse(
        found.path,
        media_type=MEDIA_TYPES["zip"],
        filename=found.name,
        headers={"Cache-Control": "no-store"},
    )
