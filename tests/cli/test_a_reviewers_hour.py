"""A reviewer's hour by keyboard alone, in a real browser, with a colleague beside, against all of
`casework up`: an expiry, two people for a ban, an appeal, and nothing decided twice.
"""

import asyncio
import email
import email.policy
import json
import re
import sqlite3
import subprocess
import sys
import urllib.request
from collections.abc import AsyncIterator, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.async_api import Browser

from casework.words import Role
from cli.data_dir import Running
from tests.cli.at_the_desk import AXE, CHROMIUM, AtTheDesk, a_browser
from tests.cli.real_up import Up, prepared, read
from tests.cli.waiting import until

CASES = 60
PASSWORD = "correct horse battery staple 9"
WORDS = {
    "harassment": "nobody in this server can stand you, just leave",
    "hate": "people like them should not be let in here",
    "spam_scam": "claim your free nitro now at gift-nitro.example before midnight",
    "impersonation": "official support here, send me your login code",
    "self_harm": "i do not see a reason to go on any more",
}

pytestmark = pytest.mark.skipif(
    CHROMIUM is None or not AXE.exists(), reason="there is no chromium or no axe here"
)


@dataclass
class Office:
    """The running system, its reviewer and her colleague, both signed in."""

    up: Up
    running: Running
    ann: AtTheDesk
    mira: AtTheDesk
    lena: AtTheDesk
    """Their lead."""
    browser: Browser

    async def newcomer(self) -> AtTheDesk:
        return await AtTheDesk.begin(self.browser, self.running.urls["gateway"])

    def in_force(self, case: str) -> list[str]:
        """The kinds of action that the platform shows because of this case."""
        found = read(f"{self.running.urls['platform']}/simulator/effects")
        last = {each["action_id"]: each for each in found}
        ours = self.rows("SELECT platform_ref FROM actions WHERE case_id = ?", case)
        return sorted(
            last[str(action)]["kind"]
            for (action,) in ours
            if action in last and last[str(action)]["change"] == "applied"
        )

    def mail_to(self, account: str) -> str:
        mails = (self.up.data.path / "inbox" / "mail").glob("*.eml")
        read_ones = (
            email.message_from_bytes(m.read_bytes(), policy=email.policy.default) for m in mails
        )
        return "\n".join(
            part.get_content()
            for mail in read_ones
            if str(mail["To"]).startswith(account)
            for part in mail.walk()
            if part.get_content_type() == "text/plain"
        )

    @property
    def database(self) -> Path:
        return self.up.data.path / "casework.db"

    def rows(self, query: str, *given: object) -> list[tuple[object, ...]]:
        with closing(sqlite3.connect(self.database, timeout=20)) as connection:
            return list(connection.execute(query, given))

    def change(self, statement: str, *given: object) -> None:
        with closing(sqlite3.connect(self.database, timeout=20)) as connection, connection:
            connection.execute(statement, given)

    def waiting(self) -> int:
        token = self.up.data.tokens()[Role.LEAD]
        queues = read(f"{self.running.urls['api']}/queues", token)["items"]
        return sum(each["waiting"] for each in queues if each["queue"] != "appeals")


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    with prepared(tmp_path_factory.mktemp("hour") / "data") as up:
        up.start()
        yield up


@pytest.fixture
async def office(town: Up) -> AsyncIterator[Office]:
    running = await town.until_ready()
    _hire(town, "mira")
    gateway = running.urls["gateway"]
    async with a_browser() as browser:
        ann, mira, lena = [await AtTheDesk.begin(browser, gateway) for _ in range(3)]
        await ann.sign_in("reviewer", town.data.passwords()[Role.REVIEWER])
        await mira.sign_in("mira", PASSWORD)
        await lena.sign_in("lead", town.data.passwords()[Role.LEAD])
        yield Office(town, running, ann, mira, lena, browser)


async def test_an_hour_at_the_desk(office: Office, capsys: pytest.CaptureFixture[str]) -> None:
    _detect(office, CASES)
    await until(lambda: office.waiting() == CASES, within_s=120)
    ann, mira = office.ann, office.mira

    assert await ann.barriers() == []
    await _a_claim_runs_out(office)
    await _she_hands_one_over(office)
    await _she_leaves_one_and_asks_about_another(office)
    banned = await _two_ban_somebody(office)
    await asyncio.gather(_work_until_nobody_waits(ann), _work_until_nobody_waits(mira))
    await _all_settled(office)
    await _an_appeal(office, banned)

    _nothing_was_decided_twice(office)
    assert (ann.outside, mira.outside) == ([], [])
    assert (ann.errors, mira.errors) == ([], [])
    with capsys.disabled():
        print(_in_short(ann.took_ms + mira.took_ms))  # noqa: T201


async def _a_claim_runs_out(office: Office) -> None:
    """While she writes. A colleague gets the case; what she wrote stays on her screen."""
    ann, mira = office.ann, office.mira
    assert await ann.take()
    review = await ann.review
    await ann.press("d")
    await ann.reason("Rude, and aimed at nobody.")
    office.change(
        "UPDATE claims SET expires_at = at WHERE review_id = ? AND ended_at IS NULL", review
    )
    office.change("UPDATE reviews SET held_until = opened_at WHERE review_id = ?", review)

    assert await mira.take()
    assert await mira.review == review
    await mira.decide("e", "It tells a person to leave, and means it.")
    await ann.press("Control+Enter")
    await ann.page.wait_for_selector("#refused .said, [role=alert] .said")

    assert await ann.page.input_value("#reason") == "Rude, and aimed at nobody."
    assert await ann.barriers() == []
    await ann.page.goto(f"{office.running.urls['gateway']}/console/")


async def _she_hands_one_over(office: Office) -> None:
    """To the colleague, who finds it first when she asks for work."""
    ann, mira = office.ann, office.mira
    await mira.decide("d", "Within the rules.")  # what came next after the expiry
    await mira.press("b")
    assert await ann.take()
    review = await ann.review
    await ann.opens("h", "#hand-to")
    await ann.type("mira")
    await ann.tab_to("#hand-why")
    await ann.type("You know this kind of talk.")
    await ann.goes_on("Enter")

    assert await mira.take()
    assert await mira.review == review
    await mira.page.wait_for_selector("text=You know this kind of talk.")


async def _she_leaves_one_and_asks_about_another(office: Office) -> None:
    """Skipped with a reason, and not shown to her again; then on-call is asked, and it stays."""
    ann = office.ann
    assert await ann.take()
    skipped = await ann.review
    await ann.opens("k", "#skip-why")
    await ann.tab_to("#skip-words")
    await ann.goes_on("Enter")
    assert await ann.take()
    asked_about = await ann.review
    assert asked_about != skipped
    await ann.opens("g", "#ask-whom")
    await ann.tab_to("#ask")
    await ann.type("Is this one of last week's campaign?")
    await ann.press("Enter")
    await ann.page.wait_for_selector("text=On-call was asked")
    said = "SELECT count(*) FROM audit WHERE event = 'escalation_requested'"
    assert office.rows(said) == [(1,)]
    assert await ann.review == asked_about


async def _two_ban_somebody(office: Office) -> str:
    """The second without knowing what the first said. Answers the case's id."""
    ann, mira = office.ann, office.mira
    assert await mira.review  # hers by now; it stays hers
    while True:
        assert await ann.take()
        review = await ann.review
        [(case, harm)] = office.rows(
            "SELECT case_id, harm FROM reviews WHERE review_id = ?", review
        )
        if harm == "harassment":
            break
        await ann.decide("d", "Within the rules.")
    await _ban(ann, "CANARY: the third time this week.")
    await ann.becomes("second person")
    while await mira.review != review:
        await mira.decide("d", "Within the rules.")
        assert await mira.take()
    assert "CANARY" not in await mira.reads()
    await _ban(mira, "Follows the same person everywhere.")
    return str(case)


async def _ban(person: AtTheDesk, words: str) -> None:
    await person.press("e", "a")
    await person.tick("input[name=action][value=ban_account]")
    await person.reason(words)
    await person.send()


async def _work_until_nobody_waits(person: AtTheDesk) -> None:
    turn = 0
    while await person.take():
        turn += 1
        if turn % 2:
            await person.decide("d", "Within the rules: it does not meet the definition.")
        else:
            await person.decide("e", "It is aimed at somebody, and meant.")


async def _all_settled(office: Office) -> None:
    closed = "SELECT count(*) FROM cases WHERE closed_at IS NULL"
    await until(lambda: office.rows(closed) == [(0,)], within_s=120)


async def _an_appeal(office: Office, case: str) -> None:
    """Written by keyboard behind the mailed link, heard by somebody who had no part in it."""
    account = str(office.rows("SELECT account_id FROM cases WHERE case_id = ?", case)[0][0])
    assert office.in_force(case) == ["ban_account"]
    await _appeal(office, account)
    await until(
        lambda: office.rows("SELECT count(*) FROM reviews WHERE hearing = 'appeal'") == [(1,)]
    )

    assert not await office.ann.hears_appeals()
    assert not await office.mira.hears_appeals()
    assert await office.lena.hears_appeals()
    await office.lena.decide("o", "They had been provoked for weeks; a warning is enough.")

    await until(lambda: office.in_force(case) == [], within_s=60)
    await until(lambda: "We are sorry" in office.mail_to(account), within_s=60)


async def _appeal(office: Office, account: str) -> None:
    person = await office.newcomer()
    [link] = set(re.findall(r"http://127\.0\.0\.1:\d+/appeals/\S+", office.mail_to(account)))
    await person.page.goto(link)
    assert await person.barriers() == []
    await person.tab_to("textarea")
    await person.type("I was answering threats. Please look at the whole talk.")
    await person.tab_to("main button")
    await person.press("Enter")
    await person.page.wait_for_selector("[role=status]")
    assert await person.barriers() == []


def _nothing_was_decided_twice(office: Office) -> None:
    twice = office.rows(
        "SELECT review_id, count(*) FROM claims WHERE submission_state = 'accepted'"
        " GROUP BY review_id HAVING count(*) > 1"
    )
    decided = office.rows(
        "SELECT case_id, count(*) FROM decisions WHERE hearing = 'first' AND automated = 0"
        " GROUP BY case_id, round HAVING count(*) > 1"
    )
    assert (twice, decided) == ([], [])


def _hire(up: Up, name: str) -> None:
    for command, given in (
        (["staff", "add", "--role", "reviewer", "--name", name], ""),
        (["staff", "password", name], f"{PASSWORD}\n"),
    ):
        subprocess.run(
            [sys.executable, "-m", "cli", *command, "--data", str(up.data.path)],
            input=given, text=True, check=True, capture_output=True, timeout=60,
        )  # fmt: skip


def _detect(office: Office, number: int) -> None:
    """As trusted flaggers do: whatever they send, a person decides."""
    harms = sorted(WORDS)
    lines = [_detection(n, harms[n % len(harms)]) for n in range(number)]
    sent = urllib.request.Request(
        f"{office.running.urls['api']}/detections/batch",
        data="\n".join(lines).encode(),
        headers={
            "Authorization": f"Bearer {office.up.data.tokens()[Role.DETECTOR]}",
            "Content-Type": "application/x-ndjson",
        },
    )
    with urllib.request.urlopen(sent, timeout=60) as answer:
        assert answer.status == 202


def _detection(number: int, harm: str) -> str:
    said = {
        "detection_id": f"hour-{number}",
        "detector": {"name": "flaggers", "version": "1"},
        "harm": harm,
        "item": {"type": "message", "id": f"hour-{number}", "text": f"{WORDS[harm]} ({number})"},
        "account": {"id": f"acct-{number:04}", "jurisdiction": "DE"},
        "channel": "trusted_flagger",
        "observed_at": "2026-11-20T10:00:00Z",
    }
    return json.dumps(said)


def _in_short(took_ms: list[float]) -> str:
    took = sorted(took_ms)
    half, most = took[len(took) // 2], took[int(len(took) * 0.95)]
    return (
        f"\n{len(took)} decisions by key; to what comes next: p50 {half:.0f} ms, p95 {most:.0f} ms"
    )
