"""A series in a process of its own: the question comes in on stdin, news go out on stdout.

As `geo.studies.__main__`: a pickled `Series` in; ``("share", 0…1)`` as often as there is something
to tell, then ``("done", Filled)`` or ``("failed", error)`` out. What it took of memory is given
back to the machine when it ends, and so is a processor to those who look at the map.
"""

from __future__ import annotations

import logging
import os
import pickle
import sys
from typing import Any, BinaryIO

from dashboard.briefing.series import fill
from geo.errors import WanggeError
from geo.store.engine import close_engine


def serve(source: BinaryIO, sink: BinaryIO) -> None:
    """Make one series."""

    def tell(what: str, news: Any) -> None:
        pickle.dump((what, news), sink)
        sink.flush()

    series = pickle.load(source)  # noqa: S301 - from our own parent process
    try:
        tell("done", fill(series, lambda share: tell("share", share)))
    except WanggeError as error:
        tell("failed", error)
    finally:
        close_engine()


if __name__ == "__main__":
    os.nice(10)  # On an old PC whoever looks at the map goes first.
    logging.disable(logging.WARNING)  # Outside its server, Streamlit warns of what it keeps.
    serve(sys.stdin.buffer, sys.stdout.buffer)
