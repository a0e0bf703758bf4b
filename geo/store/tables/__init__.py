"""The tables, one module per subject; importing this package fills `metadata`.

All geometry is EPSG:4326 (`geo.crs.STORED_SRID`). Names of constraints and indexes follow one
convention, so a migration can name what it changes.
"""

from geo.store.tables.base import metadata
from geo.store.tables.building import (
    building,
    building_bin,
    building_summary,
    household,
    unit,
    unit_summary,
)
from geo.store.tables.facility import facility
from geo.store.tables.indicator import indicator_value
from geo.store.tables.intake import import_batch, import_rejection
from geo.store.tables.meta import app_fact, data_change
from geo.store.tables.network import walk_edge, walk_network, walk_node
from geo.store.tables.norm import norm
from geo.store.tables.people import (
    contact_link,
    party_household,
    party_member,
    party_organisation,
    resident,
)
from geo.store.tables.staff import grid_role, staff
from geo.store.tables.study import briefing_item, study
from geo.store.tables.territory import (
    division,
    grid,
    ground,
    plan,
    plan_assignment,
    plan_edit,
    plan_exception,
    plan_gesture,
)
from geo.store.tables.ticket import ticket, ticket_bin, ticket_category, ticket_event
from geo.store.tables.visit import visit

__all__ = [
    "app_fact",
    "briefing_item",
    "building",
    "building_bin",
    "building_summary",
    "contact_link",
    "data_change",
    "division",
    "facility",
    "grid",
    "grid_role",
    "ground",
    "household",
    "import_batch",
    "import_rejection",
    "indicator_value",
    "metadata",
    "norm",
    "party_household",
    "party_member",
    "party_organisation",
    "plan",
    "plan_assignment",
    "plan_edit",
    "plan_exception",
    "plan_gesture",
    "resident",
    "staff",
    "study",
    "ticket",
    "ticket_bin",
    "ticket_category",
    "ticket_event",
    "unit",
    "unit_summary",
    "visit",
    "walk_edge",
    "walk_network",
    "walk_node",
]
