"""The share button: copies the link that reproduces this page."""

from __future__ import annotations

from dashboard.parts.base import mount
from geo.words import _


def share() -> None:
    """Draw the button."""
    data = {
        "label": _("Share"),
        "help": _("Copy a link to exactly this view"),
        "done": _("Link copied"),
        "failed": _("Copying failed"),
    }
    mount("share", data, "share")
