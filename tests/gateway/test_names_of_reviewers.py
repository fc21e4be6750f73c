"""Who decided is known inside, and to nobody outside."""

from sqlalchemy import select

from casework.identity import notice_id
from casework.records import Person
from casework.words import NoticeKind, Role
from storage.tables import actions, notices
from tests.gateway.counter import Counter, token_of

CANARIES = ("canary-reviewer-4711", "canary-reviewer-0815")


async def test_no_notice_page_or_answer_to_an_account_names_a_reviewer(counter: Counter) -> None:
    for name in CANARIES:
        await counter.store.staff.add(Person(id=name, role=Role.REVIEWER), token_of(name))
    first, second = CANARIES
    await counter.in_review()
    decided = (await counter.decide(first, await counter.claim(first))).json()["decision_id"]
    statement = notice_id(decided, NoticeKind.STATEMENT)
    await counter._telling.deliver(statement)
    token = counter.links.token(statement)
    pages = [await counter.ask(None, "GET", f"/appeals/{token}")]
    await counter.ask(None, "POST", "/v1/appeals", json={"token": token, "reason": "why me"})
    await counter.appeal_heard()
    await counter.decide(second, await counter.claim(second, "appeals"), "overturn")
    pages.append(await counter.ask(None, "GET", f"/appeals/{token}"))
    pages.append(await counter.ask(None, "GET", f"/v1/appeals/{token}"))
    async with counter.store.database.reading() as tx:
        sent = [row.notice_id for row in await tx.rows(select(notices.c.notice_id))]
        told_the_platform = [str(tuple(row)) for row in await tx.rows(select(actions))]

    told = [(await counter.store.notices.statement(notice)).model_dump_json() for notice in sent]

    aliases = (await counter.store.aliases.of_all(CANARIES)).values()
    assert len(told) == 2
    assert [page.status_code for page in pages] == [200, 200, 200]
    for text in (*told, *told_the_platform, *(page.text for page in pages)):
        assert not [name for name in (*CANARIES, *aliases) if name in text]


async def test_a_reviewer_knows_their_own_other_name(counter: Counter) -> None:
    mine = (await counter.ask("rita", "GET", "/v1/me")).json()

    assert mine["person"] == "rita"
    assert mine["alias"].startswith("Reviewer ")
