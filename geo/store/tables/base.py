"""What the tables share: the metadata, naming, and small column builders."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from geoalchemy2 import Geometry
from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Computed,
    ForeignKey,
    Identity,
    MetaData,
    Text,
)

from geo.crs import STORED_SRID

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    }
)


def key() -> Column[int]:
    """Make the table's own id column (bulk loads may bring their own values)."""
    return Column("id", BigInteger, Identity(), primary_key=True)


def ref(name: str, target: str, *, required: bool = True, index: bool = True) -> Column[int]:
    """Make a foreign key column to ``target.id``; deleting the target is refused."""
    return Column(name, BigInteger, ForeignKey(f"{target}.id"), nullable=not required, index=index)


def part_of(name: str, target: str) -> Column[int]:
    """Make a foreign key column whose row goes when its owner goes."""
    return Column(
        name,
        BigInteger,
        ForeignKey(f"{target}.id", ondelete="CASCADE"),
        nullable=False,
        index=True,
    )


def shape(name: str, kind: str, *, required: bool = True) -> Column[Any]:
    """Make a geometry column, EPSG:4326; GiST indexes are declared beside the table, by name."""
    return Column(
        name,
        Geometry(kind, srid=STORED_SRID, spatial_index=False),
        nullable=not required,
    )


def small_shape() -> Column[Any]:
    """Make the column the database keeps beside ``geom`` for small scales: simplified by 5 m."""
    return Column(
        "geom_small",
        Geometry("MULTIPOLYGON", srid=STORED_SRID, spatial_index=False),
        Computed("st_simplify(geom, '5e-05'::double precision, true)", persisted=True),
    )


def one_of(
    name: str, words: Iterable[str], *, required: bool = True, primary: bool = False
) -> Column[str]:
    """Make a text column that may hold only `words`."""
    listed = ", ".join("'" + word.replace("'", "''") + "'" for word in words)
    return Column(
        name,
        Text,
        CheckConstraint(f"{name} IN ({listed})", name=f"{name}_known"),
        nullable=not required,
        primary_key=primary,
    )
