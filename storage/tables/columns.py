"""What the columns of our tables have in common.

Moments are UTC. Columns named `sealed` or `sealed_*` are encrypted with the case's key. Columns
that hold lists or models are JSON text, so that both databases keep exactly the same bytes.
"""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    Column,
    DateTime,
    Dialect,
    ForeignKey,
    Integer,
    MetaData,
    String,
    Text,
    TypeDecorator,
)
from sqlalchemy.types import TypeEngine

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class Utc(TypeDecorator[datetime]):
    """An aware UTC moment: timestamptz in PostgreSQL, sortable ISO 8601 text in SQLite."""

    impl = DateTime
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return String(32) if dialect.name == "sqlite" else DateTime(timezone=True)

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment without a time zone")
        moment = value.astimezone(UTC)
        return moment.isoformat(timespec="microseconds") if dialect.name == "sqlite" else moment

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        if value is None:
            return None
        moment = datetime.fromisoformat(value) if isinstance(value, str) else value
        return moment.astimezone(UTC)


def name(column: str) -> Column[str]:
    return Column(column, Text, nullable=False)


def case() -> Column[str]:
    return Column("case_id", Text, ForeignKey("cases.case_id"), nullable=False)


def moment(column: str) -> Column[datetime]:
    return Column(column, Utc, nullable=False)


def perhaps(column: str) -> Column[datetime]:
    return Column(column, Utc)


def number(column: str) -> Column[int]:
    return Column(column, Integer, nullable=False)
