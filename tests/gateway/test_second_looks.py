"""A decision looked at again through the ordinary door: nobody can tell, and nothing follows."""

from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import func, select

from casework.rereviews import SETTLED_FOR
from casework.words import HearingKind
from storage.tables import actions, claims, decisions, notices, rereviews
from tests.gateway.browser import browser
from tests.gateway.counter import WORDS, Counter, detection
from workers.sampling import Sampling


async def decided(counter: Counter, ruling: str = "enforce", **changed: Any) -> str:
    """A case that Rita decided, long enough ago to be drawn."""
    case_id = await counter.in_review(**changed)
    answer = await counter.decide("rita", await counter.claim(), ruling)
    assert answer.status_code == 200, answer.text
    counter.watch.passes(SETTLED_FOR)
    return case_id


async def asked_again(counter: Counter, ruling: str = "enforce", **changed: Any) -> str:
    case_id = await decided(counter, ruling, **changed)
    await Sampling(counter.store, usual=1.0).draw()
    return case_id


async def rows(counter: Counter, query: Any) -> list[Any]:
    async with counter.store.database.reading() as tx:
        return list(await tx.rows(query))


def shape(value: Any) -> Any:
    """The keys, and what kind of thing is behind each."""
    if isinstance(value, dict):
        return {key: shape(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [shape(value[0])] if value else []
    return type(value).__name__


def other(hearing: str, answer: httpx.Response) -> dict[str, Any]:
    assert answer.status_code == 200, answer.text
    said: dict[str, Any] = answer.json()
    assert said["hearing"] == hearing
    return said


async def test_a_second_look_has_the_shape_of_a_first_hearing(counter: Counter) -> None:
    await counter.in_review()
    first = other("first", await counter.claim("rita"))
    await counter.ask("rita", "GET", f"/v1/reviews/{first['review_id']}")
    await counter.decide("rita", await counter.claim("rita"))
    counter.watch.passes(SETTLED_FOR)
    await Sampling(counter.store, usual=1.0).draw()

    again = await counter.claim("rolf")
    second = other("first", again)
    seen = other("first", await counter.ask("rolf", "GET", f"/v1/reviews/{second['review_id']}"))

    assert shape(second) == shape(first) == shape(seen)
    for same in ("case_id", "desk", "harm", "severity", "open", "why", "decisions", "notes"):
        assert second[same] == first[same], same
    assert "quality" not in again.text
    assert "rita" not in again.text


async def test_its_answer_reads_like_that_of_a_first_hearing_and_touches_nothing(
    counter: Counter,
) -> None:
    case_id = await asked_again(counter, "dismiss")
    told = len(counter.stories.told)
    owed = await rows(counter, select(actions))
    before = (await counter.ask("lena", "GET", f"/v1/cases/{case_id}")).json()

    claimed = await counter.claim("rolf")
    answer = await counter.decide("rolf", claimed, "enforce")
    repeated = await counter.decide("rolf", claimed, "enforce")
    changed = await counter.decide("rolf", claimed, "dismiss")

    assert (answer.status_code, answer.json()["status"]) == (200, "final")
    assert set(answer.json()) == {"decision_id", "status"}
    assert repeated.json() == answer.json()
    assert (changed.status_code, changed.json()["code"]) == (409, "already_decided")
    assert len(counter.stories.told) == told
    assert (await counter.ask("lena", "GET", f"/v1/cases/{case_id}")).json() == before
    assert await rows(counter, select(actions)) == owed
    assert await rows(counter, select(notices.c.notice_id)) == []
    [ruled] = await rows(counter, select(decisions.c.hearing, decisions.c.by))
    assert tuple(ruled) == ("first", "rita")
    [look] = await rows(counter, select(rereviews))
    assert (look.first_by, look.first_verdict) == ("rita", "dismiss")
    assert (look.by, look.verdict) == ("rolf", "enforce")


async def test_whoever_decided_first_is_never_asked_again(counter: Counter) -> None:
    await asked_again(counter)

    answer = await counter.claim("rita")

    assert answer.status_code == 204


async def test_a_measure_that_the_policy_forbids_is_refused_and_the_review_goes_back(
    counter: Counter,
) -> None:
    await counter.ruled(await counter.opened(harm="self_harm", score=0.97), vendor=0.9)
    await counter.decide("rita", await counter.claim("rita", "care"), "dismiss")
    counter.watch.passes(SETTLED_FOR)
    await Sampling(counter.store, usual=1.0).draw()

    claimed = await counter.claim("rolf", "care")
    refused = await counter.decide("rolf", claimed, "enforce", actions=["ban_account"])
    again = await counter.claim("lena", "care")

    assert (refused.status_code, refused.json()["code"]) == (422, "malformed")
    assert again.json()["review_id"] == claimed.json()["review_id"]


@pytest.mark.parametrize(("share", "number"), [(0.0, 0), (1.0, 1)])
async def test_the_share_is_the_office_s_where_the_policy_names_none(
    counter: Counter, share: float, number: int
) -> None:
    await decided(counter)

    await Sampling(counter.store, usual=share).draw()

    [row] = await rows(counter, select(func.count()).select_from(rereviews))
    assert row[0] == number


async def test_what_was_drawn_once_is_not_looked_through_again(counter: Counter) -> None:
    sampling = Sampling(counter.store, usual=0.0)
    await decided(counter)
    await sampling.draw()

    await Sampling(counter.store, usual=0.0).draw()
    place = sampling._place

    assert place is not None
    assert await counter.store.rereviews.judged_since(place) == []


async def test_no_workflow_is_named_for_a_second_look(counter: Counter) -> None:
    await asked_again(counter)
    claimed = (await counter.claim("rolf")).json()

    review = await counter.store.reviews.review(claimed["review_id"])

    assert review.hearing is HearingKind.QUALITY
    with pytest.raises(Exception, match="no story waits"):
        _ = review.asked_by


async def test_one_answered_in_the_console_counts_as_soon_as_it_cannot_be_taken_back(
    counter: Counter,
) -> None:
    await asked_again(counter, "dismiss")
    async with browser(counter, "rolf") as person:
        await person.open("/console/")
        await person.send("/queues/reviewers/claim")
        await person.send("/decision", ruling="enforce", reason="It is aimed at somebody.")
        counter.watch.passes(timedelta(minutes=1))
        [submission] = await rows(
            counter, select(claims.c.submission_id).where(claims.c.person == "rolf")
        )
        await person.open(f"/console/submissions/{submission.submission_id}")
        await counter.app.state.courier.rest()
        line = await person.open(f"/console/submissions/{submission.submission_id}")

    [look] = await rows(counter, select(rereviews))
    assert (look.by, look.verdict) == ("rolf", "enforce")
    assert "Decided" in line.text


async def test_one_that_is_sent_to_another_desk_goes_there_like_any_other(
    counter: Counter,
) -> None:
    await asked_again(counter)
    review = (await counter.claim("rolf")).json()["review_id"]

    path = f"/v1/reviews/{review}/escalate"
    said = {"reason": "Look at the slang, please.", "to": "leads"}
    answer = await counter.ask("rolf", "POST", path, json=said)

    assert answer.status_code == 202
    assert (await counter.claim("rolf")).status_code == 204
    assert (await counter.claim("lena", "leads")).json()["review_id"] == review
    assert "moved" not in [told[0] for told in counter.stories.told]


async def test_it_shows_what_was_to_be_seen_when_it_was_decided(counter: Counter) -> None:
    await decided(counter)
    edited = {"type": "message", "id": "m-1", "text": "edited since"}
    await counter.ask(
        "classifier-one", "POST", "/v1/detections", json=detection(detection_id="d-9", item=edited)
    )
    await Sampling(counter.store, usual=1.0).draw()

    shown = (await counter.claim("rolf")).json()

    assert shown["item"]["text"] == WORDS
    assert (shown["evidence_at"], shown["detections"]) == (None, 1)
