"""Everything that can go wrong and be told to a person, on one page.

Each error carries a *message id* (English) and its parameters, so whoever shows it can say it in
the reader's language; ``str(error)`` is the English sentence.

::

    WanggeError
    ├── SettingError            a setting is unknown or makes no sense
    ├── StoreError              the database
    │   ├── StoreMissingError       PostgreSQL or PostGIS is not installed
    │   ├── StoreVersionError       the server, PostGIS or the data directory is too old or too new
    │   ├── StoreUnreachableError   the server does not answer
    │   └── StoreFullError          the disk is full
    ├── PortTakenError          another program listens where we should
    ├── GeometryError           geometry an analysis cannot work on
    │   └── CrsError                coordinates without, or with an impossible, reference system
    ├── InputError              a file or a row somebody gave us
    │   ├── FileError               the file as a whole cannot be read
    │   └── RowError                one row, with row number, column, value and reason
    ├── PlanError               a plan cannot be changed that way
    │   ├── ConflictError           somebody else changed the same buildings meanwhile
    │   └── UnmetError              checks are not met and nobody signed for them
    ├── RequestError            a question no layer can answer (bad tile address, unknown filter)
    └── NotAllowedError         this viewer may not see that
"""

from __future__ import annotations


def N_(message_id: str) -> str:  # noqa: N802 - the gettext convention for "mark, do not translate"
    """Mark `message_id` for the catalogue without translating it here."""
    return message_id


class WanggeError(Exception):
    """A sentence for a person: what happened and what to do.

    Parameters
    ----------
    message_id
        English sentence with ``{name}`` places; the key of the translation catalogue.
    **params
        Values for the places.
    """

    def __init__(self, message_id: str, **params: object) -> None:
        super().__init__(message_id)
        self.message_id = message_id
        self.params = params

    def __str__(self) -> str:
        return self.message_id.format(**self.params)


class SettingError(WanggeError):
    """A setting is unknown or makes no sense."""


class StoreError(WanggeError):
    """The database."""


class StoreMissingError(StoreError):
    """PostgreSQL or PostGIS is not installed."""


class StoreVersionError(StoreError):
    """The server, PostGIS or the data directory has the wrong version."""


class StoreUnreachableError(StoreError):
    """The server does not answer."""


class StoreFullError(StoreError):
    """The disk is full."""


class PortTakenError(WanggeError):
    """Another program listens on the address we were asked to serve."""


class GeometryError(WanggeError):
    """Geometry an analysis cannot work on."""


class CrsError(GeometryError):
    """Coordinates without, or with an impossible, reference system."""


class InputError(WanggeError):
    """A file or a row somebody gave us."""


class FileError(InputError):
    """The file as a whole cannot be read."""


class RowError(InputError):
    """One row of a file.

    Attributes
    ----------
    row, column, value
        Where (1 is the first data row), and what stood there.
    """

    def __init__(
        self, message_id: str, *, row: int, column: str = "", value: object = "", **params: object
    ) -> None:
        super().__init__(message_id, row=row, column=column, value=value, **params)
        self.row = row
        self.column = column
        self.value = value


class PlanError(WanggeError):
    """A plan cannot be changed that way."""


class ConflictError(PlanError):
    """Somebody else changed the same buildings meanwhile; nothing was written.

    Attributes
    ----------
    buildings
        Ids of the buildings that are no longer where the editor saw them.
    """

    def __init__(self, message_id: str, *, buildings: tuple[int, ...], **params: object) -> None:
        super().__init__(message_id, count=len(buildings), **params)
        self.buildings = buildings


class UnmetError(PlanError):
    """Checks are not met and nobody signed for them."""


class RequestError(WanggeError):
    """A question no layer can answer."""


class NotAllowedError(WanggeError):
    """The viewer may not see that."""
