"""Headings, one look for every page."""

from __future__ import annotations

import streamlit as st


def title(text: str, level: int = 3) -> None:
    """Draw a page's or part's title."""
    st.markdown(f"{'#' * level} {text}", width="stretch")


def section(text: str, hint: str = "") -> None:
    """Draw the heading of a section of the panel, with a hint beside it."""
    beside = f"　:gray[{hint}]" if hint else ""
    st.markdown(f"**{text}**{beside}")


def quiet(text: str) -> None:
    """Draw a line of secondary text."""
    if text:
        st.markdown(f":gray[{text}]")
