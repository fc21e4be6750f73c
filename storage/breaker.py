"""The breaker: how much machines may do, counted in the transaction in which they do it.

Whoever first attempts an automated action takes its detector's and its policy's turn and keeps
them until the commit, so the count is exact over all workers. SQLite has one writer anyway.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Float, Row, case, cast, func, literal, or_, select, text

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
    says: str


class Breaker:
    def __init__(self, audit: Audit) -> None:
        self._audit = audit

    async def take_turns(self, tx: Transaction, action_id: str) -> None:
        """Until the commit nobody sets a hold, and nobody else counts the same."""
        if tx.is_postgresql:
            await tx.execute(_TAKE_TURNS.bindparams(action_id=action_id))

    def lets_go(self, brakes: Brakes, now: datetime) -> ColumnElement[bool]:
        """Whether nothing keeps an action from its first attempt."""
        held = select(holds.c.hold_id).where(parks_action(actions.c)).exists()
        reached = or_(*(limit.is_reached for limit in _limits(brakes, now)))
        return ~held & (actions.c.automated.is_not(True) | ~reached)

    async def parks(self, tx: Transaction, action: Row[Any], brakes: Brakes) -> HoldKind | None:
        """What kind of hold covers the action. A limit that is reached sets one."""
        limits = _limits(brakes, tx.now) if action.automated else ()
        held = oldest_hold(parks_action(actions.c)).correlate(actions).scalar_subquery()
        look = select(
            held.label("held"),
            *(limit.is_reached.label(f"reached_{n}") for n, limit in enumerate(limits)),
            *(limit.target.label(f"target_{n}") for n, limit in enumerate(limits)),
        )
        found = (await tx.execute(look.where(actions.c.action_id == action.action_id))).one()
        if found.held is not None:
            return HoldKind(found.held)
        asked = found._mapping
        for n, limit in enumerate(limits):
            if asked[f"reached_{n}"]:
                on = HoldOn(kind=limit.kind, target=asked[f"target_{n}"])
                await self._trip(tx, action, on, limit.says)
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


def _limits(brakes: Brakes, now: datetime) -> tuple[_Limit, ...]:
    """The narrowest first: a detector gone wrong is held before the policies it works for."""
    version = actions.c.detector + "@" + actions.c.detector_version
    of_version = (cases.c.detector == actions.c.detector) & (
        cases.c.detector_version == actions.c.detector_version
    )
    of_harm = cases.c.harm == actions.c.harm
    return (
        _effects(HoldKind.DETECTOR, "detector", brakes.detector, now),
        _effects(HoldKind.POLICY, "harm", brakes.policy, now),
        *_share(HoldKind.DETECTOR, version, of_version, brakes.detector, now),
        *_share(HoldKind.POLICY, actions.c.harm, of_harm, brakes.policy, now),
    )


def _effects(kind: HoldKind, column: str, limit: Limits, now: datetime) -> _Limit:
    """Whether as many effects have begun within the minute as may. Reads no more rows than that."""
    others, source = actions.alias("others"), actions.c[column]
    begun = select(others.c.action_id).where(
        others.c[column] == source,
        others.c.automated,
        others.c.first_at > now - MINUTE,
        others.c.first_at > _counted_since(),
    )
    enough = begun.offset(limit.effects_per_minute - 1).limit(1).correlate(actions)
    says = f"{limit.effects_per_minute} effects within a minute"
    return _Limit(kind, source, enough.exists(), says)


def _share(
    kind: HoldKind,
    target: ColumnElement[str],
    same: ColumnElement[bool],
    limit: Limits,
    now: datetime,
) -> tuple[_Limit, ...]:
    """Whether more of the latest rulings enforce than may; nothing where any share may."""
    if limit.share >= 1:
        return ()
    latest = (
        select(case((cases.c.ruled_as == Verdict.ENFORCE, 1), else_=0).label("enforces"))
        .where(same, cases.c.ruled_at > now - HOUR, cases.c.ruled_at > _counted_since())
        .order_by(cases.c.ruled_at.desc())
        .limit(limit.of_at_least)
        .correlate(actions)
        .subquery()
    )
    most = limit.share * limit.of_at_least
    too_many = (func.count() == limit.of_at_least) & (
        cast(func.sum(latest.c.enforces), Float) > most
    )
    says = f"more than {limit.share} of {limit.of_at_least} rulings enforce"
    return (_Limit(kind, target, select(too_many).select_from(latest).scalar_subquery(), says),)


def _counted_since() -> ColumnElement[datetime]:
    """Counting begins anew, for everything, when somebody has lifted a breaker's hold: what went
    before was looked at, and the same effects count for a detector and for a policy."""
    lifted = select(func.max(holds.c.lifted_at)).where(holds.c.automated_only)
    since: ColumnElement[datetime] = func.coalesce(lifted.scalar_subquery(), _LONG_AGO)
    return since
