"""A queue as it should be, kept in memory: what the state machine holds the real one against."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from casework.profiles import Needs, Profile
from casework.queueing import (
    APPEALS,
    Chosen,
    QueueRules,
    Waiting,
    is_a_turn,
    place,
    place_at_a_turn,
    queues_of,
    served_by_turn,
)
from casework.records import Person
from casework.words import HearingKind


@dataclass
class Claim:
    claim_id: str
    person: str
    queue: str
    etag: str
    at: datetime
    expires_at: datetime
    job: "Job"
    ended: str | None = None
    submission: str | None = None
    is_pending: bool = False

    def is_live(self, now: datetime) -> bool:
        return self.ended is None and (self.expires_at > now or self.is_pending)


@dataclass
class Job:
    """A review that waits, is held, or is closed."""

    waiting: Waiting
    case_id: str
    item: str
    account: str
    desk: str
    needs: Needs
    hearing: HearingKind = HearingKind.FIRST
    reporters: set[str] = field(default_factory=set)
    """Accounts that are named as reporters."""
    said_by: set[str | None] = field(default_factory=set)
    """Who counts as one reporter; None: all who are not named."""
    is_open: bool = True
    excluded: set[str] = field(default_factory=set)
    skipped: dict[str, datetime] = field(default_factory=dict)
    wakes_at: datetime | None = None
    offered_to: str | None = None
    offered_until: datetime | None = None
    claim: Claim | None = None

    @property
    def review_id(self) -> str:
        return self.waiting.review_id

    @property
    def queues(self) -> frozenset[str]:
        return queues_of(self.desk, self.hearing)

    def weigh(self, **changed: object) -> None:
        self.waiting = self.waiting.model_copy(update=changed)

    def for_anybody(self) -> None:
        self.wakes_at = self.offered_to = self.offered_until = None

    def is_claimed(self, now: datetime) -> bool:
        return self.claim is not None and self.claim.is_live(now)

    def sleeps(self, now: datetime) -> bool:
        return self.wakes_at is not None and self.wakes_at > now

    def is_offered(self, now: datetime) -> bool:
        return self.offered_until is not None and self.offered_until > now

    def put_back(self, how: str) -> None:
        if self.claim is None or not self.claim.is_pending:
            if self.claim is not None and self.claim.ended is None:
                self.claim.ended = how
            self.claim = None
            self.for_anybody()


@dataclass
class Queue:
    rules: QueueRules
    people: dict[str, Person]
    jobs: list[Job] = field(default_factory=list)
    claims: list[Claim] = field(default_factory=list)
    profiles: dict[str, Profile] = field(default_factory=dict)
    relations: dict[str, set[str]] = field(default_factory=dict)

    def fits(self, person: str, job: Job) -> bool:
        tied = self.relations[person]
        return (
            person not in job.excluded
            and self.profiles[person].takes(job.needs)
            and job.account not in tied
            and not job.reporters & tied
        )

    def could_take(self, person: str, job: Job, now: datetime) -> bool:
        """Whether it would be served to them if it waited."""
        return (
            self.serves(person, job)
            and not job.skipped.get(person, now) > now
            and self.fits(person, job)
        )

    def serves(self, person: str, job: Job) -> bool:
        return any(map(self.people[person].serves, job.queues))

    def is_served(self, person: str, queue: str, job: Job) -> bool:
        """Whoever serves a desk hears its appeals too, when they ask for appeals."""
        serves = self.people[person].serves
        at_its_desk = queue == APPEALS and serves(job.desk)
        return queue in job.queues and (serves(queue) or at_its_desk)

    def may_have(self, person: str, queue: str, now: datetime) -> list[Job]:
        return [
            job
            for job in self.jobs
            if job.is_open
            and self.is_served(person, queue, job)
            and not job.is_claimed(now)
            and not job.sleeps(now)
            and (not job.is_offered(now) or job.offered_to == person)
            and not job.skipped.get(person, now) > now
            and self.fits(person, job)
        ]

    def in_order(self, person: str, queue: str, now: datetime) -> list[Job]:
        """By weight, after what is kept for this person."""
        return sorted(
            self.may_have(person, queue, now),
            key=lambda job: (not job.is_offered(now), *place(job.waiting, now)),
        )

    def held_by(self, person: str, queue: str, now: datetime) -> Claim | None:
        mine = [
            claim
            for claim in self.claims
            if (claim.person, claim.queue) == (person, queue)
            and claim.is_live(now)
            and claim.submission is None
        ]
        return mine[0] if mine else None

    def next_for(self, person: str, queue: str, now: datetime) -> tuple[Job, Chosen | None] | None:
        its_turn = is_a_turn(self._claims_today(person, queue, now), self.rules)
        fitting = self.in_order(person, queue, now)
        if its_turn:
            fitting.sort(
                key=lambda job: (
                    not job.is_offered(now),
                    *place_at_a_turn(job.waiting, now, self.rules),
                )
            )
        if not fitting:
            return None
        first = fitting[0]
        if first.is_offered(now):
            return first, Chosen.OFFERED
        if its_turn and served_by_turn(first.waiting, now, self.rules):
            return first, Chosen.TURN
        return first, None

    def counts(self, queue: str, now: datetime) -> tuple[int, int, int, int]:
        """Waiting, claimed, put aside, overdue."""
        here = [job for job in self.jobs if job.is_open and queue in job.queues]
        claimed = sum(job.is_claimed(now) for job in here)
        asleep = sum(job.sleeps(now) for job in here)
        overdue = sum(job.waiting.due_at <= now for job in here)
        return len(here) - claimed - asleep, claimed, asleep, overdue

    def _claims_today(self, person: str, queue: str, now: datetime) -> int:
        midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
        of_them = (each for each in self.claims if (each.person, each.queue) == (person, queue))
        return sum(each.at >= midnight for each in of_them)


LEASE = timedelta(minutes=15)
