"""Column types and the base of every table.

The same schema serves PostgreSQL and SQLite, so types are chosen to be exact on both.
"""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Any

from sqlalchemy import JSON, BigInteger, DateTime, ForeignKey, Integer, MetaData, String, Text
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import DeclarativeBase, Mapped, declared_attr, mapped_column
from sqlalchemy.types import TypeDecorator

PLACES = 6
_SCALE = 10**PLACES


class Amount(TypeDecorator[Decimal]):
    """An exact decimal with six places, kept as an integer of millionths: SQLite has no decimal type, and SUM must be
    exact."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: Decimal | None, _dialect: Dialect) -> int | None:
        if value is None:
            return None
        scaled = value.scaleb(PLACES)
        whole = int(scaled)
        if whole != scaled:
            raise ValueError(f"{value} has more than {PLACES} decimal places.")
        return whole

    def process_result_value(self, value: Any | None, _dialect: Dialect) -> Decimal | None:
        return None if value is None else amount_of(int(value))


def amount_of(millionths: int) -> Decimal:
    """An Amount as the database has it, as a decimal."""
    cents, rest = divmod(millionths, 10_000)
    return Decimal(cents).scaleb(-2) if rest == 0 else (Decimal(millionths) / _SCALE).normalize()


class UtcDateTime(TypeDecorator[datetime]):
    """A moment in UTC.

    Naive datetimes are refused: they would mean different moments on different machines.
    """

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"{value.isoformat()} has no time zone.")
        moment = value.astimezone(UTC)
        return moment.replace(tzinfo=None) if dialect.name == "sqlite" else moment

    def process_result_value(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


Id = Annotated[int, mapped_column(BigInteger().with_variant(Integer(), "sqlite"), primary_key=True)]
Money = Annotated[Decimal, mapped_column(Amount())]
Moment = Annotated[datetime, mapped_column(UtcDateTime())]
Short = Annotated[str, mapped_column(String(200))]
Long = Annotated[str, mapped_column(Text())]
Json = Annotated[dict[str, Any], mapped_column(JSON())]


class Base(DeclarativeBase):
    """Base of all tables; constraint names are fixed so that migrations can name them."""

    type_annotation_map = {int: BigInteger().with_variant(Integer(), "sqlite")}  # noqa: RUF012
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


class TenantOwned:
    """A row that belongs to one tenant; sessions opened for a tenant see and write only its rows."""

    @declared_attr
    def tenant_id(cls) -> Mapped[int]:  # noqa: N805 - a declared_attr is asked of the class
        return mapped_column(ForeignKey("tenants.id", ondelete="CASCADE"), index=False)
