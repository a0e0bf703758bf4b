"""The one middleware before everything: whose name was called, what stays closed, safe headers.

Pure ASGI, so that websockets pass it too. A page of somebody else can make a browser call us by a
name of its own (DNS rebinding); only names that are ours are answered.
"""

from __future__ import annotations

import ipaddress
import socket
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

LOCAL_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})
CLOSED = ("/_stcore/metrics", "/_stcore/agent", "/auth", "/oauth2callback")
"""Streamlit's own doors we do not use: measurements, the agent interface, its sign-in."""

HEADERS = {
    b"x-content-type-options": b"nosniff",
    b"referrer-policy": b"same-origin",
    b"content-security-policy": b"frame-ancestors 'self'",
    b"x-frame-options": b"SAMEORIGIN",
    b"cross-origin-opener-policy": b"same-origin",
    b"permissions-policy": b"camera=(), microphone=(), geolocation=(), payment=()",
}


@dataclass(frozen=True)
class Names:
    """The host names we answer to.

    Attributes
    ----------
    listed
        Names and addresses, lower case.
    any_address
        Whether every plain IP address is ours: true when listening on all of them. A rebound
        name is never a plain address.
    """

    listed: frozenset[str]
    any_address: bool = False

    @classmethod
    def of(cls, host: str) -> Names:
        """Return the names for a listening address."""
        everywhere = host in {"0.0.0.0", "::", ""}  # noqa: S104 - recognised, not chosen
        own = (
            {socket.gethostname().lower(), socket.getfqdn().lower()}
            if everywhere
            else {host.lower()}
        )
        return cls(LOCAL_NAMES | own, everywhere)

    def include(self, header: str) -> bool:
        """Tell whether a Host header names us."""
        name = _host(header)
        return name in self.listed or (self.any_address and _is_address(name))


def _host(header: str) -> str:
    """Return the name in a Host header, without port and brackets."""
    text = header.strip().lower()
    if text.startswith("["):
        return text[1:].partition("]")[0]
    name, _colon, port = text.rpartition(":")
    return name if name and port.isdigit() else text


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


@dataclass(frozen=True)
class Gate:
    """ASGI middleware."""

    app: ASGIApp
    names: Names = field(default_factory=lambda: Names(LOCAL_NAMES))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse foreign names and closed doors; add the headers to what goes out."""
        if scope["type"] not in {"http", "websocket"}:
            await self.app(scope, receive, send)
            return
        refusal = self._refusal(scope)
        if refusal is None:
            await self.app(scope, receive, _with_headers(send))
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 4403})
        else:
            await refusal(scope, receive, _with_headers(send))

    def _refusal(self, scope: Scope) -> PlainTextResponse | None:
        hosts = [value for name, value in scope["headers"] if name == b"host"]
        if len(hosts) != 1 or not self.names.include(hosts[0].decode("latin-1")):
            return PlainTextResponse("This server does not go by that name.", 421)
        if scope["type"] == "websocket" and _foreign(scope, hosts[0]):
            return PlainTextResponse("Only pages of this server may connect.", 403)
        path = scope["path"].rstrip("/")
        if any(path == door or path.startswith(door + "/") for door in CLOSED):
            return PlainTextResponse("Not here.", 404)
        return None


def _foreign(scope: Scope, host: bytes) -> bool:
    """Tell whether a page of another server opens a socket; browsers always say whose it is.

    Streamlit would look up its own public address before it refuses, which asks the internet.
    """
    origins = [value for name, value in scope["headers"] if name == b"origin"]
    return any(urlsplit(origin.lower()).netloc != host.lower() for origin in origins)


def _with_headers(send: Send) -> Send:
    async def sender(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = list(message.get("headers", []))
            present = {name.lower() for name, _value in headers}
            headers += [(name, value) for name, value in HEADERS.items() if name not in present]
            message = {**message, "headers": headers}
        await send(message)

    return sender
