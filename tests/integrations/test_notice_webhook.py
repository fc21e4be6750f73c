"""The notice webhook: the same promises from the fake and over HTTP, and how it fails."""

import base64
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
import standardwebhooks
from pydantic import SecretStr, ValidationError

from casework.detection import AccountRef
from casework.errors import Nonsense, TurnedDown, Unavailable
from casework.records import Statement
from casework.words import NoticeKind
from integrations.http import Outbound
from integrations.inbox.letters import Letters
from integrations.inbox.simulator import running
from integrations.notice_webhook.client import NoticeWebhook
from integrations.notice_webhook.fake import FakeNoticeWebhook
from integrations.notice_webhook.settings import NoticeWebhookSettings
from tests.integrations.cases import ACCOUNT, CASE, statement
from tests.integrations.posts import Post, to_fake, to_inbox
from tests.integrations.strangers import Answer, always, fails_with, outbound_to

SECRET = "whsec_" + base64.b64encode(b"n" * 32).decode()
OTHER = "whsec_" + base64.b64encode(b"o" * 32).decode()
NOON = datetime(2026, 11, 2, 12, 0, tzinfo=UTC)


def settings(
    url: str = "https://town.example/notices", secret: str = SECRET
) -> NoticeWebhookSettings:
    return NoticeWebhookSettings(url=url, secret=SecretStr(secret))


@pytest.fixture(params=["fake", "http"])
async def post(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Post]:
    if request.param == "fake":
        yield to_fake(FakeNoticeWebhook())
        return
    async with running("127.0.0.1", 0, 0, tmp_path, SECRET) as inbox, Outbound() as http:
        address = f"http://127.0.0.1:{inbox.port}/notices"
        yield to_inbox(NoticeWebhook(http, settings(address)), tmp_path)


async def test_a_notice_arrives_at_its_account(post: Post) -> None:
    await post.channel.send(statement(subject="⚠️ Yours\r\nX: y", body="Good day,\n\nwe …\n"))

    assert post.channel.name == "webhook"
    assert post.arrived() == [(ACCOUNT.id, "⚠️ Yours\r\nX: y", "Good day,\n\nwe …\n")]


async def test_a_notice_sent_twice_is_seen_once(post: Post) -> None:
    await post.channel.send(statement())
    await post.channel.send(statement())

    assert len(post.arrived()) == 1


async def test_two_notices_are_two_even_with_the_same_words(post: Post) -> None:
    await post.channel.send(statement(notice_id="n-1"))
    await post.channel.send(statement(notice_id="n-2"))

    assert len(post.arrived()) == 2


async def test_a_fake_fails_as_often_as_it_was_told_and_then_works() -> None:
    fake = FakeNoticeWebhook(fails_first=[Unavailable("not now")])

    with pytest.raises(Unavailable):
        await fake.send(statement())
    await fake.send(statement())

    assert fake.attempts == ["n-1", "n-1"]
    assert len(fake.sent) == 1


async def sent(
    *notices: Statement, secret: str = SECRET, now: datetime | None = None
) -> list[httpx.Request]:
    """At the real time unless another is given: the reference refuses what is five minutes old."""
    at = now or datetime.now(UTC)
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(204)

    async with outbound_to(answer) as http:
        for notice in notices:
            await NoticeWebhook(http, settings(secret=secret), clock=lambda: at).send(notice)
    return seen


async def test_what_is_posted_is_exactly_the_contract() -> None:
    [posted] = await sent(statement(notice_id="n-7", subject="Subject", body="Body\n"))

    assert posted.method == "POST"
    assert posted.url == "https://town.example/notices"
    assert posted.headers["content-type"] == "application/json"
    assert posted.headers["webhook-id"] == "n-7"
    assert json.loads(posted.content) == {
        "notice_id": "n-7",
        "decision_id": "d-1",
        "case_id": CASE,
        "kind": "statement",
        "account": {"id": ACCOUNT.id, "jurisdiction": "de"},
        "subject": "Subject",
        "body": "Body\n",
        "appeal_within": "P6M",
    }


async def test_what_there_is_nothing_to_say_about_is_null_and_not_left_out() -> None:
    nowhere = statement(account=AccountRef(id="acct_1"))
    unappealable = nowhere.model_copy(
        update={"appeal_within": None, "kind": NoticeKind.APPEAL_UPHELD}
    )

    [posted] = await sent(unappealable)

    told = json.loads(posted.content)
    assert told["appeal_within"] is None
    assert told["account"] == {"id": "acct_1", "jurisdiction": None}
    assert told["kind"] == "appeal_upheld"


async def test_the_reference_accepts_the_signature() -> None:
    [posted] = await sent(statement())

    told = standardwebhooks.Webhook(SECRET).verify(posted.content, dict(posted.headers))

    assert told["notice_id"] == "n-1"


async def test_during_a_change_of_keys_either_one_verifies() -> None:
    [posted] = await sent(statement(), secret=f"{OTHER} {SECRET}")

    for secret in (SECRET, OTHER):
        standardwebhooks.Webhook(secret).verify(posted.content, dict(posted.headers))


async def test_a_repetition_has_the_same_id_and_body_and_a_new_time() -> None:
    [first] = await sent(statement(), now=NOON)
    [second] = await sent(statement(), now=NOON + timedelta(hours=1))

    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    assert first.content == second.content
    assert first.headers["webhook-timestamp"] != second.headers["webhook-timestamp"]


@pytest.mark.parametrize("status", [200, 201, 202, 204])
async def test_any_success_will_do(status: int) -> None:
    async with outbound_to(always(status, b"whatever")) as http:
        await NoticeWebhook(http, settings()).send(statement())


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (always(410), TurnedDown),
        (always(400), TurnedDown),
        (always(401), TurnedDown),
        (always(302, location="http://127.0.0.1:9/"), TurnedDown),
        (always(429, retry_after="30"), Unavailable),
        (always(500), Unavailable),
        (always(503), Unavailable),
        (fails_with(httpx.ConnectError("acct_0042")), Unavailable),
        (fails_with(httpx.ReadTimeout("acct_0042")), Unavailable),
        (always(200, b"x" * 2_000_000), Nonsense),
    ],
)
async def test_a_notice_that_was_not_taken_fails_without_telling_whose_it_is(
    answer: Answer, error: type[Exception]
) -> None:
    async with outbound_to(answer) as http:
        with pytest.raises(error) as told:
            await NoticeWebhook(http, settings("https://town.example/in?key=sesame")).send(
                statement()
            )

    for secret in (ACCOUNT.id, "Good day", "n-1", "sesame", SECRET):
        assert secret not in str(told.value)


async def test_the_wait_that_an_endpoint_names_is_passed_on() -> None:
    async with outbound_to(always(503, retry_after="30")) as http:
        with pytest.raises(Unavailable) as told:
            await NoticeWebhook(http, settings()).send(statement())

    assert told.value.retry_after == timedelta(seconds=30)


async def test_an_endpoint_with_another_key_turns_us_down(tmp_path: Path) -> None:
    async with running("127.0.0.1", 0, 0, tmp_path, OTHER) as inbox, Outbound() as http:
        url = f"http://127.0.0.1:{inbox.port}/notices"
        with pytest.raises(TurnedDown):
            await NoticeWebhook(http, settings(url)).send(statement())
        await NoticeWebhook(http, settings(url, f"{SECRET} {OTHER}")).send(statement())

    assert len(Letters(tmp_path).newest_first()) == 1


@pytest.mark.parametrize("secret", ["", "sesame", "whsec_sesame", f"{SECRET} sesame", "whsec_c2g="])
def test_a_secret_that_is_none_is_refused_without_being_quoted(secret: str) -> None:
    with pytest.raises(ValidationError) as told:
        settings(secret=secret)

    assert not secret or secret not in str(told.value)


@pytest.mark.parametrize("url", ["", "town.example/in", "ftp://town.example", "https:// sesame"])
def test_an_address_that_leads_nowhere_is_refused(url: str) -> None:
    with pytest.raises(ValidationError):
        settings(url)
