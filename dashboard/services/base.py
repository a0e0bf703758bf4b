"""Who is looking, at which version of the data, through which connection.

A kept answer carries the data version and the viewer's permission fingerprint in its key.
`st.cache_data` leaves arguments whose names begin with ``_`` out of the key, so a viewer is never
passed alone that way.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError, TimeoutError  # noqa: A004 - SQLAlchemy's own

from geo.errors import N_, StoreUnreachableError
from geo.store import queries
from geo.store.access import Viewer, local_leader
from geo.store.engine import engine


@contextmanager
def reading() -> Iterator[Connection]:
    """Give a connection for the length of a ``with`` block.

    Raises
    ------
    geo.errors.StoreError
        When the database does not answer.
    """
    try:
        with engine().connect() as connection:
            yield connection
    except (DBAPIError, TimeoutError) as error:
        raise StoreUnreachableError(
            N_("The database did not answer in time. Wait a moment and try again.")
        ) from error


@contextmanager
def writing() -> Iterator[Connection]:
    """Give a connection in a transaction that is committed at the end of a ``with`` block.

    Raises
    ------
    geo.errors.StoreError
        When the database does not answer; nothing was written then.
    """
    try:
        with engine().begin() as connection:
            yield connection
    except (DBAPIError, TimeoutError) as error:
        raise StoreUnreachableError(
            N_("The database did not answer in time. Nothing was changed; try again.")
        ) from error


def viewer() -> Viewer:
    """Return who is looking: today the leader at this machine."""
    return local_leader()


@dataclass(frozen=True)
class Edition:
    """One state of the data as one viewer may see it: the key of every kept answer."""

    version: str
    fingerprint: str


def edition() -> Edition:
    """Ask which state the data is in now."""
    with reading() as connection:
        return Edition(queries.data_version(connection), viewer().fingerprint)
