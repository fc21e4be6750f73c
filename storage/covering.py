"""Which hold parks what, said once in SQL for everybody who asks."""

from typing import Any

from sqlalchemy import ColumnElement, Select, Text, and_, cast, or_, select

from casework.words import HoldKind
from storage.tables import holds

KINDS = tuple(kind.value for kind in HoldKind)
"""The table also has holds on evidence, which park nothing."""


def standing() -> ColumnElement[bool]:
    return holds.c.lifted_at.is_(None) & holds.c.kind.in_(KINDS)


def parks_action(row: Any) -> ColumnElement[bool]:
    """Whether a hold that stands keeps this action from being attempted. `row` has its columns."""
    on_it = or_(
        _is(HoldKind.ACTION, row.kind),
        *_sources(row, row.policy_version),
    )
    covered: ColumnElement[bool] = row.automated.is_(True)
    return standing() & on_it & (~holds.c.automated_only | covered)


def parks_case(row: Any, policy_version: Any) -> ColumnElement[bool]:
    """Whether a hold that stands keeps this case from beginning, under this policy's version.

    Not one that parks automated effects alone: whom a policy would send to people still gets there.
    """
    return standing() & or_(*_sources(row, policy_version)) & ~holds.c.automated_only


def oldest_hold(covers: ColumnElement[bool]) -> Select[tuple[str]]:
    return select(holds.c.kind).where(covers).order_by(holds.c.set_at, holds.c.hold_id).limit(1)


def _sources(row: Any, policy_version: Any) -> tuple[ColumnElement[bool], ...]:
    """What spoke first of it, what ruled on it, or everything."""
    version = cast(policy_version, Text)
    return (
        holds.c.kind == HoldKind.EVERYTHING,
        _is(HoldKind.DETECTOR, row.detector, row.detector + "@" + row.detector_version),
        _is(HoldKind.POLICY, row.harm, row.harm + "@" + version),
    )


def _is(kind: HoldKind, *targets: Any) -> ColumnElement[bool]:
    return and_(holds.c.kind == kind, holds.c.target.in_(targets))
