"""What takes seconds runs in a process of its own, and can be stopped.

The page looks now and then how far it is; a process that is stopped leaves nothing behind.
"""

from __future__ import annotations

import pickle
import subprocess
import sys
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

T = TypeVar("T")

_GRACE_S = 2.0


@dataclass
class Job(Generic[T]):
    """An answer being made.

    Attributes
    ----------
    share
        How much is done, 0 to 1.
    result
        None until it is done.
    error
        Why there is none.
    running
        Whether there is more to wait for.
    """

    share: float = 0.0
    result: T | None = None
    error: Exception | None = None
    running: bool = True
    _process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    @classmethod
    def begin(cls, program: str, question: Any) -> Job[T]:
        """Start one.

        Parameters
        ----------
        program
            A package whose ``__main__`` reads the pickled question from stdin and writes pickled
            news to stdout: ``("share", 0…1)``, then ``("done", result)`` or ``("failed", error)``.
        """
        process = subprocess.Popen(  # noqa: S603 - ourselves
            (sys.executable, "-m", program), stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        job = cls(_process=process)
        asked = pickle.dumps(question)
        threading.Thread(target=job._listen, args=(asked,), daemon=True).start()
        return job

    def _listen(self, question: bytes) -> None:
        process = self._process
        assert process is not None and process.stdin and process.stdout  # noqa: S101, PT018 - piped
        try:
            with process.stdin as into:
                into.write(question)
            while self.running:
                self._take(*pickle.load(process.stdout))  # noqa: S301 - our own child process
        except (EOFError, OSError, pickle.UnpicklingError) as error:
            self.error = self.error or error
        finally:
            self.stop()
            process.stdout.close()

    def _take(self, what: str, news: Any) -> None:
        if what == "share":
            self.share = float(news)
            return
        if what == "done":
            self.result = news
        else:
            self.error = news
        self.running = False

    def stop(self) -> None:
        """Stop the process, if it still runs."""
        self.running = False
        if self._process is not None:
            self._process.terminate()
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(_GRACE_S)
