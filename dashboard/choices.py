"""Widgets whose value is the page's URL: they show what it says and write what is chosen."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import streamlit as st

from dashboard import state
from geo.words import _


def translated(words: Mapping[str, str]) -> dict[str, str]:
    """Return a registry's keys with their labels in the page's language."""
    return {key: _(label) for key, label in words.items()}


def _bound(field: str, value: object) -> str:
    """Let a widget show what the URL says, whatever it showed before; return its key."""
    key = f"choice_{field}"
    st.session_state[key] = value
    return key


def _writer(field: str, **also: Any) -> Callable[[], None]:
    """Return a callback that writes a widget's one value to the URL."""

    def write() -> None:
        state.put(**also, **{field: st.session_state[f"choice_{field}"]})

    return write


def _list_writer(field: str, options: Mapping[str, str]) -> Callable[[], None]:
    """Return a callback that writes a widget's several values, in the registry's order."""

    def write() -> None:
        chosen = st.session_state[f"choice_{field}"]
        state.put(**{field: tuple(key for key in options if key in chosen)})

    return write


def select(
    field: str,
    label: str,
    options: Mapping[str, str],
    value: str,
    *,
    label_visible: bool = False,
    **also: Any,
) -> None:
    """Draw a list to choose one from.

    Parameters
    ----------
    field
        The field of `dashboard.state.PageState`.
    options
        Value to label.
    **also
        Further fields to write with it.
    """
    st.selectbox(
        label,
        list(options),
        format_func=options.__getitem__,
        key=_bound(field, value if value in options else next(iter(options))),
        on_change=_writer(field, **also),
        label_visibility="visible" if label_visible else "collapsed",
    )


def maybe(
    field: str, label: str, options: Mapping[str, str], value: str | None, *, empty: str
) -> None:
    """Draw a list to choose one from or none; `empty` says what to do where none is chosen."""
    st.selectbox(
        label,
        list(options),
        index=None,
        format_func=options.__getitem__,
        key=_bound(field, value if value in options else None),
        on_change=_writer(field),
        placeholder=empty,
        label_visibility="collapsed",
    )


def segments(
    field: str,
    label: str,
    options: Mapping[str, str],
    value: str,
    *,
    label_visible: bool = True,
) -> None:
    """Draw a few alternatives side by side."""
    st.segmented_control(
        label,
        list(options),
        format_func=options.__getitem__,
        key=_bound(field, value),
        on_change=_writer(field),
        required=True,
        label_visibility="visible" if label_visible else "collapsed",
    )


def pills(field: str, label: str, options: Mapping[str, str], value: tuple[str, ...]) -> None:
    """Draw switches; any of them can be on."""
    st.pills(
        label,
        list(options),
        selection_mode="multi",
        format_func=options.__getitem__,
        key=_bound(field, [key for key in value if key in options]),
        on_change=_list_writer(field, options),
    )


def several(
    field: str, label: str, options: Mapping[str, str], value: tuple[str, ...], *, empty: str
) -> None:
    """Draw a long list to choose some from; `empty` says what choosing none means."""
    st.multiselect(
        label,
        list(options),
        format_func=options.__getitem__,
        key=_bound(field, [key for key in value if key in options]),
        on_change=_list_writer(field, options),
        placeholder=empty,
    )
