"""Five thousand operations on a queue, whatever comes to mind: order and counts stay right.

After each, the real queue is compared with a model in memory, and both with a recomputation from
the tables.
"""

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any, TypeVar

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import case, func, select

from casework.errors import Refused
from casework.profiles import Needs, Profile, Relation, RelationKind
from casework.queueing import QueueRules, Waiting, place, queues_of, why_now
from casework.records import Person, ReviewRecord
from casework.words import Channel, HearingKind, Role, Severity, SkipReason, Verdict
from storage.claiming import Terms
from storage.keys import Keyring
from storage.passing_on import InHand
from storage.profiles import profile_of
from storage.routing import fits
from storage.rows import waiting_of
from storage.serving import by_weight, is_offered_to, waiting_for
from storage.store import Store
from storage.tables import claims, detections, reviews
from tests.databases import KINDS, Clock, Databases
from tests.storage.office import Office
from tests.storage.queue_model import LEASE, Claim, Job, Queue

T = TypeVar("T")
OPERATIONS = 5_000
STEPS = 100
SCOPES = {"ann": {"*"}, "ben": {"reviewers", "appeals"}, "cal": {"reviewers", "leads", "legal"}}
PEOPLE = {
    name: Person(id=name, role=Role.REVIEWER, queues=frozenset(queues))
    for name, queues in SCOPES.items()
}
QUEUES = ("reviewers", "leads", "legal", "appeals")
RULES = QueueRules(oldest_every=3, oldest_after=timedelta(hours=1), skip_for=timedelta(hours=2))
TERMS = Terms(lease=LEASE, rules=RULES)
TRUSTED = (Channel.TRUSTED_FLAGGER, Channel.LEGAL_ORDER)

_MINUTES = (1, 7, 15, 40, 60, 100, 240, 300)
_names = st.sampled_from(sorted(PEOPLE))


@dataclass(frozen=True)
class Drawn:
    """Whatever an operation may need."""

    one: int
    name: str
    to: str
    desk: str
    queue: str
    span: timedelta
    severity: Severity
    channel: Channel
    account: str
    said: tuple[int, str | None, str | None]
    """Reach, language, reporter."""
    skill: str | None
    reason: SkipReason
    holds: bool


anything = st.builds(
    Drawn,
    one=st.integers(0, 63),
    name=_names,
    to=_names,
    desk=st.sampled_from(("reviewers", "reviewers", "leads", "legal")),
    queue=st.sampled_from(("reviewers", "reviewers", "reviewers", *QUEUES)),
    span=st.sampled_from(_MINUTES).map(lambda number: timedelta(minutes=number)),
    severity=st.sampled_from(Severity),
    channel=st.sampled_from((Channel.CLASSIFIER, Channel.USER_REPORT, *TRUSTED)),
    account=st.sampled_from(("acc-1", "acc-2", "acc-3", "u-1", "u-2")),
    said=st.tuples(
        st.sampled_from((0, 3, 10, 99, 100, 12_345, 10**9)),
        st.sampled_from((None, "de", "nl")),
        st.sampled_from((None, "u-1", "u-2", "u-3")),
    ),
    skill=st.sampled_from((None, None, None, "graphic")),
    reason=st.sampled_from(SkipReason),
    holds=st.booleans(),
)
OFTEN = {
    "somebody_claims": 10,
    "a_case_waits": 5,
    "an_appeal_waits": 1,
    "time_passes": 4,
    "somebody_decides": 4,
    "the_story_accepts": 3,
    "a_detection_joins": 3,
    "somebody_releases": 2,
    "somebody_puts_it_aside": 2,
    "somebody_hands_it_on": 2,
    "somebody_skips": 2,
    "somebody_extends": 1,
    "the_story_refuses": 1,
    "the_story_moves_it": 1,
    "a_profile_changes": 1,
    "a_relation_changes": 1,
}
"""How often each operation comes: what follows from a claim needs claims."""
OF_DECISIONS = ("the_story_accepts", "the_story_refuses")
operations = st.sampled_from([name for name, often in OFTEN.items() for _ in range(often)])


class QueueMachine(RuleBasedStateMachine):
    def __init__(self, databases: Databases, kind: str, keyring: Keyring, done: list[str]) -> None:
        super().__init__()
        self.databases, self.done = databases, done
        self.url = databases.fresh(kind)
        self.clock = Clock()
        self.runner = asyncio.Runner()
        self.office = Office(Store.open(self.url, keyring, self.clock), self.clock)
        self.queue = Queue(RULES, PEOPLE)
        self.numbers = self.steps = 0
        self.answer: Any = None

    def do(self, work: Coroutine[Any, Any, T]) -> T:
        return self.runner.run(work)

    def teardown(self) -> None:
        self.do(self.office.store.close())
        self.runner.close()
        self.databases.take_back(self.url)

    @initialize()
    def people_come_in(self) -> None:
        for name, person in PEOPLE.items():
            self.do(self.office.store.staff.add(person, f"token-{name}"))
            self.queue.profiles[name] = Profile(person=name)
            self.queue.relations[name] = set()

    @rule(operation=operations, drawn=anything)
    def something_happens(self, operation: str, drawn: Drawn) -> None:
        if not self._open():
            operation = "a_case_waits"
        elif operation in OF_DECISIONS and not self._pending():
            operation = "somebody_decides"
        if operation.startswith("somebody") and not self.queue.claims:
            operation = "somebody_claims"
        self.done.append(operation)
        self.steps += 1
        getattr(self, operation)(drawn)

    # -- what comes in -----------------------------------------------------------------------------

    def a_case_waits(self, drawn: Drawn) -> None:
        item, case = self._opened(drawn)
        ask = self.office.ask(case, severity=drawn.severity, within=drawn.span, skill=drawn.skill)
        review, is_said = self.do(ask), drawn.channel is not Channel.CLASSIFIER
        job = self._waits(review, item, drawn)
        job.weigh(trusted=drawn.channel in TRUSTED, reporters=int(is_said))
        job.said_by = {drawn.said[2]} if is_said else set()

    def an_appeal_waits(self, drawn: Drawn) -> None:
        item, case = self._opened(drawn)
        self.do(self.office.finish(case, self.do(self.office.enforce(case, by=drawn.to))))
        self._waits(self.do(self.office.hear_appeal(case)), item, drawn)

    def _opened(self, drawn: Drawn) -> tuple[str, str]:
        reach, language, reporter = drawn.said
        item = f"m-{self._number()}"
        about = {"account": drawn.account, "channel": drawn.channel, "reporter": reporter}
        context = {"reach": reach, "language": language}
        opened = self.office.opened(f"det-{self._number()}", item=item, context=context, **about)
        return item, self.do(opened)

    def _waits(self, review: ReviewRecord, item: str, drawn: Drawn) -> Job:
        reach, language, reporter = drawn.said
        waiting = Waiting(
            review_id=review.review_id, severity=review.severity, trusted=False, reporters=0,
            due_at=review.due_at, reach=min(reach, 2_000_000_000), opened_at=self.clock.now,
        )  # fmt: skip
        needs = Needs(harm="harassment", language=language, jurisdiction="DE", skill=review.skill)
        job = Job(waiting, review.case_id, item, drawn.account, "reviewers", needs, review.hearing)
        job.reporters = {reporter} if reporter else set()
        job.excluded = set(review.excluded)
        self.queue.jobs.append(job)
        return job

    def a_detection_joins(self, drawn: Drawn) -> None:
        reach, language, reporter = drawn.said
        job = self._pick(drawn.one)
        detection = self.office.detection(
            f"det-{self._number()}", item=job.item, account=job.account, channel=drawn.channel,
            reporter=reporter, context={"reach": reach, "language": language},
        )  # fmt: skip
        self.do(self.office.receive(detection))
        if drawn.channel is not Channel.CLASSIFIER:
            job.said_by.add(reporter)
        job.reporters |= {reporter} if reporter else set()
        if job.hearing is HearingKind.APPEAL:
            return
        job.needs = job.needs.model_copy(update={"language": job.needs.language or language})
        job.weigh(
            reach=max(job.waiting.reach, reach),
            reporters=len(job.said_by),
            trusted=job.waiting.trusted or drawn.channel in TRUSTED,
        )

    # -- what people do ----------------------------------------------------------------------------

    def somebody_claims(self, drawn: Drawn) -> None:
        now = self.clock.now
        mine = self.queue.held_by(drawn.name, drawn.queue, now)
        expected = self.queue.next_for(drawn.name, drawn.queue, now)

        got = self.do(self.office.store.desk.claim(drawn.queue, PEOPLE[drawn.name], LEASE, RULES))

        if mine is not None:
            assert got is not None
            assert (got.claim_id, got.etag) == (mine.claim_id, mine.etag)
            return
        if expected is None:
            assert got is None
            return
        job, chosen = expected
        assert got is not None
        assert got.review_id == job.review_id
        assert got.why_now == why_now(job.waiting, now, chosen)
        if job.claim is not None:
            job.claim.ended = "expired"
        job.claim = Claim(got.claim_id, drawn.name, drawn.queue, got.etag, now, got.expires_at, job)
        job.for_anybody()
        self.queue.claims.append(job.claim)

    def somebody_extends(self, drawn: Drawn) -> None:
        claim = self._claim(drawn.one)
        person, desk = PEOPLE[claim.person], self.office.store.desk
        work = desk.extend(claim.job.review_id, person, claim.etag, LEASE)
        if self._happens(work, claim.is_live(self.clock.now)):
            claim.expires_at = self.clock.now + LEASE

    def somebody_releases(self, drawn: Drawn) -> None:
        claim = self._claim(drawn.one)
        person, desk = PEOPLE[claim.person], self.office.store.desk
        work = desk.release(claim.job.review_id, person, claim.etag)
        if self._happens(work, self._may_let_go(claim, "released")):
            self._let_go(claim, "released")

    def somebody_puts_it_aside(self, drawn: Drawn) -> None:
        claim, until = self._claim(drawn.one), self.clock.now + drawn.span
        fits = until <= claim.job.waiting.due_at or claim.ended == "put_aside"
        work = self.office.store.passing.hold(self._hand(claim), until, "later", TERMS)
        if not self._happens(work, fits and self._may_let_go(claim, "put_aside")):
            return
        if self._let_go(claim, "put_aside"):
            claim.job.wakes_at = until
            claim.job.offered_to, claim.job.offered_until = claim.person, until + LEASE

    def somebody_hands_it_on(self, drawn: Drawn) -> None:
        claim = self._claim(drawn.one)
        able = self.queue.could_take(drawn.to, claim.job, self.clock.now)
        fits = drawn.to != claim.person and able
        may = self._may_let_go(claim, "handed_on")
        work = self.office.store.passing.hand_over(self._hand(claim), drawn.to, "yours", TERMS)
        if not self._happens(work, may and (fits or claim.ended == "handed_on")):
            return
        if self._let_go(claim, "handed_on"):
            claim.job.offered_to, claim.job.offered_until = drawn.to, self.clock.now + LEASE

    def somebody_skips(self, drawn: Drawn) -> None:
        claim = self._claim(drawn.one)
        work = self.office.store.passing.skip(self._hand(claim), drawn.reason, "", RULES.skip_for)
        if not self._happens(work, self._may_let_go(claim, "skipped")):
            return
        if self._let_go(claim, "skipped"):
            claim.job.skipped[claim.person] = self.clock.now + RULES.skip_for
            if drawn.reason is SkipReason.KNOW_THE_PERSON:
                claim.job.excluded.add(claim.person)
                self.queue.relations[claim.person].add(claim.job.account)

    def somebody_decides(self, drawn: Drawn) -> None:
        claim = self._claim(drawn.one)
        person, job = PEOPLE[claim.person], claim.job
        holds = job.is_open and claim.is_live(self.clock.now) and self._untied(claim)
        may = self.queue.serves(claim.person, job) and (claim.submission is not None or holds)
        verdict = Verdict.DISMISS if job.hearing is HearingKind.FIRST else Verdict.UPHELD
        work = self.office.store.desk.submit(
            job.review_id, person, claim.etag, verdict, reason="seen"
        )
        if self._happens(work, may) and claim.submission is None:
            claim.submission, claim.is_pending = self.answer.submission_id, True

    # -- what stories do ---------------------------------------------------------------------------

    def the_story_accepts(self, drawn: Drawn) -> None:
        claim = self._pending()[drawn.one % len(self._pending())]
        job = claim.job
        if job.hearing is HearingKind.APPEAL:
            self.do(self.office.uphold(job.case_id, claim.person, job.review_id))
        else:
            self.do(self.office.dismiss(job.case_id, claim.person, job.review_id, "1/first"))
        claim.is_pending, claim.ended = False, "decided"
        job.is_open = False

    def the_story_refuses(self, drawn: Drawn) -> None:
        claim = self._pending()[drawn.one % len(self._pending())]
        job = claim.job
        self.do(
            self.office.store.reviews.refuse(
                claim.submission or "", job.review_id, job.case_id, "forbidden"
            )
        )
        claim.is_pending = False
        job.put_back("refused")

    def the_story_moves_it(self, drawn: Drawn) -> None:
        job = self._pick(drawn.one)
        due_at = self.clock.now + drawn.span + timedelta(seconds=self._number())
        reviews_ = self.office.store.reviews
        self.do(reviews_.hand_over(job.review_id, drawn.desk, due_at, job.needs.skill))
        job.desk = drawn.desk
        job.weigh(due_at=due_at)
        job.for_anybody()
        job.put_back("handed_over")

    # -- what the office does ----------------------------------------------------------------------

    def a_profile_changes(self, drawn: Drawn) -> None:
        language = drawn.said[1]
        spoken = frozenset({language} if language else ())
        skills = frozenset({"graphic"} if drawn.holds else ())
        profile = Profile(person=drawn.name, languages=spoken, skills=skills)
        self.do(self.office.store.profiles.put(profile, by="lena"))
        self.queue.profiles[drawn.name] = profile

    def a_relation_changes(self, drawn: Drawn) -> None:
        profiles = self.office.store.profiles
        if drawn.holds:
            tied = Relation(account_id=drawn.account, kind=RelationKind.OWN)
            self.do(profiles.declare(drawn.name, [tied], by=drawn.name))
            self.queue.relations[drawn.name].add(drawn.account)
        else:
            self.do(profiles.withdraw(drawn.name, [drawn.account], by="lena"))
            self.queue.relations[drawn.name].discard(drawn.account)

    def time_passes(self, drawn: Drawn) -> None:
        self.clock.passes(drawn.span)

    # -- what always holds -------------------------------------------------------------------------

    @invariant()
    def order_and_counts_are_those_of_the_tables(self) -> None:
        if self.queue.profiles:
            self.do(self._compared())

    async def _compared(self) -> None:
        now = self.clock.now
        stats = {stat.queue: stat for stat in await self.office.store.reads.queue_stats()}
        name = sorted(PEOPLE)[self.steps % len(PEOPLE)]
        queue = QUEUES[self.steps // len(PEOPLE) % len(QUEUES)]
        async with self.office.store.database.reading() as tx:
            rows = await tx.rows(select(reviews).where(reviews.c.state == "open"))
            served = await tx.rows(
                waiting_for(PEOPLE[name], queue, now)
                .where(*await fits(tx, await profile_of(tx, name)))
                .order_by(case((is_offered_to(name, now), 0), else_=1), *by_weight(now))
            )
            said = await tx.rows(_reporters())
            live = await tx.rows(_live_claims())
        assert {row.review_id: waiting_of(row) for row in rows} == {
            job.review_id: job.waiting for job in self.queue.jobs if job.is_open
        }
        for each in QUEUES:
            here = [row for row in rows if each in queues_of(row.desk, row.hearing)]
            counted = stats.get(each)
            assert (counted is None) == (not here)
            if counted is not None:
                found = (counted.waiting, counted.claimed, counted.held, counted.overdue)
                assert found == self.queue.counts(each, now) == _recounted(here, now)
                assert counted.oldest_at == min(row.opened_at for row in here)
                assert counted.next_due_at == min(row.due_at for row in here)
        reported = {row.case_id: row.number for row in said}
        asked = [row for row in rows if row.hearing == HearingKind.FIRST]
        assert all(row.reporters == reported.get(row.case_id, 0) for row in asked)
        assert all(row.number == 1 for row in live)
        expected = self.queue.in_order(name, queue, now)
        assert [row.review_id for row in served] == [job.review_id for job in expected]
        assert list(served) == sorted(served, key=lambda row: _placed(row, name, now))

    # -- in short ----------------------------------------------------------------------------------

    def _number(self) -> int:
        self.numbers += 1
        return self.numbers

    def _open(self) -> list[Job]:
        return [job for job in self.queue.jobs if job.is_open]

    def _pick(self, one: int) -> Job:
        return self._open()[one % len(self._open())]

    def _pending(self) -> list[Claim]:
        return [claim for claim in self.queue.claims if claim.is_pending]

    def _claim(self, one: int) -> Claim:
        """Mostly one of the latest; now and then one that is long over."""
        return self.queue.claims[-1 - one % min(len(self.queue.claims), 8)]

    def _hand(self, claim: Claim) -> InHand:
        return InHand(review_id=claim.job.review_id, person=PEOPLE[claim.person], etag=claim.etag)

    def _untied(self, claim: Claim) -> bool:
        tied, job = self.queue.relations[claim.person], claim.job
        return (
            claim.person not in job.excluded
            and job.account not in tied
            and not job.reporters & tied
        )

    def _may_let_go(self, claim: Claim, how: str) -> bool:
        again = claim.ended == how
        return again or (claim.is_live(self.clock.now) and claim.submission is None)

    def _let_go(self, claim: Claim, how: str) -> bool:
        """Whether this ended the claim, and did not only repeat."""
        if claim.ended is not None:
            return False
        claim.job.put_back(how)
        return True

    def _happens(self, work: Coroutine[Any, Any, Any], expected: bool) -> bool:
        """Whether it happened, which is never against what was expected; then `answer` is kept."""
        try:
            self.answer, happened = self.do(work), True
        except Refused:
            happened = False
        assert happened == expected
        return happened


def _reporters() -> Any:
    number = func.count(detections.c.reporter.distinct()).label("number")
    return select(detections.c.case_id, number).group_by(detections.c.case_id)


def _live_claims() -> Any:
    number = func.count().label("number")
    return (
        select(claims.c.review_id, number)
        .where(claims.c.ended_at.is_(None))
        .group_by(claims.c.review_id)
    )


def _placed(row: Any, name: str, now: datetime) -> tuple[Any, ...]:
    kept = row.offered_to == name and row.offered_until > now
    return (not kept, *place(waiting_of(row), now))


def _recounted(rows: list[Any], now: datetime) -> tuple[int, int, int, int]:
    claimed = sum(row.held_until is not None and row.held_until > now for row in rows)
    asleep = sum(row.wakes_at is not None and row.wakes_at > now for row in rows)
    overdue = sum(row.due_at <= now for row in rows)
    return len(rows) - claimed - asleep, claimed, asleep, overdue


@pytest.mark.parametrize("kind", KINDS)
def test_order_and_counts_survive_five_thousand_operations(
    databases: Databases, keyring: Keyring, kind: str
) -> None:
    done: list[str] = []

    run_state_machine_as_test(
        partial(QueueMachine, databases, kind, keyring, done),  # type: ignore[arg-type]
        settings=settings(
            max_examples=OPERATIONS // STEPS + 5,
            stateful_step_count=STEPS,
            deadline=None,
            derandomize=True,
            database=None,
            phases=(Phase.generate,),
            suppress_health_check=tuple(HealthCheck),
        ),
    )

    assert len(done) >= OPERATIONS
