"""Buildings, their stairwells and dwellings, and the counts kept per building."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
)

from geo.schema import BUILDING_USES, HOUSEHOLD_STATES
from geo.store.tables.base import key, metadata, one_of, part_of, ref, shape

building = Table(
    "building",
    metadata,
    key(),
    Column("source", Text, nullable=False),
    Column("external_id", Text, nullable=False),
    ref("community_id", "division"),
    ref("sub_district_id", "division", required=False),
    Column("compound", Text, nullable=False, server_default=""),
    Column("number", Text, nullable=False, server_default=""),
    Column("name", Text, nullable=False, server_default=""),
    Column("address", Text, nullable=False, server_default=""),
    one_of("use", BUILDING_USES),
    Column("storeys", SmallInteger),
    Column("built_year", SmallInteger),
    shape("geom", "MULTIPOLYGON"),
    shape("anchor", "POINT"),
    shape("cell", "MULTIPOLYGON", required=False),
    ref("batch_id", "import_batch", required=False),
    UniqueConstraint("source", "external_id"),
    CheckConstraint("storeys BETWEEN 1 AND 200", name="storeys"),
    CheckConstraint("built_year BETWEEN 1000 AND 2100", name="built_year"),
    Index("ix_building_geom", "geom", postgresql_using="gist"),
    Index("ix_building_anchor", "anchor", postgresql_using="gist"),
)
"""The atom of every assignment. ``anchor`` is a point surely inside; ``cell`` the ground that is
nearer to this building than to any other, inside its community and road enclosure."""

unit = Table(
    "unit",
    metadata,
    key(),
    part_of("building_id", "building"),
    Column("number", Text, nullable=False),
    shape("geom", "POINT"),
    UniqueConstraint("building_id", "number"),
    Index("ix_unit_geom", "geom", postgresql_using="gist"),
)
"""A stairwell or entrance of a building."""

household = Table(
    "household",
    metadata,
    key(),
    part_of("building_id", "building"),
    ref("unit_id", "unit", required=False),
    Column("floor", SmallInteger),
    Column("room", Text, nullable=False, server_default=""),
    one_of("state", HOUSEHOLD_STATES),
    UniqueConstraint("building_id", "unit_id", "room"),
)
"""A dwelling (or shop) of a building. The room number is personal data: never in a tile.

A shop counts as a *dwelling unit of state shop*, not as a household: every count of households
is of the three other states.
"""

SUMMED = (
    "households",
    *(f"state_{state}" for state in HOUSEHOLD_STATES),
    "residents",
    "age60",
    "age80",
    "alone60",
    "children",
    "care_high_risk",
    "care_key",
    "care_general",
    "party_members",
    "party_households",
    "contact_linked",
    "units",
)
"""The counts kept per building, and summed for small scales."""

building_summary = Table(
    "building_summary",
    metadata,
    Column(
        "building_id",
        BigInteger,
        ForeignKey("building.id", ondelete="CASCADE"),
        primary_key=True,
    ),
    *(Column(name, Integer, nullable=False, server_default="0") for name in SUMMED),
    Column("dominant_state", Text, nullable=False, server_default="none"),
)
"""Counts per building, written by `geo.store.compute`; the sums of every grid start here.

``households`` = resident + rented + vacant dwellings (shops apart); ``children`` = residents under
15; ``contact_linked`` = households with an active link to a party household; ``dominant_state`` =
the most frequent of the four states, ``none`` where there is no dwelling.
"""

unit_summary = Table(
    "unit_summary",
    metadata,
    key(),
    part_of("building_id", "building"),
    Column("unit_id", BigInteger, ForeignKey("unit.id", ondelete="CASCADE"), unique=True),
    Column("community_id", BigInteger, nullable=False),
    *(
        Column(name, Integer, nullable=False, server_default="0")
        for name in (
            "age60",
            "alone60",
            "care_high_risk",
            "care_key",
            "care_general",
            "party_households",
            "contact_linked",
        )
    ),
    shape("geom", "POINT"),
    Index("ix_unit_summary_geom", "geom", postgresql_using="gist"),
)
"""Who needs care and who keeps contact, counted per stairwell (and once per building for its
households without one, at the anchor), written by `geo.store.compute`; only rows that count
anybody. ``contact_linked`` = active links of the party households here."""

building_bin = Table(
    "building_bin",
    metadata,
    Column("res", SmallInteger, primary_key=True),
    Column("h3", BigInteger, primary_key=True),
    Column("community_id", BigInteger, primary_key=True),
    *(Column(name, Integer, nullable=False, server_default="0") for name in SUMMED),
    Index("ix_building_bin_community_id", "community_id"),
)
"""The counts of `building_summary` summed by the H3 cell of the buildings' anchors, for small-scale
maps; one set of rows for each resolution in `geo.layers.CELL_RESOLUTIONS`, written by
`geo.store.compute`."""
