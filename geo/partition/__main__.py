"""A suggestion in a process of its own: the question comes in on stdin, news go out on stdout.

Both are pickles between two programs of ours on one machine: ``(atoms, wishes, beside)`` in, then
``("share", 0…1)`` as often as there is something to tell, and ``("done", suggestion)`` or
``("failed", error)`` at the end. A caller who has lost interest ends the process.
"""

from __future__ import annotations

import os
import pickle
import sys
from typing import Any, BinaryIO

from geo.errors import WanggeError
from geo.partition import Wish, suggest


def serve(source: BinaryIO, sink: BinaryIO) -> None:
    """Answer one question."""

    def tell(what: str, news: Any) -> None:
        pickle.dump((what, news), sink)
        sink.flush()

    def told(share: float) -> bool:
        tell("share", share)
        return True

    atoms, wishes, beside = pickle.load(source)  # noqa: S301 - from our own parent process
    try:
        tell("done", suggest(atoms, Wish(**wishes), progress=told, **beside))
    except WanggeError as error:
        tell("failed", error)


if __name__ == "__main__":
    os.nice(10)  # On an old PC whoever looks at the map goes first.
    serve(sys.stdin.buffer, sys.stdout.buffer)
