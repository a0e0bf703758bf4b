"""SQL kept as files beside this module: one home for statements too long for an expression.

A file is one statement with ``:named`` bound values; its first comment says what it answers.
Identifiers never come from a request, so nothing is ever pasted into these texts.
"""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files

_COMMENT = re.compile(r"--[^\n]*")


@cache
def read(name: str) -> str:
    """Read the statement ``name`` (a path below this package, without ``.sql``), comments removed.

    Raises
    ------
    FileNotFoundError
        If there is no such file: a programming mistake, never a request's.
    """
    text = (files("geo.store.sql") / f"{name}.sql").read_text(encoding="utf-8")
    return _COMMENT.sub("", text).strip().removesuffix(";").rstrip()
