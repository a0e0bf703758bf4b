"""The briefings of the pages but the overview, by the name in addresses and on the command line."""

from __future__ import annotations

from typing import Final

from dashboard.briefing.kinds import Kind
from dashboard.briefing.other_pages import coverage as of_coverage
from dashboard.briefing.other_pages import hotspots as of_hotspots
from dashboard.briefing.other_pages import plan as of_plan
from dashboard.briefing.other_pages import tables as of_tables

KINDS: Final[dict[str, Kind]] = {
    "hotspots": of_hotspots.KIND,
    "coverage": of_coverage.KIND,
    "plan": of_plan.PLAN,
    "compare": of_plan.COMPARE,
    "staff": of_plan.STAFF,
    "norms": of_tables.NORMS,
    "imports": of_tables.IMPORTS,
}
