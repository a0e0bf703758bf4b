"""Ticket categories: reference data in the style of city-management practice, editable later."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

import pandas as pd

from etl.demo.draft import SOURCE

COLUMNS = ["code", "class_code", "class_name", "class_name_en", "name", "kind"]


@cache
def catalogue() -> pd.DataFrame:
    """Return the categories with what the generator needs to know of each.

    ``weight``: how often; ``handling`` and ``due_h``: usual handling and hours allowed; ``spot``:
    where it happens (street, yard, home).
    """
    with (files("etl.demo") / "categories.csv").open(encoding="utf-8") as source:
        return pd.read_csv(source)


def table() -> pd.DataFrame:
    """Return the rows of ``ticket_category``."""
    return catalogue()[COLUMNS].assign(source=SOURCE)
