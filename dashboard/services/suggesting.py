"""Suggestions run in a process of their own: they take seconds, and can be stopped.

The page asks now and then how far it is; a process that is stopped leaves nothing behind.
"""

from __future__ import annotations

import multiprocessing
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from typing import Any

from geo.atoms import Atoms
from geo.errors import WanggeError
from geo.partition import Suggestion, Wish, suggest

_PROCESSES = multiprocessing.get_context("spawn")
_GRACE_S = 2.0


def _work(sender: Connection, atoms: Atoms, wish: Wish, beside: dict[str, Any]) -> None:
    def told(share: float) -> bool:
        sender.send(("share", share))
        return True

    try:
        sender.send(("done", suggest(atoms, wish, progress=told, **beside)))
    except WanggeError as error:
        sender.send(("failed", error))


@dataclass
class Job:
    """A suggestion being made.

    Attributes
    ----------
    share
        How much is done, 0 to 1.
    result
        None until it is done.
    error
        Why there is none.
    """

    wish: Wish
    share: float = 0.0
    result: Suggestion | None = None
    error: Exception | None = None
    _process: SpawnProcess | None = field(default=None, repr=False)
    _receiver: Connection | None = field(default=None, repr=False)

    @classmethod
    def begin(cls, atoms: Atoms, wish: Wish, **beside: Any) -> Job:
        """Start one; ``today`` and ``locked`` as `geo.partition.suggest`."""
        receiver, sender = _PROCESSES.Pipe(duplex=False)
        process = _PROCESSES.Process(
            target=_work, args=(sender, atoms, wish, beside), daemon=True, name="suggestion"
        )
        process.start()
        sender.close()
        return cls(wish, _process=process, _receiver=receiver)

    @property
    def running(self) -> bool:
        """Look how far it is; tell whether there is more to wait for."""
        receiver = self._receiver
        try:
            while receiver is not None and receiver.poll():
                self._take(*receiver.recv())
                receiver = self._receiver
        except EOFError:
            self.error = self.error or RuntimeError("the suggestion ended without an answer")
            self.stop()
        return self._receiver is not None

    def _take(self, what: str, told: Any) -> None:
        if what == "share":
            self.share = float(told)
        elif what == "done":
            self.result, self.share = told, 1.0
            self.stop()
        else:
            self.error = told
            self.stop()

    def stop(self) -> None:
        """Stop the process."""
        if self._process is not None:
            self._process.terminate()
            self._process.join(_GRACE_S)
        if self._receiver is not None:
            self._receiver.close()
        self._process = self._receiver = None
