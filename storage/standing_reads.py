"""Where an account stands, as colleagues see it: strikes, what rests on them, what comes next."""

from typing import Any

from sqlalchemy import Row, func, select

from casework.base import Model, Moment, Slug
from casework.errors import NotFound
from casework.policy import Policy
from casework.ruling import Measure
from casework.standing import weight_now
from casework.words import ActionKind, ActionState, Outcome, Severity
from storage.engine import Database, Transaction
from storage.policy_book import PolicyBook
from storage.rows import ends_at
from storage.standing import offences_of, resting_on_rungs
from storage.tables import actions, cases, strikes


class Resting(Model):
    """A measure in force or on its way that a rung of the ladder asked for."""

    action_id: str
    decision_id: str
    kind: ActionKind
    state: ActionState
    rung: int
    ends_at: Moment | None


class StrikeView(Model):
    """`counts`: neither withdrawn nor expired. Of several for one item only the heaviest weighs."""

    decision_id: str
    case_id: str
    harm: Slug
    weight: int
    at: Moment
    expires_at: Moment
    withdrawn_at: Moment | None
    counts: bool


class NextRung(Model):
    """What the harm's policy in force calls for at this weight."""

    harm: Slug
    rung: int
    measure: Measure


class Conduct(Model):
    """What an assessment of misuse rests on (DSA art. 23(3)): number, proportion and gravity.

    Proportion is of the account's cases, not of all it ever posted: that only the platform knows.
    """

    cases: int
    enforced: int
    proportion: float
    gravity: dict[Severity, int]
    """Enforced cases by severity."""


class AccountStanding(Model):
    account_id: str
    weight: int
    """Over all harms, also those that are not in the reader's scope."""
    strikes: tuple[StrikeView, ...]
    resting: tuple[Resting, ...]
    next: tuple[NextRung, ...]
    conduct: Conduct


class StandingReads:
    def __init__(self, database: Database, policies: PolicyBook) -> None:
        self._database = database
        self._policies = policies

    async def of(
        self, account_id: str, harms: frozenset[str], apart_from: str = ""
    ) -> AccountStanding:
        """What of it is in these harms (* = all), without what one case has brought it.

        Raises NotFound without a case in these harms.
        """
        known = await self._policies.harms()
        scope = known if "*" in harms else known & harms
        in_force = [await self._policies.current(harm) for harm in sorted(scope)]

        async def work(tx: Transaction) -> AccountStanding:
            seen = await _cases(tx, account_id, scope)
            weight = weight_now(await offences_of(tx, account_id, apart_from), tx.now)
            return AccountStanding(
                account_id=account_id,
                weight=weight,
                strikes=tuple(
                    strike
                    for strike in await _strikes(tx, account_id, scope)
                    if strike.case_id != apart_from
                ),
                resting=await _resting(tx, account_id, scope, apart_from),
                next=tuple(_next(each, weight) for each in in_force if _goes_on(each, weight)),
                conduct=_conduct(seen),
            )

        return await self._database.read(work)


async def _cases(tx: Transaction, account_id: str, scope: frozenset[str]) -> list[Row[Any]]:
    """How many there are by outcome and severity. Raises NotFound."""
    grouped = (
        select(cases.c.outcome, cases.c.severity, func.count().label("number"))
        .where(cases.c.account_id == account_id, cases.c.harm.in_(scope))
        .group_by(cases.c.outcome, cases.c.severity)
    )
    rows = list(await tx.rows(grouped))
    if not rows:
        raise NotFound("no such account")
    return rows


async def _strikes(
    tx: Transaction, account_id: str, scope: frozenset[str]
) -> tuple[StrikeView, ...]:
    rows = await tx.rows(
        select(strikes, cases.c.harm)
        .join(cases, cases.c.case_id == strikes.c.case_id)
        .where(strikes.c.account_id == account_id, cases.c.harm.in_(scope))
        .order_by(strikes.c.at, strikes.c.decision_id)
    )
    return tuple(
        StrikeView(
            decision_id=row.decision_id,
            case_id=row.case_id,
            harm=row.harm,
            weight=row.weight,
            at=row.at,
            expires_at=row.expires_at,
            withdrawn_at=row.withdrawn_at,
            counts=row.withdrawn_at is None and row.expires_at > tx.now,
        )
        for row in rows
    )


async def _resting(
    tx: Transaction, account_id: str, scope: frozenset[str], apart_from: str
) -> tuple[Resting, ...]:
    others = actions.c.case_id != apart_from
    wanted = resting_on_rungs(account_id).where(actions.c.harm.in_(scope), others)
    return tuple(
        Resting(
            action_id=row.action_id,
            decision_id=row.decision_id,
            kind=ActionKind(row.kind),
            state=ActionState(row.state),
            rung=row.rung,
            ends_at=ends_at(row),
        )
        for row in await tx.rows(wanted.order_by(actions.c.planned_at, actions.c.action_id))
    )


def _goes_on(policy: Policy, weight: int) -> bool:
    return policy.strikes is not None and any(rung > weight for rung in policy.strikes.ladder)


def _next(policy: Policy, weight: int) -> NextRung:
    assert policy.strikes is not None  # as `_goes_on` saw
    rung = min(rung for rung in policy.strikes.ladder if rung > weight)
    return NextRung(harm=policy.harm, rung=rung, measure=policy.strikes.ladder[rung])


def _conduct(seen: list[Row[Any]]) -> Conduct:
    total = sum(row.number for row in seen)
    enforced = [row for row in seen if row.outcome == Outcome.ENFORCED]
    number = sum(row.number for row in enforced)
    gravity = {
        severity: sum(row.number for row in enforced if row.severity == severity)
        for severity in Severity
    }
    return Conduct(
        cases=total,
        enforced=number,
        proportion=round(number / total, 4),
        gravity={severity: count for severity, count in gravity.items() if count},
    )
