"""Tiles: every zoom of a whole city, cold and cached, and throughput against ``tipg``.

Run on a database filled by ``python -m etl demo --scale city`` (see README.md beside this file)::

    python -m benchmarks.tiles

Cold is the first request of a tile by HTTP, through gate, statement and packing, with the database
warm; cached is the same request again. ``tipg`` serves the same building table from the same
database in its own virtual environment, made in a temporary folder when it is not installed; it is
asked for fewer columns than we send and, like us, answers packed.
"""

from __future__ import annotations

import argparse
import gzip
import http.client
import math
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import quote

import sqlalchemy as sa

from benchmarks._series import Series
from geo.store.engine import open_store

ZOOMS = range(19)
SOURCES = {
    "ground and buildings": "community,sub_district,grid,ground,building,unit",
    "points": "ticket,elderly,party_household,facility",
}
PERIODS = {"all time": "", "30 days": "from=2026-10-21&to=2026-11-21"}
PEER_ZOOMS = (14, 15, 16, 17)
CLIENTS = 8
PEER_COLUMNS = "id,compound,number,use,storeys,community_id"
PEER_PACKAGES = ("tipg", "uvicorn")

Box = tuple[float, float, float, float]
Place = tuple[int, int, int]


class Client:
    """One connection that stays open."""

    def __init__(self, port: int) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)

    def get(self, path: str) -> bytes:
        """Fetch a path, unpacked; anything but an answer ends the benchmark."""
        self._connection.request("GET", path, headers={"Accept-Encoding": "gzip"})
        reply = self._connection.getresponse()
        body = reply.read()
        if reply.status not in {200, 204}:
            sys.exit(f"{path}: {reply.status} {body[:300]!r}")
        return gzip.decompress(body) if reply.headers.get("Content-Encoding") == "gzip" else body

    def timed(self, path: str) -> float:
        """Fetch a path and return the milliseconds it took."""
        began = time.perf_counter()
        self.get(path)
        return (time.perf_counter() - began) * 1000


# ------------------------------------------------------------------------------------- the ground


def city(connection: sa.Connection) -> list[Box]:
    """Return the boxes of all communities, degrees."""
    rows = connection.execute(
        sa.text(
            "SELECT ST_XMin(geom), ST_YMin(geom), ST_XMax(geom), ST_YMax(geom) FROM division"
            " WHERE kind = 'community' AND geom IS NOT NULL"
        )
    )
    return [(float(w), float(s), float(e), float(n)) for w, s, e, n in rows]


def tiles_over(boxes: list[Box], zoom: int) -> list[Place]:
    """Return every tile that touches a community's box."""
    places = set()
    for west, south, east, north in boxes:
        for x in range(_column(west, zoom), _column(east, zoom) + 1):
            for y in range(_row(north, zoom), _row(south, zoom) + 1):
                places.add((zoom, x, y))
    return sorted(places)


def _column(lon: float, zoom: int) -> int:
    return int((lon + 180) / 360 * 2**zoom)


def _row(lat: float, zoom: int) -> int:
    return int((1 - math.asinh(math.tan(math.radians(lat))) / math.pi) / 2 * 2**zoom)


# ------------------------------------------------------------------------------------ the servers


def free_port() -> int:
    """Ask the system for a port nobody uses."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def serving(command: list[str], health: str, environment: dict[str, str]) -> Iterator[None]:
    """Run a server until the block ends; it is ready when `health` answers."""
    with subprocess.Popen(command, env=os.environ | environment) as server:
        try:
            wait_for(server, health)
            yield
        finally:
            server.send_signal(signal.SIGINT)
            with suppress(subprocess.TimeoutExpired):
                server.wait(15)
            server.kill()


def wait_for(server: subprocess.Popen[bytes], health: str) -> None:
    """Wait until a server answers."""
    for _attempt in range(600):
        if server.poll() is not None:
            sys.exit(f"The server ended with {server.returncode}.")
        with suppress(OSError, urllib.error.URLError), urllib.request.urlopen(health, timeout=5):  # noqa: S310 - our own address
            return
        time.sleep(0.1)
    sys.exit("The server did not answer within a minute.")


def peer_python(folder: Path) -> Path:
    """Return a Python that has the peer, installed into `folder` if need be."""
    python = folder / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
        subprocess.run([str(python), "-m", "pip", "install", "-q", *PEER_PACKAGES], check=True)
    return python


def peer_command(python: Path, port: int) -> list[str]:
    """Return how to start the peer: one process, as we are."""
    return [
        *(str(python), "-m", "uvicorn", "tipg.main:app", "--port", str(port)),
        *("--log-level", "warning", "--no-access-log"),
    ]


def peer_environment(url: sa.URL) -> dict[str, str]:
    """Return the peer's settings for the same database."""
    # Its settings want a host in its place, even where that is the folder of a socket.
    host = url.query.get("host", url.host)
    plain = url.set(drivername="postgresql", query={}, host="HOST")
    address = plain.render_as_string(hide_password=False).replace("HOST", quote(str(host), safe=""))
    return {
        "DATABASE_URL": address,
        "TIPG_DB_SCHEMAS": '["public"]',
        "TIPG_MAX_FEATURES_PER_TILE": "50000",
        "DB_MAX_CONN_SIZE": "4",
    }


# ------------------------------------------------------------------------------------ the measures


def latency(port: int, boxes: list[Box], sample: int, rng: random.Random) -> None:
    """Print p50 and p99 per zoom, source and period, cold and cached."""
    print("\n| zoom | tiles | source | period | cold p50 ms | cold p99 ms | cached p99 ms |")
    print("|---|---|---|---|---|---|---|")
    client = Client(port)
    for zoom in ZOOMS:
        places = tiles_over(boxes, zoom)
        chosen = rng.sample(places, min(sample, len(places)))
        for source, keys in SOURCES.items():
            for period, query in PERIODS.items():
                if query and source != "points":
                    continue
                paths = [f"/tiles/{keys}/{z}/{x}/{y}?{query}" for z, x, y in chosen]
                cold = Series([client.timed(path) for path in paths])
                cached = Series([client.timed(path) for path in paths])
                print(
                    f"| {zoom} | {len(chosen)} of {len(places)} | {source} | {period} |"
                    f" {cold.p50:.1f} | {cold.below(0.99):.1f} | {cached.below(0.99):.2f} |",
                    flush=True,
                )


def throughput(port: int, paths: list[str]) -> float:
    """Fetch all paths with `CLIENTS` clients; return requests a second."""
    waiting = iter(paths)
    lock = threading.Lock()

    def work() -> None:
        client = Client(port)
        while True:
            with lock:
                path = next(waiting, None)
            if path is None:
                return
            client.get(path)

    threads = [threading.Thread(target=work) for _client in range(CLIENTS)]
    began = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return len(paths) / (time.perf_counter() - began)


def race(ours: int, peer: int, boxes: list[Box], sample: int, rng: random.Random) -> None:
    """Print tiles a second of us and of the peer, taking turns, each tile once."""
    print("\n| zoom | tiles | tipg 1/s | ours cold 1/s | ratio | ours cached 1/s | ratio |")
    print("|---|---|---|---|---|---|---|")
    for zoom in PEER_ZOOMS:
        places = tiles_over(boxes, zoom)
        chosen = rng.sample(places, min(sample, len(places)))
        own = [f"/tiles/building/{z}/{x}/{y}?plan=1" for z, x, y in chosen]
        foreign = [
            f"/collections/public.building/tiles/WebMercatorQuad/{z}/{x}/{y}"
            f"?f=mvt&geom-column=geom&properties={PEER_COLUMNS}"
            for z, x, y in chosen
        ]
        theirs = throughput(peer, foreign)
        cold, cached = throughput(ours, own), throughput(ours, own)
        print(
            f"| {zoom} | {len(chosen)} | {theirs:.0f} | {cold:.0f} | {cold / theirs:.1f} |"
            f" {cached:.0f} | {cached / theirs:.1f} |",
            flush=True,
        )


def main() -> None:
    """Measure and print Markdown."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--sample", type=int, default=200, help="tiles per zoom")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--peer-venv", type=Path, default=None, help="reuse this folder for tipg")
    parser.add_argument("--no-latency", action="store_true", help="the race only")
    parser.add_argument("--no-peer", action="store_true", help="latency only")
    options = parser.parse_args()
    rng = random.Random(options.seed)  # noqa: S311 - a sample
    with open_store() as engine:
        with engine.connect() as connection:
            boxes = city(connection)
        if not boxes:
            sys.exit("The database has no communities: python -m etl demo --scale city")
        port = free_port()
        command = [sys.executable, "-m", "dashboard", "serve", "--port", str(port)]
        with serving(command, f"http://127.0.0.1:{port}/readyz", {}):
            if not options.no_latency:
                latency(port, boxes, options.sample, rng)
            if not options.no_peer:
                against_peer(engine.url, port, boxes, options, rng)


def against_peer(
    url: sa.URL, port: int, boxes: list[Box], options: argparse.Namespace, rng: random.Random
) -> None:
    """Start the peer beside us and race."""
    folder = options.peer_venv or Path(tempfile.mkdtemp(prefix="wangge-tipg-"))
    try:
        python, other = peer_python(folder), free_port()
        health = f"http://127.0.0.1:{other}/healthz"
        with serving(peer_command(python, other), health, peer_environment(url)):
            race(port, other, boxes, options.sample, rng)
    finally:
        if options.peer_venv is None:
            shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
