"""What the tests of pages and briefings begin with."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
import streamlit as st

from geo import words


@pytest.fixture
def nothing_kept() -> Iterator[None]:
    """Begin and end without kept answers, speaking Chinese."""
    st.cache_data.clear()
    words.speak("zh")
    yield
    st.cache_data.clear()
    words.speak("zh")


@pytest.fixture
def demo(use_store: Callable[[str], None], demo_url: str) -> None:
    """Look at the demo's data."""
    use_store(demo_url)
