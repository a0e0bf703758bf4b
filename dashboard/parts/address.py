"""Keeps the map's view in the page's address when the page changes another key of it."""

from __future__ import annotations

from dashboard.parts.base import mount


def keep_map_view() -> None:
    """Draw the part, which shows nothing."""
    mount("address", {}, "address")
