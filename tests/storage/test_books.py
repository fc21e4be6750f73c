"""Policies, staff, notices and remembered answers."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import text

from casework.errors import (
    Conflict,
    IdempotencyConflict,
    NotFound,
    PolicyMistake,
    Unauthenticated,
    Unavailable,
)
from casework.records import Person
from casework.words import Role
from storage.idempotency import Stored
from tests.storage.office import ANN, Office, policy, policy_text

# -- policies --------------------------------------------------------------------------------------


async def test_the_highest_version_is_in_force_and_older_ones_stay(office: Office) -> None:
    for version in (1, 3, 2):
        await office.store.policies.put(policy_text(version), policy(version))

    assert (await office.store.policies.current("harassment")).version == 3
    assert await office.store.policies.version("harassment", 1) == policy(1)
    assert await office.store.policies.harms() == {"harassment"}


async def test_the_same_version_again_changes_nothing(office: Office) -> None:
    await office.store.policies.put(policy_text(), policy())
    before = office.store.database.commits

    await office.store.policies.put(policy_text(), policy())

    assert office.store.database.commits == before


async def test_the_same_version_with_another_text_is_refused(office: Office) -> None:
    await office.store.policies.put(policy_text(), policy())

    with pytest.raises(PolicyMistake):
        await office.store.policies.put(policy_text() + "# a remark\n", policy())

    assert await office.store.policies.current("harassment") == policy()


async def test_without_a_policy_there_is_nothing_in_force_yet(office: Office) -> None:
    with pytest.raises(Unavailable):
        await office.store.policies.current("harassment")
    with pytest.raises(Unavailable):
        await office.store.policies.version("harassment", 1)


# -- staff -----------------------------------------------------------------------------------------


async def test_a_token_lets_its_person_in(office: Office) -> None:
    person = Person(
        id="ann", role=Role.LEAD, harms=frozenset({"hate"}), queues=frozenset({"leads"})
    )
    await office.store.staff.add(person, "a-token")

    found = await office.store.staff.authenticate("a-token")

    assert found == person
    assert await office.store.staff.everybody() == [person]


@pytest.mark.parametrize("token", ["", "another", "A-TOKEN"])
async def test_another_token_lets_nobody_in(office: Office, token: str) -> None:
    await office.store.staff.add(ANN, "a-token")

    with pytest.raises(Unauthenticated):
        await office.store.staff.authenticate(token)


async def test_a_revoked_token_is_worth_nothing_at_once(office: Office) -> None:
    await office.store.staff.add(ANN, "a-token")

    await office.store.staff.revoke("ann")
    await office.store.staff.revoke("ann")

    with pytest.raises(Unauthenticated):
        await office.store.staff.authenticate("a-token")
    assert await office.store.staff.everybody() == []


async def test_a_new_token_replaces_the_old_one(office: Office) -> None:
    await office.store.staff.add(ANN, "old")

    await office.store.staff.add(ANN, "new")

    assert await office.store.staff.authenticate("new") == ANN
    with pytest.raises(Unauthenticated):
        await office.store.staff.authenticate("old")


async def test_only_somebody_known_is_revoked(office: Office) -> None:
    with pytest.raises(NotFound):
        await office.store.staff.revoke("nobody-we-know")


async def test_tokens_are_kept_as_digests_only(office: Office) -> None:
    await office.store.staff.add(ANN, "a-token")

    async with office.store.database.reading() as tx:
        row = (await tx.execute(text("SELECT * FROM reviewers"))).one()
    assert b"a-token" not in bytes(row.token_hash)


# -- notices ---------------------------------------------------------------------------------------


async def test_a_notice_is_read_back_as_it_was_rendered(office: Office) -> None:
    case = await office.opened()
    decided = await office.enforce(case)

    statement = await office.store.notices.statement(decided.notice_id or "")

    assert statement.case_id == case
    assert statement.body.endswith("secret-token")
    assert str(statement.appeal_within) == "P6M"


async def test_a_channel_that_took_a_notice_is_remembered(office: Office) -> None:
    case = await office.opened()
    notice = (await office.enforce(case)).notice_id or ""

    for channel in ("mail", "webhook", "mail"):
        await office.store.notices.mark_delivered(notice, channel)

    assert await office.store.notices.delivered_over(notice) == frozenset({"mail", "webhook"})


async def test_a_notice_is_delivered_once_and_stays_so(office: Office) -> None:
    case = await office.opened()
    notice = await office.tell(await office.enforce(case))
    delivered_at = office.clock.now
    office.clock.passes(timedelta(hours=1))

    await office.store.notices.complete(notice)

    [view] = await office.store.reads.notices_of(case)
    assert view.delivered_at == delivered_at
    assert (await office.events(case)).count("notice_delivered") == 1


# -- remembered answers ----------------------------------------------------------------------------

ANSWER = Stored(status=202, headers={"Location": "/v1/cases/1"}, body=b'{"case_id": "1"}')


async def ask(office: Office, digest: bytes = b"body", caller: str = "scanner") -> Stored | None:
    return await office.store.idempotency.remember(caller, "key-1", digest)


async def answer(office: Office) -> None:
    await office.store.idempotency.keep(
        "scanner", "key-1", b"body", ANSWER.status, ANSWER.body, ANSWER.headers
    )


async def test_a_repeated_request_gets_the_same_answer(office: Office) -> None:
    first = await ask(office)
    await answer(office)

    again = await ask(office)

    assert (first, again) == (None, ANSWER)


async def test_the_same_key_with_another_body_is_refused(office: Office) -> None:
    await ask(office)
    await answer(office)

    with pytest.raises(IdempotencyConflict):
        await ask(office, digest=b"another")


async def test_another_caller_s_key_is_another_key(office: Office) -> None:
    await ask(office)
    await answer(office)

    assert await ask(office, caller="other") is None


async def test_of_two_requests_at_once_one_is_answered(office: Office) -> None:
    answers = await asyncio.gather(*(ask(office) for _ in range(5)), return_exceptions=True)

    assert answers.count(None) == 1
    assert len([each for each in answers if isinstance(each, Conflict)]) == 4


async def test_a_request_that_died_may_be_answered_later(office: Office) -> None:
    await ask(office)
    office.clock.passes(timedelta(minutes=1))

    assert await ask(office) is None


async def test_a_request_that_failed_may_be_tried_again_at_once(office: Office) -> None:
    await ask(office)

    await office.store.idempotency.drop("scanner", "key-1")

    assert await ask(office) is None


async def test_answers_are_kept_for_a_day(office: Office) -> None:
    await ask(office)
    await answer(office)
    office.clock.passes(timedelta(hours=24))

    assert await ask(office) == ANSWER
    assert await office.store.idempotency.sweep() == 0


async def test_answers_older_than_a_day_are_forgotten(office: Office) -> None:
    await ask(office)
    await answer(office)
    office.clock.passes(timedelta(hours=26))

    swept = await office.store.idempotency.sweep()

    assert swept == 1
    assert await ask(office, digest=b"another") is None
