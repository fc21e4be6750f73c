"""What a test says instead of spelling out every record: cases as an office would work on them."""

import hashlib
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from typing import Any

from pydantic import JsonValue
from sqlalchemy import text

from casework.detection import AccountRef, Detection, DetectorRef, Item, Media
from casework.durations import Period
from casework.finding import Finding
from casework.identity import action_id, decision_id, notice_id, review_id
from casework.orders import Closing, Decided, OpenCase
from casework.policy import Policy
from casework.ports import Opening
from casework.records import (
    POLICY,
    Decision,
    Person,
    PlannedAction,
    ReviewRecord,
    Settled,
    Statement,
    Strike,
    Submission,
)
from casework.ruling import Measure, Ruling
from casework.words import (
    ActionKind,
    ActionState,
    Channel,
    HearingKind,
    NoticeKind,
    Outcome,
    Role,
    Severity,
    Verdict,
)
from storage import policy_files
from storage.desk import ClaimedReview
from storage.store import Store
from tests.databases import Clock

LEASE = timedelta(minutes=15)
ANN = Person(id="ann", role=Role.REVIEWER)
BEN = Person(id="ben", role=Role.REVIEWER)
SCANNER = DetectorRef(name="keyword-scan", version="3")
SECRET = "you are a very special kind of idiot"

POLICY_TEXT = """\
harm: harassment
version: {version}
severity: high
checks: [profanity]
rules:
  - when: findings.profanity.score >= 0.9
    do: [remove_item]
  - otherwise: dismiss
review: [{{desk: reviewers, within: PT4H}}, {{desk: leads, within: PT2H}}]
if_nobody_decides: dismiss
interim: {{hide_item: until_decided}}
appeal_within: P6M
reopen: {reopen}
grounds: {{basis: terms, reference: "Rules 3.1", explanation: "Attacks on people are not allowed."}}
"""


def policy_text(version: int = 1, reopen: str = "when_dismissed") -> str:
    return POLICY_TEXT.format(version=version, reopen=reopen)


@cache
def policy(version: int = 1, reopen: str = "when_dismissed") -> Policy:
    return policy_files.parse(policy_text(version, reopen), "harassment.yaml")


@dataclass
class Office:
    store: Store
    clock: Clock

    # -- detections and cases ---------------------------------------------------------------------

    def detection(
        self,
        name: str = "det-1",
        *,
        item: str = "m-1",
        account: str = "acc-1",
        harm: str = "harassment",
        words: str | None = SECRET,
        channel: Channel = Channel.CLASSIFIER,
        score: float | None = 0.9,
        reporter: str | None = None,
        detector: DetectorRef = SCANNER,
        context: JsonValue = None,
        media: tuple[Media | str, ...] = (),
        jurisdiction: str | None = "DE",
    ) -> Detection:
        return Detection(
            detection_id=name,
            detector=detector,
            harm=harm,
            item=Item(type="message", id=item, text=words, context=context, media=media),
            account=AccountRef(id=account, jurisdiction=jurisdiction),
            score=score,
            channel=channel,
            observed_at=self.clock.now,
            evidence={"reporter": reporter} if reporter else {},
        )

    async def receive(self, detection: Detection) -> str:
        """The case of a detection that is stored now."""
        body = hashlib.sha256(detection.model_dump_json().encode()).digest()
        read = (detection.item.text or "").lower()
        accepted = await self.store.intake.accept(detection, body, by="scanner", read=read)
        return accepted.case_id

    async def open(self, case: str, run: str = "run-1", under: Policy | None = None) -> Opening:
        order = OpenCase(case_id=case, harm="harassment", run=run)
        return await self.store.cases.open(order, under or policy())

    async def opened(self, name: str = "det-1", **about: Any) -> str:
        case = await self.receive(self.detection(name, **about))
        await self.open(case)
        return case

    # -- decisions --------------------------------------------------------------------------------

    async def planned(
        self,
        case: str,
        *kinds: ActionKind,
        lasts: timedelta | None = None,
        interim: bool = False,
        by: str = POLICY,
    ) -> tuple[PlannedAction, ...]:
        file = await self.store.cases.file(case)
        made = decision_id(case, file.round, HearingKind.FIRST)
        return tuple(
            PlannedAction(
                action_id=action_id(made, kind) + ("-interim" if interim else ""),
                decision_id=made,
                case_id=case,
                kind=kind,
                item=file.item,
                account=file.account,
                lasts=lasts,
                interim=interim,
                automated=by == POLICY,
                detector=file.detector,
            )
            for kind in kinds
        )

    async def decision(
        self,
        case: str,
        verdict: Verdict,
        by: str = POLICY,
        hearing: HearingKind = HearingKind.FIRST,
        measures: tuple[Measure, ...] = (),
    ) -> Decision:
        file = await self.store.cases.file(case)
        first = decision_id(case, file.round, HearingKind.FIRST)
        return Decision(
            decision_id=decision_id(case, file.round, hearing),
            case_id=case,
            round=file.round,
            hearing=hearing,
            by=by,
            automated=by == POLICY,
            ruling=Ruling(verdict=verdict, measures=measures, reason="rule_1"),
            policy="harassment",
            policy_version=1,
            grounds="Rules 3.1",
            reason="because of what was said" if by != POLICY else "",
            at=self.clock.now,
            overrides=first if verdict is Verdict.OVERTURNED else None,
        )

    async def enforce(
        self,
        case: str,
        *kinds: ActionKind,
        by: str = POLICY,
        lasts: timedelta | None = None,
        closes: str | None = None,
        step: str = "1/rule",
    ) -> Decided:
        kinds = kinds or (ActionKind.REMOVE_ITEM,)
        measures = tuple(Measure(kind=kind, lasts=lasts) for kind in kinds)
        decision = await self.decision(case, Verdict.ENFORCE, by, measures=measures)
        account = (await self.store.cases.file(case)).account
        return await self.store.cases.settle(
            Settled(
                decision=decision,
                actions=await self.planned(case, *kinds, lasts=lasts, by=by),
                statement=Statement(
                    notice_id=notice_id(decision.decision_id, NoticeKind.STATEMENT),
                    decision_id=decision.decision_id,
                    case_id=case,
                    kind=NoticeKind.STATEMENT,
                    account=account,
                    subject="A decision about your message",
                    body="Your message was removed. Appeal: https://casework.test/a/secret-token",
                    appeal_within=Period.parse("P6M"),
                ),
                strike=Strike(
                    decision_id=decision.decision_id,
                    account_id=account.id,
                    weight=2,
                    expires_at=self.clock.now + timedelta(days=90),
                ),
                findings=(Finding(check="profanity", score=0.95, model="words 1"),),
                closes_review=closes,
            ),
            step,
        )

    async def dismiss(
        self, case: str, by: str = POLICY, closes: str | None = None, step: str = "1/rule"
    ) -> Decided:
        decision = await self.decision(case, Verdict.DISMISS, by)
        settled = Settled(decision=decision, closes_review=closes)
        return await self.store.cases.settle(settled, step)

    async def overturn(self, case: str, by: str = "ben") -> Decided:
        decision = await self.decision(case, Verdict.OVERTURNED, by, HearingKind.APPEAL)
        return await self.store.cases.settle(
            Settled(decision=decision, withdraws=decision.overrides), "1/appeal"
        )

    async def uphold(self, case: str, by: str, closes: str) -> Decided:
        decision = await self.decision(case, Verdict.UPHELD, by, HearingKind.APPEAL)
        settled = Settled(decision=decision, closes_review=closes)
        return await self.store.cases.settle(settled, "1/appeal")

    async def ask(
        self,
        case: str,
        *interim: ActionKind,
        severity: Severity = Severity.HIGH,
        within: timedelta = timedelta(hours=4),
        skill: str | None = None,
    ) -> ReviewRecord:
        file = await self.store.cases.file(case)
        review = ReviewRecord(
            review_id=review_id(case, file.round, HearingKind.FIRST),
            case_id=case,
            round=file.round,
            hearing=HearingKind.FIRST,
            harm=file.harm,
            severity=severity,
            desk="reviewers",
            due_at=self.clock.now + within,
            why="rule_2",
            skill=skill,
        )
        waiting = await self.planned(case, *interim, interim=True)
        found = (Finding.failed("profanity", "timed_out"),)
        await self.store.cases.ask_people(review, waiting, found, f"{file.round}/rule")
        return review

    async def hear_appeal(self, case: str) -> ReviewRecord:
        """The review of an appeal that was filed against the first decision of this case."""
        first = decision_id(case, 1, HearingKind.FIRST)
        filed = await self.store.appeals.file(notice_id(first, NoticeKind.STATEMENT), "please look")
        asked = ReviewRecord(
            review_id=review_id(case, 1, HearingKind.APPEAL),
            case_id=case,
            round=1,
            hearing=HearingKind.APPEAL,
            harm="harassment",
            severity=Severity.HIGH,
            desk="reviewers",
            due_at=self.clock.now + timedelta(days=1),
            why="appeal",
        )
        return await self.store.reviews.open_appeal(filed.appeal_id, asked)

    # -- what follows -----------------------------------------------------------------------------

    async def carry_out(self, *actions: str) -> None:
        for action in actions:
            await self.store.actions.attempting(action)
            await self.store.actions.settle_action(action, ActionState.CONFIRMED)

    async def tell(self, decided: Decided) -> str:
        """Deliver the decision's notice; its id."""
        assert decided.notice_id is not None
        await self.store.notices.mark_delivered(decided.notice_id, "mail")
        await self.store.notices.complete(decided.notice_id)
        return decided.notice_id

    async def finish(self, case: str, decided: Decided) -> Closing:
        """Carry everything out, tell, and close."""
        await self.carry_out(*(due.action_id for due in decided.actions))
        if decided.notice_id:
            await self.tell(decided)
        enforced = decided.verdict is Verdict.ENFORCE
        outcome = Outcome.ENFORCED if enforced else Outcome.DISMISSED
        return await self.store.cases.close(case, 1, outcome)

    # -- the desk ---------------------------------------------------------------------------------

    async def claim(self, person: Person = ANN, queue: str = "reviewers") -> ClaimedReview:
        claimed = await self.store.desk.claim(queue, person, LEASE)
        assert claimed is not None
        return claimed

    async def submit(
        self, claimed: ClaimedReview, person: Person = ANN, verdict: Verdict = Verdict.DISMISS
    ) -> Submission:
        return await self.store.desk.submit(
            claimed.review_id, person, claimed.etag, verdict, reason="I read it"
        )

    # -- behind the back of the code --------------------------------------------------------------

    async def sql(self, statement: str) -> None:
        async with self.store.database.transaction() as tx:
            await tx.execute(text(statement))

    async def events(self, case: str) -> list[str]:
        return [entry.event for entry in await self.store.reads.timeline(case)]

    async def states(self, *actions: str) -> list[ActionState]:
        return [(await self.store.actions.action(action)).state for action in actions]
