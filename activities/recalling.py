"""Taking back what a bad version did, item by item. Every step of an item may run twice."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from activities.changing import Changing
from activities.enforcing import Enforcing
from activities.settling import first_decision
from activities.telling import Telling
from casework.errors import Gone, Permanent, TurnedDown
from casework.identity import review_id
from casework.orders import CaseStart, DetectionNews, StartFacts, TakeBack
from casework.ports import CaseBook, PolicyBook
from casework.recall_ports import RecallItems, Retold
from casework.recall_words import overriding, recalled_notice
from casework.recalls import RECALLED, ItemStanding, ItemState, RecallItem, Requeue
from casework.records import CaseFile, ReviewRecord, Settled
from casework.righting import TellChange
from casework.ruling import Ruling
from casework.words import ActionState, HearingKind


@dataclass(frozen=True)
class Records:
    cases: CaseBook
    policies: PolicyBook
    items: RecallItems


@dataclass(frozen=True)
class Voices:
    """Who is told: the account, of its decisions and of others' changes; and the stories."""

    telling: Telling
    changing: Changing
    retold: Retold


class Recaller:
    """One item from its first step to its last; it goes on where an earlier try ended."""

    def __init__(
        self,
        records: Records,
        enforcing: Enforcing,
        voices: Voices,
        clock: Callable[[], datetime],
    ) -> None:
        self._items = records.items
        self._cases = records.cases
        self._policies = records.policies
        self._enforcing = enforcing
        self._telling = voices.telling
        self._changing = voices.changing
        self._retold = voices.retold
        self._clock = clock

    async def undo(self, item: RecallItem, by: str) -> None:
        """Take everything back that follows from the item's decision, tell, and finish it.

        Raises:
            Transient: something does not answer; the item stays as far as it has come.
        """
        try:
            await self._undo(item, by)
        except Permanent as refusal:
            await self._items.give_up(item, refusal.code)

    async def _undo(self, item: RecallItem, by: str) -> None:
        seen = await self._items.standing(item)
        if item.state is ItemState.PENDING:
            if seen.skip:
                await self._items.skip(item, seen.skip)
                return
            item = await self._withdraw(item, seen, by)
        item = await self._set_right(await self._take_back(item))
        file = await self._cases.file(item.case_id)
        item = await self._tell(item, file)
        for story in seen.waiting:
            await self._retold.settled_elsewhere(story)
        item = await self._items.finish(item, await self._requeue(item, file))
        if item.borderline:
            await self._wake(file)

    async def _withdraw(self, item: RecallItem, seen: ItemStanding, by: str) -> RecallItem:
        if seen.first is not None:
            decision = overriding(seen.first, by, self._clock())
            settled = Settled(decision=decision, withdraws=seen.first.decision_id)
            return await self._items.withdraw(item, seen, settled, f"{item.round}/recall")
        file = await self._cases.file(item.case_id)
        policy = await self._policies.version(file.harm, file.policy_version)
        decision = first_decision(
            file, policy, Ruling.dismiss(RECALLED), by=by, at=self._clock(), automated=False
        )
        settled = Settled(decision=decision, closes_review=seen.review_id)
        step = "rule" if seen.review_id is None else "first"
        return await self._items.withdraw(item, seen, settled, f"{item.round}/{step}")

    async def _take_back(self, item: RecallItem) -> RecallItem:
        """Each effect by itself: one that is refused keeps none of the others standing."""
        for action_id in item.owed:
            order = TakeBack(action_id=action_id, ends=ActionState.REVERTED)
            try:
                await self._enforcing.take_back(order)
            except Permanent as refusal:
                item = await self._items.refused(item, refusal.code)
        return item

    async def _set_right(self, item: RecallItem) -> RecallItem:
        """What was lifted or shortened of the account's other decisions is told of these."""
        for due in item.changes:
            for shorter in due.shortens:
                await self._retold.shortened(shorter)
            order = TellChange(case_id=item.case_id, notice_id=due.notice_id)
            try:
                await self._changing.tell_change(order)
            except (TurnedDown, Gone) as refusal:
                item = await self._items.refused(item, f"notice_{refusal.code}")
        return item

    async def _tell(self, item: RecallItem, file: CaseFile) -> RecallItem:
        notice = recalled_notice(
            item.round, file, asks_people=item.borderline, all_undone=not item.note
        )
        item = await self._items.tell(item, notice)
        if item.notice_id is None:
            return item
        try:
            await self._telling.deliver(item.notice_id)
        except (TurnedDown, Gone) as refusal:
            return await self._items.refused(item, f"notice_{refusal.code}")
        return item

    async def _requeue(self, item: RecallItem, file: CaseFile) -> Requeue | None:
        if not item.borderline:
            return None
        policy = await self._policies.current(file.harm)
        desk = policy.review[0]
        review = ReviewRecord(
            review_id=review_id(item.case_id, item.round + 1, HearingKind.FIRST),
            case_id=item.case_id,
            round=item.round + 1,
            hearing=HearingKind.FIRST,
            harm=file.harm,
            severity=policy.severity,
            desk=desk.desk,
            due_at=self._clock() + desk.within,
            why=RECALLED,
            skill=desk.skill,
        )
        return Requeue(review=review, policy=policy)

    async def _wake(self, file: CaseFile) -> None:
        """Begin the story of the new round; the reconciler would find it later."""
        policy = await self._policies.current(file.harm)
        facts = StartFacts(
            severity=policy.severity,
            detector=file.detector.name,
            jurisdiction=file.account.jurisdiction,
        )
        start = CaseStart(case_id=file.case_id, harm=file.harm)
        await self._retold.detected(start, DetectionNews(detection_id=""), facts)
