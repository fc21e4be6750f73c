"""The inbox: what it takes in, shows and refuses."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from smtplib import SMTP, SMTPDataError

import pytest

from casework.detection import AccountRef
from casework.words import NoticeKind
from integrations.inbox.letters import Letters
from integrations.inbox.page import SHOWN
from integrations.webhooks.signing import SigningKeys
from tests.integrations.cases import ACCOUNT, alert, statement
from tests.integrations.inboxes import SECRET, Seen, Town, open_town

TOKEN = "n-" + "0" * 32 + ".pR-_" + "x" * 39
LINK = f"http://127.0.0.1:8080/appeals/{TOKEN}"


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    async with open_town(tmp_path) as town:
        yield town


# -- what it shows -------------------------------------------------------------------------------


async def test_mails_and_notices_are_shown_newest_first_with_their_appeal_link(town: Town) -> None:
    body = f"Somebody will look at it again: {LINK}.\nGood bye.\n"
    await town.mail.send(statement(notice_id="n-1", body=body))
    await town.webhook.send(statement(notice_id="n-1", body=body))

    webhook, mail = await town.items("/messages")

    assert (webhook["via"], mail["via"]) == ("webhook", "email")
    for told in (webhook, mail):
        assert told["account"] == ACCOUNT.id
        assert told["notice_id"] == "n-1"
        assert told["kind"] == "statement"
        assert told["body"] == body
        assert told["appeal_url"] == LINK
    assert mail["to"] == "acct_0042@accounts.example"
    assert webhook["decision_id"] == "d-1"
    assert webhook["appeal_within"] == "P6M"


async def test_messages_are_found_by_account_kind_and_way(town: Town) -> None:
    odd, long = AccountRef(id="Ann & Co.+x"), AccountRef(id="x" * 90)
    await town.mail.send(statement(notice_id="n-1", account=odd))
    await town.webhook.send(statement(notice_id="n-1", account=odd))
    await town.mail.send(statement(notice_id="n-2", account=long))
    correction = statement(notice_id="n-3", account=odd)
    await town.mail.send(correction.model_copy(update={"kind": NoticeKind.CORRECTION}))

    async def found(query: str) -> list[str]:
        return [told["notice_id"] for told in await town.items(f"/messages?{query}")]

    assert await found("account=Ann%20%26%20Co.%2Bx") == ["n-3", "n-1", "n-1"]
    assert await found("account=Ann%20%26%20Co.%2Bx&kind=statement&via=email") == ["n-1"]
    assert await found(f"account={'x' * 90}") == ["n-2"]
    assert await found("kind=correction") == ["n-3"]
    assert await found("account=ann") == []


async def test_a_letter_without_a_link_has_none(town: Town) -> None:
    await town.webhook.send(statement(body="See https://town.example/help or /appeals/x.\n"))

    [told] = await town.items("/messages")

    assert told["appeal_url"] is None


async def test_pages_are_shown_with_what_became_of_them(town: Town) -> None:
    await town.pager.page(alert(key="a"))
    await town.slack.page(alert(key="a"))
    await town.pager.page(alert(key="a"))
    await town.pager.resolve("a")

    pagerduty, slack = await town.items("/pages")

    assert pagerduty["key"] == "a"
    assert pagerduty["status"] == "resolved"
    assert [past["step"] for past in pagerduty["history"]] == ["trigger", "trigger", "resolve"]
    assert slack["via"] == "slack"
    assert slack["text"].startswith("[high] ")


async def test_it_says_that_it_is_well(town: Town) -> None:
    assert (await town.get("/healthz")).json_value() == {"status": "ok"}


HOSTILE = "<script>alert(1)</script><img src=x onerror=y>\"'&amp;"


async def test_the_page_shows_it_all_as_text_with_links_that_work(town: Town) -> None:
    body = f"{HOSTILE}\n{LINK}.\njavascript:alert(1)/appeals/x http://a'b.example/appeals/y\n"
    await town.mail.send(statement(subject=HOSTILE, body=body))
    await town.webhook.send(statement(subject=HOSTILE, body=body))
    await town.pager.page(alert(summary=HOSTILE).model_copy(update={"link": "javascript:alert(1)"}))
    await town.slack.page(alert(summary=HOSTILE))

    seen = Seen((await town.get("/")).body.decode())

    assert not {"script", "img", "iframe", "style"} & seen.tags
    assert seen.text.count(HOSTILE) == 4
    assert LINK in seen.links
    assert not [link for link in seen.links if link.startswith("javascript")]
    assert "https://casework.example/docs/runbook#deadline" in seen.links
    assert "1 open" in seen.text


async def test_the_page_can_be_narrowed_to_an_account(town: Town) -> None:
    await town.webhook.send(statement(notice_id="n-1", subject="To one"))
    await town.webhook.send(
        statement(notice_id="n-2", subject="To another", account=AccountRef(id='"><b>'))
    )

    seen = Seen((await town.get("/?account=%22%3E%3Cb%3E&kind=")).body.decode())

    assert "To another" in seen.text
    assert "To one" not in seen.text
    assert "b" not in seen.tags


async def test_the_page_counts_what_it_has_no_room_for(town: Town) -> None:
    for number in range(SHOWN + 3):
        await town.webhook.send(statement(notice_id=f"n-{number}"))

    seen = Seen((await town.get("/")).body.decode())

    assert "3 older ones are not shown" in seen.text
    assert seen.text.count("We removed your message") == SHOWN


async def test_an_empty_inbox_says_so(town: Town) -> None:
    seen = Seen((await town.get("/")).body.decode())

    assert "Nothing has arrived yet." in seen.text
    assert "Nobody has been called." in seen.text
    assert b"light-dark" in (await town.get("/page.css")).body


# -- what it refuses -----------------------------------------------------------------------------


def signed(body: bytes, **changed: str) -> dict[str, str]:
    return SigningKeys([SECRET]).sign("n-1", body, at=datetime.now(UTC)) | {
        name.replace("_", "-"): value for name, value in changed.items()
    }


async def test_a_notice_that_nobody_signed_is_refused_and_not_kept(town: Town) -> None:
    body = b'{"notice_id": "n-1"}'

    unsigned = await town.post("/notices", body)
    forged = await town.post("/notices", body, **signed(body, webhook_id="n-2"))
    changed = await town.post("/notices", body + b" ", **signed(body))

    assert [unsigned.status, forged.status, changed.status] == [401, 401, 401]
    assert await town.items("/messages") == []


@pytest.mark.parametrize(
    "body",
    [b"", b"[]", b"NaN", b'{"notice_id": "n-1"}', b'{"a": 1, "a": 2}', b"\xff", b"[" * 9_999],
)
async def test_a_notice_of_another_shape_is_refused(town: Town, body: bytes) -> None:
    refused = await town.post("/notices", body, **signed(body))

    assert refused.status == 400
    assert await town.items("/messages") == []


async def test_a_body_that_is_too_large_is_refused(town: Town) -> None:
    refused = await town.post("/notices", b"x" * 600_000)

    assert refused.status == 413


TRIGGER = {
    "routing_key": "k",
    "event_action": "trigger",
    "dedup_key": "a",
    "payload": {"summary": "s", "source": "casework", "severity": "error"},
}


async def test_an_event_is_accepted_in_the_words_of_pagerduty(town: Town) -> None:
    accepted = await town.post("/v2/enqueue", TRIGGER)
    nameless = await town.post(
        "/v2/enqueue", {key: value for key, value in TRIGGER.items() if key != "dedup_key"}
    )

    assert accepted.status == 202
    assert accepted.json_value() == {
        "status": "success",
        "message": "Event processed",
        "dedup_key": "a",
    }
    assert json.loads(nameless.body)["dedup_key"] not in ("", "a")
    assert len(await town.items("/pages")) == 2


@pytest.mark.parametrize(
    "event",
    [
        {"routing_key": ""},
        {"routing_key": None},
        {"event_action": "shout"},
        {"payload": None},
        {"payload": {"summary": "s", "source": "c", "severity": "high"}},
        {"payload": {"summary": "", "source": "c", "severity": "error"}},
        {"payload": {"summary": "s" * 1_025, "source": "c", "severity": "error"}},
        {"payload": {"summary": "s", "severity": "error"}},
        {"dedup_key": "k" * 256},
        {"event_action": "resolve", "dedup_key": None},
        {"links": [{"text": "no address"}]},
    ],
    ids=str,
)
async def test_an_event_that_lacks_something_is_refused(
    town: Town, event: Mapping[str, object]
) -> None:
    refused = await town.post("/v2/enqueue", TRIGGER | dict(event))

    assert refused.status == 400
    told = json.loads(refused.body)
    assert told["status"] == "invalid event"
    assert told["errors"]
    assert await town.items("/pages") == []


async def test_an_alert_can_be_acknowledged_and_only_a_trigger_opens_it_again(town: Town) -> None:
    async def after(step: str) -> str:
        await town.post("/v2/enqueue", TRIGGER | {"event_action": step})
        [page] = await town.items("/pages")
        return str(page["status"])

    steps = ["trigger", "acknowledge", "resolve", "acknowledge", "trigger"]

    assert [await after(step) for step in steps] == [
        "triggered",
        "acknowledged",
        "resolved",
        "resolved",
        "triggered",
    ]


@pytest.mark.parametrize("body", [b"", b"text=hello", b"{}", b'{"text": ""}', b'{"text": 1}'])
async def test_a_message_without_text_is_refused(town: Town, body: bytes) -> None:
    refused = await town.post("/slack", body)

    assert refused.status == 400
    assert refused.body == b"invalid_payload"


async def test_without_a_secret_every_notice_is_believed(tmp_path: Path) -> None:
    async with open_town(tmp_path, secret=None) as town:
        await town.webhook.send(statement())

    assert len(Letters(tmp_path).newest_first()) == 1


@pytest.mark.parametrize(
    "strange",
    [b"\r\nhello\r\n", b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n--b--\r\n'],
    ids=["no headers", "no text"],
)
async def test_a_mail_with_little_in_it_is_shown_once(town: Town, strange: bytes) -> None:
    for _ in range(2):
        await asyncio.to_thread(post, town.smtp_port, strange)

    [shown] = await town.items("/messages")
    assert shown["to"] == "c@d.example"
    assert "(no subject)" in Seen((await town.get("/")).body.decode()).text


async def test_a_mail_that_cannot_be_read_is_refused(town: Town) -> None:
    martian = b"Content-Type: text/plain; charset=martian\r\n\r\n\xff\r\n"

    with pytest.raises(SMTPDataError):
        await asyncio.to_thread(post, town.smtp_port, martian)

    assert await town.items("/messages") == []


def post(port: int, mail: bytes) -> None:
    with SMTP("127.0.0.1", port, local_hostname="here", timeout=5) as smtp:
        smtp.sendmail("a@b.example", ["c@d.example", "e@f.example"], mail)
