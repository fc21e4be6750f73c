"""The breaker: how much machines may do, counted in the transaction in which they do it.

Whoever first attempts an automated action takes its detector's and its policy's turn and keeps
them until the commit, so the count is exact over all workers. SQLite has one writer anyway.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Float,
    Integer,
    Row,
    bindparam,
    case,
    cast,
    func,
    literal,
    or_,
    select,
    text,
)

from casework.holds import BREAKER, Brakes, HoldOn, Limits
from casework.identity import hold_id
from casework.words import HoldKind, Verdict
from storage.audit import Audit
from storage.covering import oldest_hold, parks_action
from storage.engine import Transaction
from storage.holds import TURNS, put
from storage.tables import Utc, actions, cases, holds

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
"""How far back rulings are looked at for the share that enforces."""

_LONG_AGO = literal(datetime(2000, 1, 1, tzinfo=UTC), Utc())
_TAKE_TURNS = text(f"""
    SELECT pg_advisory_xact_lock_shared({TURNS}),
        CASE WHEN automated THEN pg_advisory_xact_lock(hashtextextended(detector, 1)) END,
        CASE WHEN automated THEN pg_advisory_xact_lock(hashtextextended(harm, 2)) END
    FROM actions WHERE action_id = :action_id AND attempts = 0
""")
"""Always in this order, so that no two wait for each other."""


@dataclass(frozen=True)
class _Limit:
    """One limit, as SQL about an action's row: whether it is reached, and what is held then."""

    kind: HoldKind
    target: ColumnElement[str]
    is_reached: ColumnElement[bool]
    says: Callable[[Limits], str]


class Breaker:
    def __init__(self, audit: Audit) -> None:
        self._audit = audit

    async def take_turns(self, tx: Transaction, action_id: str) -> None:
        """Until the commit nobody sets a hold, and nobody else counts the same."""
        if tx.is_postgresql:
            await tx.execute(_TAKE_TURNS.bindparams(action_id=action_id))

    def lets_go(self, brakes: Brakes) -> ColumnElement[bool]:
        """Whether nothing keeps an action from its first attempt, given `numbers`."""
        return _lets_go(_with_a_share(brakes))

    def numbers(self, brakes: Brakes, now: datetime) -> dict[str, Any]:
        """What the limits are now, for the statement that asks them."""
        asked: dict[str, Any] = {"minute_ago": now - MINUTE, "hour_ago": now - HOUR}
        for kind, limits in _by_kind(brakes).items():
            asked[f"{kind}_effects"] = limits.effects_per_minute - 1
            if limits.share < 1:
                asked[f"{kind}_rulings"] = limits.of_at_least
                asked[f"{kind}_enforcing"] = limits.share * limits.of_at_least
        return asked

    async def parks(self, tx: Transaction, action: Row[Any], brakes: Brakes) -> HoldKind | None:
        """What kind of hold covers the action. A limit that is reached sets one."""
        limits = _limits(_with_a_share(brakes))
        held = oldest_hold(parks_action(actions.c)).correlate(actions).scalar_subquery()
        look = select(
            held.label("held"),
            *(limit.is_reached.label(f"reached_{n}") for n, limit in enumerate(limits)),
            *(limit.target.label(f"target_{n}") for n, limit in enumerate(limits)),
        ).where(actions.c.action_id == action.action_id)
        found = (await tx.execute(look, [self.numbers(brakes, tx.now)])).one()
        if found.held is not None or not action.automated:
            return None if found.held is None else HoldKind(found.held)
        for n, limit in enumerate(limits):
            if found._mapping[f"reached_{n}"]:
                on = HoldOn(kind=limit.kind, target=found._mapping[f"target_{n}"])
                await self._trip(tx, action, on, limit.says(_by_kind(brakes)[limit.kind]))
                return limit.kind
        return None

    async def _trip(self, tx: Transaction, action: Row[Any], on: HoldOn, says: str) -> None:
        """Park what machines do; whoever was asked to do it by a person goes on."""
        await put(
            tx,
            self._audit,
            hold_id=hold_id(on.kind, on.target, BREAKER, tx.now),
            on=on,
            by=BREAKER,
            why=says,
            automated_only=True,
            case_id=action.case_id,
        )


def _by_kind(brakes: Brakes) -> dict[HoldKind, Limits]:
    return {HoldKind.DETECTOR: brakes.detector, HoldKind.POLICY: brakes.policy}


def _with_a_share(brakes: Brakes) -> frozenset[HoldKind]:
    """Whose share is limited at all."""
    return frozenset(kind for kind, limits in _by_kind(brakes).items() if limits.share < 1)


@cache
def _lets_go(shares: frozenset[HoldKind]) -> ColumnElement[bool]:
    """Built once: building it takes longer than asking it."""
    held = select(holds.c.hold_id).where(parks_action(actions.c)).exists()
    reached = or_(*(limit.is_reached for limit in _limits(shares)))
    return ~held & (actions.c.automated.is_not(True) | ~reached)


@cache
def _limits(shares: frozenset[HoldKind]) -> tuple[_Limit, ...]:
    """The narrowest first: a detector gone wrong is held before the policies it works for."""
    version = actions.c.detector + "@" + actions.c.detector_version
    of_version = (cases.c.detector == actions.c.detector) & (
        cases.c.detector_version == actions.c.detector_version
    )
    limits = (
        _effects(HoldKind.DETECTOR, "detector"),
        _effects(HoldKind.POLICY, "harm"),
        _share(HoldKind.DETECTOR, version, of_version),
        _share(HoldKind.POLICY, actions.c.harm, cases.c.harm == actions.c.harm),
    )
    return (*limits[:2], *(limit for limit in limits[2:] if limit.kind in shares))


def _effects(kind: HoldKind, column: str) -> _Limit:
    """Whether as many effects have begun within the minute as may. Reads that many entries of an
    index at most, and no rows."""
    others, source = actions.alias("others"), actions.c[column]
    begun = select(literal(1)).where(
        others.c[column] == source,
        others.c.automated,
        others.c.first_at > bindparam("minute_ago", type_=Utc()),
        others.c.first_at > _counted_since(),
    )
    last = bindparam(f"{kind}_effects", type_=Integer())
    return _Limit(
        kind,
        source,
        begun.offset(last).limit(1).correlate(actions).exists(),
        lambda limits: f"{limits.effects_per_minute} effects within a minute",
    )


def _share(kind: HoldKind, target: ColumnElement[str], same: ColumnElement[bool]) -> _Limit:
    """Whether more of the latest rulings enforce than may."""
    number = bindparam(f"{kind}_rulings", type_=Integer())
    latest = (
        select(case((cases.c.ruled_as == Verdict.ENFORCE, 1), else_=0).label("enforces"))
        .where(same, cases.c.ruled_at > bindparam("hour_ago", type_=Utc()))
        .where(cases.c.ruled_at > _counted_since())
        .order_by(cases.c.ruled_at.desc())
        .limit(number)
        .correlate(actions)
        .subquery()
    )
    enforcing = cast(func.sum(latest.c.enforces), Float)
    too_many = (func.count() == number) & (
        enforcing > bindparam(f"{kind}_enforcing", type_=Float())
    )
    return _Limit(
        kind,
        target,
        select(too_many).select_from(latest).scalar_subquery(),
        lambda limits: f"more than {limits.share} of {limits.of_at_least} rulings enforce",
    )


def _counted_since() -> ColumnElement[datetime]:
    """Counting begins anew, for everything, when somebody has lifted a breaker's hold: what went
    before was looked at, and the same effects count for a detector and for a policy."""
    lifted = select(func.max(holds.c.lifted_at)).where(holds.c.automated_only)
    since: ColumnElement[datetime] = func.coalesce(lifted.scalar_subquery(), _LONG_AGO)
    return since
