"""Who is reading. Every read of the store takes a `Viewer`; nothing is read for nobody.

Today there is one viewer, the leader at this computer; sign-in comes with its own issue. The
fingerprint is part of every cache key, so that an answer made for one viewer never reaches another
with other rights.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cached_property

from geo.errors import N_, NotAllowedError
from geo.layers import PLANNERS, ROLES
from geo.words import _

_LOCAL = "local"

_CALLED = {
    _LOCAL: N_("Somebody at this computer"),
    "command": N_("The command line"),
    None: N_("Somebody"),
}
"""Names in the log that are nobody's."""


@dataclass(frozen=True)
class Viewer:
    """A person (or screen) with rights.

    Attributes
    ----------
    name
        Who, for logs; not part of the rights.
    role
        A key of `geo.layers.ROLES`.
    divisions
        Ids of the divisions whose data may be seen (communities, and streets for what belongs to
        a street alone); None for all.
    """

    name: str
    role: str
    divisions: frozenset[int] | None = None

    def __post_init__(self) -> None:
        if self.role not in ROLES:
            raise NotAllowedError(N_("There is no role “{role}”."), role=self.role)

    @cached_property
    def fingerprint(self) -> str:
        """Sixteen hexadecimal digits that are equal exactly when the rights are."""
        rights = "*" if self.divisions is None else ",".join(map(str, sorted(self.divisions)))
        return hashlib.blake2b(f"{self.role}|{rights}".encode(), digest_size=8).hexdigest()

    def may_see(self, division_id: int) -> bool:
        """Tell whether a division is among the viewer's."""
        return self.divisions is None or division_id in self.divisions


def require_planner(viewer: Viewer, community_id: int) -> None:
    """See that a viewer may change the plans of a community.

    Raises
    ------
    NotAllowedError
        If not.
    """
    if viewer.role not in PLANNERS or not viewer.may_see(community_id):
        raise NotAllowedError(N_("You may not change the grids of this community."))


def local_leader() -> Viewer:
    """Return today's only viewer: the street leader at this computer."""
    return Viewer(_LOCAL, "leader")


def signature_of(viewer: Viewer) -> str:
    """Return the name that stands on papers; empty for nobody in particular."""
    return "" if viewer.name in _CALLED else viewer.name


def known_as(name: str | None) -> str:
    """Return what a sentence calls whoever the log names."""
    return _(_CALLED[name]) if name in _CALLED else str(name)
