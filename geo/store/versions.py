"""Data versions: a short token per set of tables that changes whenever one of them does.

Triggers append a row to ``data_change`` at every changing statement, see its definition.
"""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Callable, Iterable, Mapping

import sqlalchemy as sa

from geo.store.tables import data_change

DRAFT = "draft"
"""The subject of changes that touch drafts only: nothing that is in force grows stale by them."""

_COUNTED = (
    sa.select(
        data_change.c.subject,
        sa.func.count(),
        sa.func.max(data_change.c.id),
        sa.func.max(data_change.c.at),
    )
    .group_by(data_change.c.subject)
    .order_by(data_change.c.subject)
)


def read_versions(connection: sa.Connection) -> dict[str, str]:
    """Return the version of every table that ever changed, as ``count.last.microseconds``.

    The instant tells apart what the numbers cannot: a database emptied and filled again counts
    from one, and what a browser kept of the first filling must not pass for the second.
    """
    found = connection.execute(_COUNTED)
    return {
        subject: f"{count}.{last}.{at.timestamp() * 1e6:.0f}" for subject, count, last, at in found
    }


def token(versions: Mapping[str, str], subjects: Iterable[str] | None = None) -> str:
    """Condense versions (of some tables, or of all that is in force) to sixteen hex digits."""
    names = sorted(versions.keys() - {DRAFT}) if subjects is None else sorted(subjects)
    text = "|".join(f"{name}={versions.get(name, '')}" for name in names)
    return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()


def data_version(connection: sa.Connection) -> str:
    """Return the token of everything kept, read now."""
    return token(read_versions(connection))


class Versions:
    """Data versions, read from the database at most once per interval.

    Parameters
    ----------
    engine
        Where to read.
    interval_s
        Seconds an answer is believed; a change is seen at the latest that much later.
    clock
        Seconds that never go back; tests bring their own.
    """

    def __init__(
        self,
        engine: sa.Engine,
        interval_s: float = 1.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._engine = engine
        self._interval_s = interval_s
        self._clock = clock
        self._lock = threading.Lock()
        self._read_at = -float("inf")
        self._known: dict[str, str] = {}

    def fresh(self) -> bool:
        """Tell whether the known versions may still be believed (no database needed)."""
        return self._clock() - self._read_at < self._interval_s

    def of(self, subjects: Iterable[str] | None = None) -> str:
        """Return the token of some tables, or of everything."""
        return token(self._current(), subjects)

    def last(self) -> str:
        """Return the token of everything as read last; never asks the database."""
        return token(self._known)

    def _current(self) -> dict[str, str]:
        with self._lock:
            if not self.fresh():
                asked_at = self._clock()
                with self._engine.connect() as connection:
                    self._known = read_versions(connection)
                self._read_at = asked_at
            return self._known
