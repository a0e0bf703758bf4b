"""What the parts share: loading their resources and reporting what was picked."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from importlib.resources import files
from typing import Any

import streamlit as st

_HTML = "<div class='part'></div>"


def _resource(name: str) -> str:
    return (files("dashboard.parts") / name).read_text(encoding="utf-8")


@cache
def component(name: str) -> Callable[..., Any]:
    """Register the part ``name.js`` with ``name.css`` and return how to mount it."""
    css = _resource("base.css") + _resource(f"{name}.css")
    # Behind the part's own: a module declares functions wherever they stand.
    js = _resource(f"{name}.js") + _resource("base.js")
    return st.components.v2.component(f"wangge_{name}", html=_HTML, css=css, js=js)


def mount(name: str, data: Any, key: str, on_pick: Callable[[str], None] | None = None) -> None:
    """Draw a part.

    Parameters
    ----------
    name
        The part's resource name.
    data
        What it draws; anything JSON can say.
    key
        Unique on the page.
    on_pick
        Called before the rerun with the identifier that was picked.
    """

    def report() -> None:
        picked = getattr(st.session_state.get(key), "pick", None)
        if on_pick is not None and picked is not None:
            on_pick(str(picked))

    component(name)(key=key, data=data, on_pick_change=report)
