"""Residents, the party organisation, and who keeps contact with whom. Personal data."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Date, ForeignKey, Index, Table, Text

from geo.schema import CARE_CLASSES, LIVING_ARRANGEMENTS, PARTY_LEVELS, PARTY_MEMBER_KINDS
from geo.store.tables.base import key, metadata, one_of, part_of, ref

resident = Table(
    "resident",
    metadata,
    key(),
    part_of("household_id", "household"),
    Column("name", Text, nullable=False),
    Column("birth_date", Date, nullable=False),
    one_of("living", LIVING_ARRANGEMENTS, required=False),
    one_of("care_class", CARE_CLASSES, required=False),
    Column("disabled", Boolean, nullable=False, server_default="false"),
    Column("floating", Boolean, nullable=False, server_default="false"),
    Column("phone", Text),
)
"""A person living in a household. ``living`` and ``care_class`` are kept for people of 60 or more;
``floating``: registered elsewhere (流动人口)."""

party_organisation = Table(
    "party_organisation",
    metadata,
    key(),
    ref("community_id", "division"),
    ref("parent_id", "party_organisation", required=False),
    one_of("level", PARTY_LEVELS),
    Column("name", Text, nullable=False),
    ref("grid_id", "grid", required=False),
)
"""Committee → grid branch → corridor group; members are the fourth level."""

party_member = Table(
    "party_member",
    metadata,
    key(),
    ref("community_id", "division"),
    ref("organisation_id", "party_organisation", required=False),
    ref("resident_id", "resident", required=False),
    Column("name", Text, nullable=False),
    one_of("kind", PARTY_MEMBER_KINDS),
)
"""Own members live here (``resident_id``); signed-up ones (双报到) have an employer elsewhere."""

party_household = Table(
    "party_household",
    metadata,
    key(),
    Column(
        "household_id",
        BigInteger,
        ForeignKey("household.id", ondelete="CASCADE"),
        nullable=False,
        unique=True,
    ),
    ref("member_id", "party_member"),
    Column("since", Date, nullable=False),
)
"""A party member's household that keeps contact with 10–15 neighbours (党员中心户)."""

contact_link = Table(
    "contact_link",
    metadata,
    key(),
    part_of("party_household_id", "party_household"),
    part_of("household_id", "household"),
    Column("since", Date, nullable=False),
    Column("until", Date),
    Index(
        "ix_contact_link_active",
        "household_id",
        unique=True,
        postgresql_where="until IS NULL",
    ),
)
"""One household in contact with one party household; one active link per household."""
