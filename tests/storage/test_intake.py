"""Detections as they come in."""

import asyncio
import hashlib
from datetime import timedelta

import pytest

from casework.errors import DetectionConflict
from casework.words import ActionKind, Channel, Stage
from tests.storage.office import SECRET, Office


async def accept(office: Office, name: str, body: bytes = b"body", **about: str):  # type: ignore[no-untyped-def]
    detection = office.detection(name, **about)  # type: ignore[arg-type]
    return await office.store.intake.accept(detection, hashlib.sha256(body).digest(), "scanner")


async def test_a_detection_opens_a_case_that_has_to_be_woken(office: Office) -> None:
    accepted = await accept(office, "det-1")

    case = await office.store.reads.case(accepted.case_id)
    assert accepted.wake
    assert (case.stage, case.detection_ids) == (Stage.CHECKING, ("det-1",))
    assert case.severity is None


async def test_the_same_detection_again_gets_the_same_answer(office: Office) -> None:
    first = await accept(office, "det-1")

    again = await accept(office, "det-1")

    assert again == first
    assert (await office.store.reads.counts()).detections == 1


async def test_the_same_detection_wakes_nobody_once_temporal_has_it(office: Office) -> None:
    first = await accept(office, "det-1")
    await office.store.intake.acknowledged("det-1")
    office.clock.passes(timedelta(days=3_000))

    again = await accept(office, "det-1")

    assert again == first.model_copy(update={"wake": False})


async def test_the_same_id_with_another_body_is_refused(office: Office) -> None:
    await accept(office, "det-1")

    with pytest.raises(DetectionConflict):
        await accept(office, "det-1", body=b"another", item="m-2")

    assert (await office.store.reads.counts()).cases == 1


async def test_the_same_detection_sent_twice_at_once_is_stored_once(office: Office) -> None:
    answers = await asyncio.gather(*(accept(office, "det-1") for _ in range(8)))

    assert len({answer.case_id for answer in answers}) == 1
    assert (await office.store.reads.counts()).detections == 1
    assert (await office.events(answers[0].case_id)).count("detection_received") == 1


async def test_many_detections_of_one_item_at_once_are_one_case(office: Office) -> None:
    answers = await asyncio.gather(*(accept(office, f"det-{n}") for n in range(12)))

    case = await office.store.reads.case(answers[0].case_id)
    assert len({answer.case_id for answer in answers}) == 1
    assert len(case.detection_ids) == 12


async def test_another_harm_of_the_same_item_is_another_case(office: Office) -> None:
    first = await accept(office, "det-1")

    second = await accept(office, "det-2", harm="hate")

    assert first.case_id != second.case_id


async def test_a_detection_joins_a_review_in_progress_without_waking_anybody(
    office: Office,
) -> None:
    case = await office.opened("det-1")
    await office.ask(case)

    accepted = await accept(office, "det-2")

    assert not accepted.wake
    assert (await office.store.cases.file(case)).claims.count == 2
    assert (await office.events(case))[-1] == "detection_joined"


async def test_a_detection_after_the_decision_waits_for_the_next_round(office: Office) -> None:
    case = await office.opened("det-1")
    review = await office.ask(case, ActionKind.HIDE_ITEM)
    await office.dismiss(case, by="ann", closes=review.review_id, step="1/first")

    accepted = await accept(office, "det-2")

    assert accepted.wake
    assert (await office.events(case))[-1] == "detection_received"


async def test_the_case_keeps_the_account_that_was_named_first(office: Office) -> None:
    case = await office.opened("det-1", account="acc-1")

    await accept(office, "det-2", account="acc-2")

    assert (await office.store.cases.file(case)).account.id == "acc-1"


async def test_what_was_stored_and_never_told_is_found(office: Office) -> None:
    told, untold = await accept(office, "det-1"), await accept(office, "det-2", item="m-2")
    await office.store.intake.acknowledged("det-1")
    office.clock.passes(timedelta(seconds=10))
    await accept(office, "det-3", item="m-3")

    left = await office.store.intake.unacknowledged(timedelta(seconds=5))

    assert [each.detection_id for each in left] == ["det-2"]
    assert left[0] == untold
    assert told.case_id != untold.case_id


async def test_a_case_that_was_opened_counts_as_told(office: Office) -> None:
    await office.opened("det-1")
    office.clock.passes(timedelta(hours=1))

    left = await office.store.intake.unacknowledged(timedelta(seconds=5))

    assert left == []


async def test_claims_count_different_reporters_and_the_most_authoritative_channel(
    office: Office,
) -> None:
    case = await office.opened("det-1")
    for number, reporter in enumerate(["eve", "eve", "zoe", None, None]):
        report = office.detection(
            f"rep-{number}", channel=Channel.USER_REPORT, reporter=reporter, score=None
        )
        await office.receive(report)
    flagged = office.detection("flag-1", channel=Channel.TRUSTED_FLAGGER, score=0.99)
    await office.receive(flagged)

    claims = (await office.store.cases.file(case)).claims

    assert (claims.count, claims.reporters) == (7, 3)
    assert (claims.channel, claims.score) == (Channel.TRUSTED_FLAGGER, 0.99)


async def test_a_flood_without_text_does_not_hide_the_text_that_is_judged(office: Office) -> None:
    case = await office.opened("det-1")
    for number in range(5):
        await office.receive(office.detection(f"empty-{number}", words=None))

    evidence = await office.store.cases.evidence(case)

    assert evidence.text == SECRET


async def test_an_intake_is_one_commit(office: Office) -> None:
    before = office.store.database.commits

    await accept(office, "det-1")

    assert office.store.database.commits == before + 1
