"""Pagers: the same promises from the fakes, PagerDuty and Slack, and what is on the wire."""

import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from pydantic import SecretStr, ValidationError

from casework.errors import Nonsense, TurnedDown, Unavailable
from casework.ports import Pager
from casework.words import Severity
from integrations.http import Outbound
from integrations.inbox.pages import PagerAlert, Pages, SlackPost
from integrations.inbox.simulator import running
from integrations.pagerduty.client import LONGEST_KEY, LONGEST_SUMMARY, PagerDuty
from integrations.pagerduty.fake import FakePager
from integrations.pagerduty.settings import PagerDutySettings
from integrations.slack.client import Slack
from integrations.slack.fake import FakeSlack
from integrations.slack.settings import SlackSettings
from tests.integrations.cases import CASE, alert
from tests.integrations.strangers import Answer, always, fails_with, outbound_to

SLACK_URL = "https://hooks.slack.example/services/T0/B0/sesame"


def pagerduty(
    http: Outbound, url: str = "https://events.pagerduty.example/v2/enqueue"
) -> PagerDuty:
    return PagerDuty(http, PagerDutySettings(url=url, routing_key=SecretStr("sesame")))


def slack(http: Outbound, url: str = SLACK_URL) -> Slack:
    return Slack(http, SlackSettings(url=SecretStr(url)))


# -- what every pager promises -------------------------------------------------------------------


@dataclass
class Duty:
    """A pager, and what on-call sees by now: the summaries, and the keys that were resolved."""

    pager: Pager
    called_about: Callable[[], list[str]]
    resolved: Callable[[], list[str]]


@pytest.fixture(params=["fake pagerduty", "fake slack", "pagerduty", "slack"])
async def duty(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Duty]:
    if request.param.startswith("fake"):
        fake = FakeSlack() if request.param == "fake slack" else FakePager()
        yield Duty(fake, lambda: [one.summary for one in fake.paged], lambda: fake.resolved)
        return
    async with running("127.0.0.1", 0, 0, tmp_path, None) as inbox, Outbound() as http:
        here = f"http://127.0.0.1:{inbox.port}"
        if request.param == "pagerduty":
            pager: Pager = pagerduty(http, f"{here}/v2/enqueue")
            yield Duty(pager, lambda: _summaries(tmp_path), lambda: _resolved(tmp_path))
        else:
            pager = slack(http, f"{here}/slack")
            yield Duty(pager, lambda: _posts(tmp_path, "["), lambda: _posts(tmp_path, "Resolved"))


def _summaries(folder: Path) -> list[str]:
    return [alert.summary for alert in _alerts(folder)]


def _resolved(folder: Path) -> list[str]:
    return [alert.key for alert in _alerts(folder) if alert.status == "resolved"]


def _alerts(folder: Path) -> list[PagerAlert]:
    return [page for page in Pages(folder).newest_first() if isinstance(page, PagerAlert)]


def _posts(folder: Path, beginning: str) -> list[str]:
    """What follows the first blank of the messages that begin like this."""
    posts = [page.text for page in Pages(folder).newest_first() if isinstance(page, SlackPost)]
    return [text.partition(" ")[2] for text in posts if text.startswith(beginning)]


async def test_on_call_is_told_what_it_is_about(duty: Duty) -> None:
    await duty.pager.page(alert(summary="A review is late"))

    assert duty.pager.name in ("pagerduty", "slack")
    assert duty.called_about() == ["A review is late"]
    assert duty.resolved() == []


async def test_on_call_is_told_when_it_is_over(duty: Duty) -> None:
    await duty.pager.page(alert(key="casework/c/review_due"))
    await duty.pager.resolve("casework/c/review_due")

    assert duty.resolved() == ["casework/c/review_due"]


async def test_what_was_never_paged_can_be_resolved(duty: Duty) -> None:
    await duty.pager.resolve("casework/c/review_due")

    assert duty.called_about() == []


@pytest.mark.parametrize("name", ["pagerduty", "night-shift"])
async def test_a_fake_keeps_what_rings_and_fails_as_it_was_told(name: str) -> None:
    pager = FakePager(name=name, fails_first=[Unavailable("not now"), TurnedDown("never")])

    for error in (Unavailable, TurnedDown):
        with pytest.raises(error):
            await pager.page(alert(key="a"))
    for key in ("a", "b", "a"):
        await pager.page(alert(key=key))
    await pager.resolve("b")

    assert pager.name == name
    assert list(pager.open) == ["a"]
    assert [one.key for one in pager.paged] == ["a", "b", "a"]


# -- PagerDuty -----------------------------------------------------------------------------------


async def test_paging_again_rings_for_one_alert(tmp_path: Path) -> None:
    async with running("127.0.0.1", 0, 0, tmp_path, None) as inbox, Outbound() as http:
        pager = pagerduty(http, f"http://127.0.0.1:{inbox.port}/v2/enqueue")
        for key in ("a", "a", "b", "k" * 300, "k" * 300, "k" * 301):
            await pager.page(alert(key=key))
        await pager.resolve("k" * 300)

    statuses = sorted((one.key[:6], one.status) for one in _alerts(tmp_path))
    assert [status for key, status in statuses if key in "ab"] == ["triggered", "triggered"]
    assert sorted(status for key, status in statuses if key == "sha256") == [
        "resolved",
        "triggered",
    ]


async def told(
    pager: Callable[[Outbound], Pager], answer: httpx.Response, key: str = ""
) -> httpx.Request:
    """The request by which an alert is told, or with a key, resolved."""
    seen: list[httpx.Request] = []

    def keep(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return answer

    async with outbound_to(keep) as http:
        await (pager(http).resolve(key) if key else pager(http).page(alert()))
    return seen[0]


async def test_an_event_is_exactly_the_format() -> None:
    request = await told(pagerduty, httpx.Response(202))

    assert json.loads(request.content) == {
        "routing_key": "sesame",
        "event_action": "trigger",
        "dedup_key": "escalation/c/deadline",
        "payload": {
            "summary": "A review is about to miss its deadline",
            "source": "casework",
            "severity": "error",
            "custom_details": {"case_id": CASE, "harm": "harassment", "rung": 1},
        },
        "links": [
            {"href": "https://casework.example/console/cases/c", "text": "Case"},
            {"href": "https://casework.example/docs/runbook#deadline", "text": "Runbook"},
        ],
    }


async def test_an_alert_is_resolved_by_its_key_alone() -> None:
    request = await told(pagerduty, httpx.Response(202), key="escalation/c/deadline")

    assert json.loads(request.content) == {
        "routing_key": "sesame",
        "event_action": "resolve",
        "dedup_key": "escalation/c/deadline",
    }


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (Severity.CRITICAL, "critical"),
        (Severity.HIGH, "error"),
        (Severity.MEDIUM, "warning"),
        (Severity.LOW, "info"),
    ],
)
async def test_each_severity_has_its_word(tmp_path: Path, ours: Severity, theirs: str) -> None:
    async with running("127.0.0.1", 0, 0, tmp_path, None) as inbox, Outbound() as http:
        pager = pagerduty(http, f"http://127.0.0.1:{inbox.port}/v2/enqueue")
        await pager.page(alert(severity=ours))

    [rings] = _alerts(tmp_path)
    assert rings.severity == theirs


async def test_what_is_too_long_is_cut_and_not_refused(tmp_path: Path) -> None:
    async with running("127.0.0.1", 0, 0, tmp_path, None) as inbox, Outbound() as http:
        pager = pagerduty(http, f"http://127.0.0.1:{inbox.port}/v2/enqueue")
        await pager.page(alert(key="k" * LONGEST_KEY, summary="s" * 5_000))

    [rings] = _alerts(tmp_path)
    assert rings.key == "k" * LONGEST_KEY
    assert rings.summary == "s" * (LONGEST_SUMMARY - 1) + "…"


async def test_a_link_that_there_is_none_of_is_left_out(tmp_path: Path) -> None:
    async with running("127.0.0.1", 0, 0, tmp_path, None) as inbox, Outbound() as http:
        pager = pagerduty(http, f"http://127.0.0.1:{inbox.port}/v2/enqueue")
        await pager.page(alert().model_copy(update={"runbook": ""}))

    [rings] = _alerts(tmp_path)
    assert [link.text for link in rings.links] == ["Case"]


# -- Slack ---------------------------------------------------------------------------------------


async def test_a_message_says_how_bad_it_is_and_where_to_look() -> None:
    request = await told(slack, httpx.Response(200, content=b"ok"))

    said = json.loads(request.content)
    assert request.url == SLACK_URL
    assert said["text"] == "[high] A review is about to miss its deadline"
    assert said["blocks"][0]["text"]["text"].endswith("A review is about to miss its deadline")
    shown = [element["text"] for element in said["blocks"][1]["elements"]]
    assert "<https://casework.example/console/cases/c|Case>" in shown
    assert "<https://casework.example/docs/runbook#deadline|Runbook>" in shown


async def test_what_looks_like_markup_is_only_text() -> None:
    seen: list[bytes] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request.content)
        return httpx.Response(200, content=b"ok")

    async with outbound_to(answer) as http:
        await slack(http).page(
            alert(summary="<!channel> & <https://evil.example|Case>").model_copy(
                update={"link": "https://casework.example/c?a=1&b=<2>|Click", "harm": "<harm>"}
            )
        )
        await slack(http).resolve("<!here>")

    page, resolved = (json.loads(content) for content in seen)
    escaped = "&lt;!channel&gt; &amp; &lt;https://evil.example|Case&gt;"
    assert page["text"] == f"[high] {escaped}"
    assert escaped in page["blocks"][0]["text"]["text"]
    shown = [element["text"] for element in page["blocks"][1]["elements"]]
    assert "<https://casework.example/c?a=1&amp;b=%3C2%3E%7CClick|Case>" in shown
    assert "Harm: &lt;harm&gt;" in shown
    assert resolved["text"] == "Resolved: &lt;!here&gt;"


async def test_a_message_never_outgrows_what_slack_takes() -> None:
    seen: list[bytes] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request.content)
        return httpx.Response(200, content=b"ok")

    async with outbound_to(answer) as http:
        await slack(http).page(alert(summary="&" * 5_000))

    said = json.loads(seen[0])
    assert len(said["blocks"][0]["text"]["text"]) <= 3_000


@pytest.mark.parametrize("body", [b"", b"OK", b"ok\n", b"okay", b"<html>", b"no_text"])
async def test_anything_but_ok_is_not_a_message_that_was_posted(body: bytes) -> None:
    async with outbound_to(always(200, body)) as http:
        with pytest.raises(Nonsense):
            await slack(http).page(alert())


# -- how they fail -------------------------------------------------------------------------------


@pytest.mark.parametrize("pager", [pagerduty, slack])
@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (always(400, b'{"status":"invalid event"}'), TurnedDown),
        (always(403, b"invalid_token"), TurnedDown),
        (always(404, b"no_service"), TurnedDown),
        (always(410, b"channel_is_archived"), TurnedDown),
        (always(302, location="http://127.0.0.1:9/"), TurnedDown),
        (always(429, retry_after="7"), Unavailable),
        (always(500), Unavailable),
        (always(503), Unavailable),
        (always(200, b"<html>please log in</html>"), Nonsense),
        (fails_with(httpx.ConnectError("sesame")), Unavailable),
        (fails_with(httpx.ReadTimeout("sesame")), Unavailable),
    ],
)
async def test_a_page_that_did_not_arrive_fails_and_keeps_the_secret(
    pager: Callable[[Outbound], Pager], answer: Answer, error: type[Exception]
) -> None:
    async with outbound_to(answer) as http:
        with pytest.raises(error) as paging:
            await pager(http).page(alert())
        with pytest.raises(error) as resolving:
            await pager(http).resolve("escalation/c/deadline")

    for told_of in (str(paging.value), str(resolving.value)):
        assert "sesame" not in told_of
        assert "/services/" not in told_of


@pytest.mark.parametrize("pager", [pagerduty, slack])
async def test_the_wait_that_a_pager_names_is_passed_on(
    pager: Callable[[Outbound], Pager],
) -> None:
    async with outbound_to(always(429, retry_after="7")) as http:
        with pytest.raises(Unavailable) as told_of:
            await pager(http).page(alert())

    assert told_of.value.retry_after == timedelta(seconds=7)


@pytest.mark.parametrize("url", ["", "sesame", "ftp://hooks.example/sesame", "https:///sesame"])
def test_an_address_that_leads_nowhere_is_refused_without_being_quoted(url: str) -> None:
    with pytest.raises(ValidationError) as told_of:
        SlackSettings(url=SecretStr(url))

    assert "sesame" not in str(told_of.value)


def test_settings_keep_their_secrets_to_themselves() -> None:
    shown = repr(SlackSettings(url=SecretStr(SLACK_URL))) + repr(
        PagerDutySettings(routing_key=SecretStr("sesame"))
    )

    assert "sesame" not in shown
    with pytest.raises(ValidationError):
        PagerDutySettings(routing_key=SecretStr(""))
