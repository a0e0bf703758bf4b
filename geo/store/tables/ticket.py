"""Issue reports: categories, tickets, their history, and monthly counts for small scales."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
)

from geo.schema import (
    TICKET_ACTIONS,
    TICKET_HANDLING,
    TICKET_KINDS,
    TICKET_SIGNS,
    TICKET_SOURCES,
    TICKET_STATES,
)
from geo.store.tables.base import key, metadata, one_of, part_of, ref, shape

ticket_category = Table(
    "ticket_category",
    metadata,
    Column("code", Text, primary_key=True),
    Column("class_code", Text, nullable=False),
    Column("class_name", Text, nullable=False),
    Column("class_name_en", Text, nullable=False, server_default=""),
    Column("name", Text, nullable=False),
    one_of("kind", TICKET_KINDS),
    Column("source", Text, nullable=False, server_default=""),
)
"""Editable reference data in the style of 数字城管 practice; ``class_code`` is what maps and
legends group by."""

ticket = Table(
    "ticket",
    metadata,
    key(),
    Column("source", Text, nullable=False),
    Column("external_id", Text, nullable=False),
    one_of("channel", TICKET_SOURCES),
    ref("community_id", "division"),
    ref("building_id", "building", required=False),
    Column("category_code", Text, ForeignKey("ticket_category.code"), nullable=False, index=True),
    Column("class_code", Text, nullable=False),
    one_of("handling", TICKET_HANDLING),
    one_of("state", TICKET_STATES),
    Column("title", Text, nullable=False, server_default=""),
    Column("address", Text, nullable=False, server_default=""),
    Column("reported_at", DateTime(timezone=True), nullable=False),
    Column("due_at", DateTime(timezone=True)),
    Column("closed_at", DateTime(timezone=True)),
    Column("satisfaction", SmallInteger),
    ref("repeat_of_id", "ticket", required=False),
    shape("geom", "POINT", required=False),
    Column("h3_10", BigInteger),
    ref("batch_id", "import_batch", required=False),
    UniqueConstraint("source", "external_id"),
    CheckConstraint("closed_at >= reported_at", name="closed_after_reported"),
    CheckConstraint("due_at >= reported_at", name="due_after_reported"),
    CheckConstraint("(state = 'closed') = (closed_at IS NOT NULL)", name="closed_has_time"),
    CheckConstraint("satisfaction BETWEEN 1 AND 5", name="satisfaction"),
    Index("ix_ticket_geom", "geom", postgresql_using="gist"),
    Index(
        "ix_ticket_reported_at",
        "reported_at",
        postgresql_include=["h3_10", "community_id", "class_code", "state", "due_at"],
    ),
    Index(
        "ix_ticket_h3_10",
        "h3_10",
        "reported_at",
        postgresql_include=["community_id", "class_code", "state", "due_at", "id", "geom"],
    ),
    Index("ix_ticket_community_reported", "community_id", "reported_at"),
)
"""An issue report. ``source`` names the system it came from, ``external_id`` its number there;
``h3_10`` is the H3 cell (resolution 10) of ``geom``, null where the place is unknown.
``class_code`` repeats the category's class, so small-scale counts need no join. The two covering
indexes let tiles leave the rows alone (after a bulk load: once VACUUM has run): tickets come in by
time, so those of one place lie on as many pages as there are."""

ticket_event = Table(
    "ticket_event",
    metadata,
    key(),
    part_of("ticket_id", "ticket"),
    Column("at", DateTime(timezone=True), nullable=False),
    one_of("action", TICKET_ACTIONS),
    Column("actor", Text, nullable=False, server_default=""),
    Column("note", Text, nullable=False, server_default=""),
)
"""The history of a ticket, one row a step."""

ticket_bin = Table(
    "ticket_bin",
    metadata,
    Column("res", SmallInteger, primary_key=True),
    Column("h3", BigInteger, primary_key=True),
    Column("month", Date, primary_key=True),
    Column("class_code", Text, primary_key=True),
    one_of("sign", TICKET_SIGNS, primary=True),
    Column("community_id", BigInteger, primary_key=True),
    Column("n", Integer, nullable=False),
    shape("geom", "POINT"),
    Index("ix_ticket_bin_geom", "geom", postgresql_using="gist"),
    Index("ix_ticket_bin_community_id", "community_id"),
    Index(
        "ix_ticket_bin_all",
        "res",
        "h3",
        "month",
        postgresql_include=["community_id", "sign", "n"],
        postgresql_where="class_code = '*'",
    ),
)
"""Tickets counted by H3 cell and month for small-scale maps, written by `geo.store.compute`;
``geom`` is the cell's centre. Class ``*`` counts all classes once more: do not add it to them."""
