"""An answer in a process of its own: the question comes in on stdin, news go out on stdout.

Both are pickles between two programs of ours on one machine: ``(cases, question)`` in, then
``("share", 0…1)`` as often as there is something to tell, and ``("done", study)`` or ``("failed",
error)`` at the end. A caller who has lost interest ends the process.
"""

from __future__ import annotations

import os
import pickle
import sys
import time
from typing import Any, BinaryIO

from geo.errors import WanggeError
from geo.studies import answer

_EVERY_S = 0.2


def serve(source: BinaryIO, sink: BinaryIO) -> None:
    """Answer one question."""
    told_at = 0.0

    def tell(what: str, news: Any) -> None:
        pickle.dump((what, news), sink)
        sink.flush()

    def told(share: float) -> None:
        nonlocal told_at
        now = time.monotonic()
        if now - told_at >= _EVERY_S:
            told_at = now
            tell("share", share)

    cases, question = pickle.load(source)  # noqa: S301 - from our own parent process
    try:
        tell("done", answer(cases, question, told))
    except WanggeError as error:
        tell("failed", error)


if __name__ == "__main__":
    os.nice(10)  # On an old PC whoever looks at the map goes first.
    serve(sys.stdin.buffer, sys.stdout.buffer)
