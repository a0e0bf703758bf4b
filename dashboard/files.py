"""Files served to the browser: front-end packages and our own, packed once and kept.

Nothing outside the named folders is ever opened, whatever the address says.
"""

from __future__ import annotations

import gzip
import threading
from collections import OrderedDict
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path

from geo.errors import N_, RequestError

PACKAGES = frozenset(
    {
        "leaflet",
        "leaflet-draw",
        "protomaps-leaflet",
        "@fontsource-variable/noto-sans-sc",
        "@mapbox/maki",
        "@rapideditor/temaki",
    }
)
"""The npm packages the browser may read."""

MEDIA_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".geojson": "application/geo+json",
    ".gif": "image/gif",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".map": "application/json",
    ".mjs": "text/javascript; charset=utf-8",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".woff": "font/woff",
    ".woff2": "font/woff2",
}
"""The kinds of file served; any other does not exist."""

_PACKED_ALREADY = frozenset({".gif", ".png", ".woff", ".woff2"})
_KEPT_BYTES = 48 * 1024 * 1024


@dataclass(frozen=True)
class Served:
    """A file as sent: entity tag, media type, bytes, and the same packed where that helps."""

    etag: str
    media_type: str
    plain: bytes
    packed: bytes | None


def split_package(path: str) -> tuple[str, str]:
    """Split ``package/file`` or ``@scope/package/file``.

    Raises
    ------
    RequestError
        If the package is not one the browser may read.
    """
    parts = path.split("/")
    length = 2 if path.startswith("@") else 1
    package = "/".join(parts[:length])
    if package not in PACKAGES:
        raise RequestError(N_("There is no front-end package “{name}” here."), name=package[:60])
    return package, "/".join(parts[length:])


class Files:
    """Reads files below given folders and keeps the recent ones in memory."""

    def __init__(self, keep_bytes: int = _KEPT_BYTES) -> None:
        self._limit = keep_bytes
        self._bytes = 0
        self._kept: OrderedDict[tuple[Path, int, int], Served] = OrderedDict()
        self._lock = threading.Lock()

    def read(self, folder: Path, path: str) -> Served | None:
        """Return the file ``path`` below `folder`; None where there is none to be served."""
        root = folder.resolve()
        try:
            target = (root / path).resolve()
            if not target.is_relative_to(root) or target.suffix not in MEDIA_TYPES:
                return None
            found = target.stat()
        except (OSError, ValueError):
            return None
        key = (target, found.st_mtime_ns, found.st_size)
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
        return self._load(key) if target.is_file() else None

    def _load(self, key: tuple[Path, int, int]) -> Served:
        target = key[0]
        plain = target.read_bytes()
        packed = None if target.suffix in _PACKED_ALREADY else gzip.compress(plain, mtime=0)
        tag = blake2b(plain, digest_size=12).hexdigest()
        served = Served(f'W/"{tag}"', MEDIA_TYPES[target.suffix], plain, packed)
        with self._lock:
            self._kept[key] = served
            self._bytes += _weight(served)
            while self._bytes > self._limit and self._kept:
                self._bytes -= _weight(self._kept.popitem(last=False)[1])
        return served


def _weight(served: Served) -> int:
    return len(served.plain) + len(served.packed or b"")
