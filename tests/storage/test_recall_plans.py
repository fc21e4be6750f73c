"""Planning a recall: what is found, what is left alone, who may say yes, and that nothing moves."""

import asyncio
from collections import Counter
from datetime import datetime, timedelta
from time import monotonic
from typing import Any

import pytest
from sqlalchemy import Table, select

from casework.detection import DetectorRef
from casework.errors import (
    AlreadyApproved,
    ConfirmationNeeded,
    Conflict,
    Forbidden,
    NotApproved,
    NotFound,
    PlanExpired,
)
from casework.recalls import LeftOutWhy, RecallFilter, RecallState, RecallView, Request
from casework.records import Person
from casework.words import ActionKind, Channel, Role
from storage.tables import (
    actions,
    audit,
    cases,
    decisions,
    detections,
    notices,
    strikes,
)
from tests.storage.office import Office

BAD = RecallFilter(detector="keyword-scan", detector_version="3")
ONCALL = Person(id="olga", role=Role.ONCALL)
LEAD = Person(id="lea", role=Role.LEAD)


def asked(
    found: RecallFilter = BAD, *, everything: bool = False, pace: int = 60, sample: int = 5
) -> Request:
    return Request(
        filter=found,
        pace=pace,
        sample=sample,
        everything=everything,
        valid_for=timedelta(hours=4),
    )


async def planned(office: Office, found: RecallFilter = BAD) -> RecallView:
    return await office.store.recalls.plan(asked(found, everything=True), ONCALL)


async def enforced(office: Office, name: str, detector: str = "keyword-scan") -> str:
    """A closed case that the policy enforced and told of."""
    said = office.detection(f"det-{name}", item=name, account=f"acc-{name}")
    by = DetectorRef(name=detector, version="3")
    case = await office.receive(said.model_copy(update={"detector": by}))
    await office.open(case)
    await office.finish(case, await office.enforce(case))
    return case


def left_out(view: RecallView) -> dict[LeftOutWhy, int]:
    return {each.why: each.count for each in view.counts.left_out}


async def test_what_a_bad_version_did_on_its_own_is_found_and_nothing_moves(
    office: Office,
) -> None:
    bad = [await enforced(office, f"bad-{number}") for number in range(3)]
    good = await enforced(office, "good", detector="another")
    before = [await office.events(case) for case in (*bad, good)]

    view = await planned(office)

    assert set(view.sample) == set(bad)
    assert (view.counts.cases, view.counts.accounts, view.counts.statements) == (3, 3, 3)
    [action] = view.counts.actions
    assert (action.kind, action.count) == (ActionKind.REMOVE_ITEM, 3)
    assert (view.state, view.takes) == (RecallState.PLANNED, timedelta(seconds=3))
    assert [await office.events(case) for case in (*bad, good)] == before


async def test_another_version_of_the_detector_is_not_blamed(office: Office) -> None:
    await enforced(office, "bad")

    newer = BAD.model_copy(update={"detector_version": "4"})
    view = await planned(office, newer)

    assert view.counts.cases == 0


async def test_what_a_person_decided_is_left_out_and_counted(office: Office) -> None:
    await enforced(office, "bad")
    case = await office.opened("det-2", item="seen", account="acc-2")
    await office.ask(case)
    claimed = await office.claim()
    decided = await office.enforce(case, by="ann", closes=claimed.review_id, step="1/first")
    await office.finish(case, decided)

    view = await planned(office)

    assert view.counts.cases == 1
    assert left_out(view) == {LeftOutWhy.DECIDED_BY_A_PERSON: 1}


async def test_what_was_overturned_before_is_left_out_and_counted(office: Office) -> None:
    case = await enforced(office, "bad")
    await office.overturn(case)

    view = await planned(office)

    assert view.counts.cases == 0
    assert left_out(view) == {LeftOutWhy.TAKEN_BACK_ALREADY: 1}


async def test_a_claim_that_came_after_the_ruling_did_not_cause_it(office: Office) -> None:
    case = await enforced(office, "good", detector="another")
    office.clock.passes(timedelta(minutes=1))
    await office.receive(office.detection("det-late", item="good", account="acc-good"))

    view = await planned(office)

    assert case not in view.sample


async def test_a_report_of_the_same_makes_a_case_borderline(office: Office) -> None:
    await enforced(office, "bad")
    case = await enforced(office, "reported")
    report = office.detection("det-report", item="reported", channel=Channel.USER_REPORT)
    by = DetectorRef(name="reports", version="1")
    await office.receive(report.model_copy(update={"detector": by}))

    view = await planned(office)

    assert (view.counts.cases, view.counts.borderline) == (2, 1)
    assert case in view.sample


async def test_an_open_case_that_only_it_detected_is_found(office: Office) -> None:
    case = await office.opened("det-open", item="open", account="acc-open")
    await office.ask(case, ActionKind.HIDE_ITEM)

    view = await planned(office)

    assert (view.counts.cases, view.counts.open_cases) == (1, 1)
    [action] = view.counts.actions
    assert action.kind is ActionKind.HIDE_ITEM


async def test_an_open_case_that_somebody_else_claims_too_is_left_to_people(
    office: Office,
) -> None:
    case = await office.opened("det-open", item="open", account="acc-open")
    await office.ask(case)
    report = office.detection("det-report", item="open", channel=Channel.USER_REPORT)
    by = DetectorRef(name="reports", version="1")
    await office.receive(report.model_copy(update={"detector": by}))

    view = await planned(office)

    assert view.counts.cases == 0
    assert left_out(view) == {LeftOutWhy.OPEN_AND_CLAIMED_BY_OTHERS: 1}


async def test_a_window_bounds_when_it_was_decided(office: Office) -> None:
    await enforced(office, "early")
    office.clock.passes(timedelta(hours=2))
    late = await enforced(office, "late")

    since = BAD.model_copy(update={"since": office.clock.now - timedelta(hours=1)})
    view = await planned(office, since)

    assert view.sample == (late,)


async def test_a_policy_version_is_found_whoever_detected(office: Office) -> None:
    await enforced(office, "one")
    await enforced(office, "two", detector="another")

    view = await planned(office, RecallFilter(policy="harassment", policy_version=1))
    other = await planned(office, RecallFilter(policy="harassment", policy_version=2))

    assert (view.counts.cases, other.counts.cases) == (2, 0)


async def test_an_empty_filter_needs_a_confirmation(office: Office) -> None:
    with pytest.raises(ConfirmationNeeded):
        await office.store.recalls.plan(asked(RecallFilter()), ONCALL)


async def test_a_filter_that_happens_to_match_everything_needs_one_too(office: Office) -> None:
    await enforced(office, "bad")

    with pytest.raises(ConfirmationNeeded):
        await office.store.recalls.plan(asked(), ONCALL)

    await enforced(office, "good", detector="another")
    view = await office.store.recalls.plan(asked(), ONCALL)
    assert not view.matches_everything


async def test_who_may_not_see_a_harm_plans_no_recall_of_it(office: Office) -> None:
    await enforced(office, "bad")
    elsewhere = ONCALL.model_copy(update={"harms": frozenset({"spam_scam"})})

    with pytest.raises(Forbidden):
        await office.store.recalls.plan(asked(everything=True), elsewhere)

    view = await planned(office)
    with pytest.raises(NotFound):
        await office.store.recalls.view(view.recall_id, elsewhere)


async def test_two_different_people_have_to_say_yes(office: Office) -> None:
    await enforced(office, "bad")
    recall = (await planned(office)).recall_id
    recalls = office.store.recalls

    with pytest.raises(NotApproved):
        await recalls.start(recall, ONCALL)
    await recalls.approve(recall, ONCALL)
    with pytest.raises(AlreadyApproved):
        await recalls.approve(recall, ONCALL)
    with pytest.raises(NotApproved):
        await recalls.start(recall, ONCALL)
    office.clock.passes(timedelta(minutes=1))
    view = await recalls.approve(recall, LEAD)
    started = await recalls.start(recall, LEAD)

    assert [yes.by for yes in view.approvals] == ["olga", "lea"]
    assert (view.state, started.state) == (RecallState.APPROVED, RecallState.RUNNING)


async def test_two_people_who_say_yes_at_once_are_two(office: Office) -> None:
    await enforced(office, "bad")
    recall = (await planned(office)).recall_id

    await asyncio.gather(
        office.store.recalls.approve(recall, ONCALL), office.store.recalls.approve(recall, LEAD)
    )

    assert (await office.store.recalls.view(recall, LEAD)).state is RecallState.APPROVED


async def test_a_yes_to_another_plan_is_refused(office: Office) -> None:
    await enforced(office, "bad")
    view = await planned(office)

    with pytest.raises(Conflict):
        await office.store.recalls.approve(view.recall_id, LEAD, digest="0" * 64)

    approved = await office.store.recalls.approve(view.recall_id, LEAD, digest=view.digest)
    assert len(approved.approvals) == 1


async def test_a_plan_that_was_changed_behind_our_back_does_not_start(office: Office) -> None:
    await enforced(office, "bad")
    recall = (await planned(office)).recall_id
    await office.store.recalls.approve(recall, ONCALL)
    await office.store.recalls.approve(recall, LEAD)
    await office.sql("UPDATE recall_items SET round = 7")

    with pytest.raises(Conflict, match="approved"):
        await office.store.recalls.start(recall, LEAD)


async def test_an_old_plan_is_neither_approved_nor_started(office: Office) -> None:
    await enforced(office, "bad")
    recall = (await planned(office)).recall_id
    await office.store.recalls.approve(recall, ONCALL)
    office.clock.passes(timedelta(hours=5))

    with pytest.raises(PlanExpired):
        await office.store.recalls.approve(recall, LEAD)
    with pytest.raises(PlanExpired):
        await office.store.recalls.start(recall, LEAD)

    assert (await office.store.recalls.view(recall, LEAD)).expired


async def test_each_word_about_a_recall_is_in_the_trail(office: Office) -> None:
    await enforced(office, "bad")
    recalls = office.store.recalls
    recall = (await planned(office)).recall_id
    for person in (ONCALL, LEAD):
        await recalls.approve(recall, person)
    await recalls.start(recall, LEAD)
    await recalls.pause(recall, ONCALL)
    await recalls.pause(recall, ONCALL)
    await recalls.resume(recall, LEAD)

    said = await said_of(office, recall)

    assert said == Counter(
        {
            ("recall_planned", "olga"): 1,
            ("recall_approved", "olga"): 1,
            ("recall_approved", "lea"): 1,
            ("recall_started", "lea"): 1,
            ("recall_paused", "olga"): 1,
            ("recall_resumed", "lea"): 1,
        }
    )


async def said_of(office: Office, recall: str) -> Counter[tuple[str, str]]:
    async with office.store.database.reading() as tx:
        rows = await tx.rows(select(audit).where(audit.c.facts.contains(recall)))
    return Counter((row.event, row.actor) for row in rows)


async def test_two_thousand_cases_are_planned_within_five_seconds(office: Office) -> None:
    await many(office, 2_000)

    began = monotonic()
    view = await planned(office)
    took = monotonic() - began

    assert view.counts.cases == 2_000
    assert sum(action.count for action in view.counts.actions) == 2_000
    assert took < 5


async def many(office: Office, number: int) -> None:
    """So many closed cases with a detection, a decision, an action, a strike and a notice each,
    besides as many of somebody else's."""
    now = office.clock.now
    async with office.store.database.transaction() as tx:
        for whose in ("keyword-scan", "another"):
            names = [f"{whose}-{count}" for count in range(number)]
            for table, values in _rows(whose, now).items():
                await tx.execute(table.insert(), [_named(values, name) for name in names])


def _named(values: dict[str, Any], name: str) -> dict[str, Any]:
    return {column: name if value is ... else value for column, value in values.items()}


def _rows(whose: str, now: datetime) -> dict[Table, dict[str, Any]]:
    """`...` is where a row's own name belongs."""
    version = {"detector": whose, "detector_version": "3"}
    return {
        cases: {
            "case_id": ..., "harm": "harassment", "item_type": "message", "item_id": ...,
            "account_id": ..., "stage": "closed", "outcome": "enforced", "round": 1,
            "policy_version": 1, "blocked_on": "", "detections": 1, "opened_at": now,
            "round_opened_at": now, "closed_at": now, **version,
        },
        detections: {
            "detection_id": ..., "case_id": ..., "digest": b"", "by": "scanner", **version,
            "channel": "classifier", "observed_at": now, "received_at": now, "round": 1,
            "has_text": False, "sealed": b"",
        },
        decisions: {
            "decision_id": ..., "case_id": ..., "round": 1, "hearing": "first", "by": "policy",
            "automated": True, "verdict": "enforce", "measures": "[]", "because": "rule_1",
            "policy": "harassment", "policy_version": 1, "grounds": "", "at": now,
        },
        actions: {
            "action_id": ..., "decision_id": ..., "case_id": ..., "round": 1,
            "kind": "remove_item", "target": ..., "item_type": "message", "item_id": ...,
            "account_id": ..., "interim": False, "state": "confirmed", "attempts": 1,
            "platform_ref": ..., "harm": "harassment", "policy_version": 1, "reason": "",
            "note": "", "planned_at": now, "first_at": now, "confirmed_at": now,
        },
        strikes: {
            "decision_id": ..., "case_id": ..., "account_id": ..., "weight": 1, "at": now,
            "expires_at": now + timedelta(days=90),
        },
        notices: {
            "notice_id": ..., "decision_id": ..., "case_id": ..., "round": 1,
            "kind": "statement", "account_id": ..., "sealed_subject": b"", "sealed_body": b"",
            "channels": '["mail"]', "rendered_at": now, "delivered_at": now,
        },
    }  # fmt: skip


async def test_what_was_recalled_counts_no_more_when_a_case_is_ruled_on_again(
    office: Office,
) -> None:
    case = await enforced(office, "bad")
    alone = (await office.store.cases.file(case)).claims
    await office.sql("UPDATE detections SET recalled_at = received_at")
    newer = office.detection("det-newer", item="bad", score=0.2)
    await office.receive(
        newer.model_copy(update={"detector": DetectorRef(name="another", version="1")})
    )

    again = (await office.store.cases.file(case)).claims

    assert (alone.score, again.score, again.count) == (0.9, 0.2, 1)
