"""The inbox: what it keeps, what it gets wrong when told to, and how it starts and stops."""

import asyncio
import json
import signal
from collections.abc import AsyncIterator, Mapping
from datetime import timedelta
from pathlib import Path
from smtplib import SMTP, SMTPServerDisconnected
from typing import Any

import pytest

from casework.errors import TurnedDown, Unavailable
from casework.ports import NoticeChannel, Pager
from integrations.http import Limits, Outbound
from integrations.inbox.simulator import running, serve
from tests.integrations.cases import alert, statement
from tests.integrations.inboxes import SECRET, Seen, Town, open_town, town_at


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    async with open_town(tmp_path) as town:
        yield town


# -- what it keeps -------------------------------------------------------------------------------


async def test_everything_is_there_again_after_a_restart(tmp_path: Path) -> None:
    async def told_by(town: Town) -> list[list[dict[str, Any]]]:
        return [await town.items("/messages"), await town.items("/pages")]

    async with open_town(tmp_path) as town:
        await town.mail.send(statement())
        await town.webhook.send(statement())
        await town.pager.page(alert(key="a"))
        await town.slack.page(alert(key="a"))
        before = await told_by(town)
    async with open_town(tmp_path) as town:
        await town.mail.send(statement())
        await town.webhook.send(statement())
        after = await told_by(town)
        await town.pager.resolve("a")
        await town.slack.resolve("a")
        statuses = [page.get("status") for page in (await told_by(town))[1]]

    assert [len(part) for part in before] == [2, 2]
    assert after == before
    assert statuses == [None, "resolved", None]


async def test_a_mail_is_one_file_that_a_mail_program_reads(tmp_path: Path) -> None:
    async with open_town(tmp_path) as town:
        await town.mail.send(statement())
        await town.mail.send(statement())

    [file] = (tmp_path / "mail").iterdir()
    assert file.suffix == ".eml"
    assert b"\r\nMessage-ID: <n-1@casework.example>\r\n" in file.read_bytes()
    assert (tmp_path / "mail").stat().st_mode & 0o077 == 0


async def test_what_a_crash_left_unfinished_is_not_shown(tmp_path: Path) -> None:
    for folder in ("mail", "notices", "pages", "slack"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "half.unfinished").write_bytes(b"half")
        (tmp_path / folder / ("empty.eml" if folder == "mail" else "empty.json")).write_bytes(b"")

    async with open_town(tmp_path) as town:
        shown = await town.items("/messages"), await town.items("/pages")

    assert shown == ([], [])
    assert list(tmp_path.rglob("*.unfinished")) == []


# -- what it gets wrong --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("door", "fault", "error"),
    [
        ("smtp", "down", Unavailable),
        ("smtp", "tempfail", Unavailable),
        ("smtp", "reject", TurnedDown),
        ("webhook", "error", Unavailable),
        ("webhook", "hang", Unavailable),
        ("pagerduty", "error", Unavailable),
        ("pagerduty", "hang", Unavailable),
        ("slack", "error", Unavailable),
        ("slack", "hang", Unavailable),
    ],
)
async def test_a_door_is_out_of_order_as_often_as_it_was_told(
    town: Town, door: str, fault: str, error: type[Exception]
) -> None:
    ordered = await town.post("/simulator/faults", {door: fault, "next": 2})
    async with Outbound(Limits(deadline=timedelta(seconds=1))) as impatient:
        for _ in range(2):
            with pytest.raises(error):
                await knock(town.calling_through(impatient), door)
    await knock(town, door)

    assert json.loads(ordered.body)[door] == {"mode": fault, "next": 2}
    shown = json.loads((await town.get("/simulator/faults")).body)
    assert {state["mode"] for state in shown.values()} == {"none"}
    assert len([*await town.items("/messages"), *await town.items("/pages")]) == 1


async def knock(town: Town, door: str) -> None:
    channels: dict[str, NoticeChannel] = {"smtp": town.mail, "webhook": town.webhook}
    pagers: dict[str, Pager] = {"pagerduty": town.pager, "slack": town.slack}
    if door in channels:
        await channels[door].send(statement())
    else:
        await pagers[door].page(alert())


async def test_a_fault_without_a_number_stays_until_it_is_lifted(town: Town) -> None:
    await town.post("/simulator/faults", {"smtp": "reject", "webhook": "error"})
    for _ in range(3):
        with pytest.raises(TurnedDown):
            await town.mail.send(statement())
    page = Seen((await town.get("/")).body.decode())
    await town.post("/simulator/faults", {"smtp": "none"})
    await town.mail.send(statement())

    assert "Out of order: smtp reject, webhook error" in page.text
    with pytest.raises(Unavailable):
        await town.webhook.send(statement())


@pytest.mark.parametrize("order", [{"smtp": "hang"}, {"sms": "down"}, {"smtp": "down", "next": 0}])
async def test_a_fault_that_does_not_exist_is_refused(
    town: Town, order: Mapping[str, object]
) -> None:
    assert (await town.post("/simulator/faults", order)).status == 422


# -- how it starts and stops ---------------------------------------------------------------------


async def test_a_port_that_is_taken_is_named(tmp_path: Path) -> None:
    async with running("127.0.0.1", 0, 0, tmp_path, None) as inbox:
        with pytest.raises(Unavailable) as http_taken:
            await serve("127.0.0.1", inbox.port, 0, tmp_path / "other", None)
        with pytest.raises(Unavailable) as smtp_taken:
            await serve("127.0.0.1", 0, inbox.smtp_port, tmp_path / "other", None)

    assert str(inbox.port) in str(http_taken.value)
    assert str(inbox.smtp_port) in str(smtp_taken.value)


async def test_it_serves_until_it_is_told_to_stop(tmp_path: Path) -> None:
    port, smtp_port = await _free_ports(tmp_path)
    serving = asyncio.create_task(serve("127.0.0.1", port, smtp_port, tmp_path, SECRET))
    talking = await asyncio.to_thread(_conversation_with, smtp_port)

    signal.raise_signal(signal.SIGTERM)
    await asyncio.wait_for(serving, timeout=5)

    with pytest.raises(SMTPServerDisconnected):
        await asyncio.to_thread(talking.noop)
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL


async def test_it_serves_until_it_is_cancelled_even_with_a_caller_hanging(tmp_path: Path) -> None:
    port, smtp_port = await _free_ports(tmp_path)
    serving = asyncio.create_task(serve("127.0.0.1", port, smtp_port, tmp_path, SECRET))
    await asyncio.to_thread(_conversation_with, smtp_port)
    async with Outbound() as http:
        town = town_at(http, port, smtp_port)
        await town.post("/simulator/faults", {"webhook": "hang", "next": 1})
        hanging = asyncio.create_task(town.webhook.send(statement()))
        while b"hang" in (await town.get("/simulator/faults")).body:
            continue
        serving.cancel()
        ended = await asyncio.wait_for(
            asyncio.gather(serving, hanging, return_exceptions=True), timeout=8
        )

    assert isinstance(ended[0], asyncio.CancelledError)
    assert isinstance(ended[1], Unavailable)


async def _free_ports(folder: Path) -> tuple[int, int]:
    async with running("127.0.0.1", 0, 0, folder / "nobody", None) as inbox:
        return inbox.port, inbox.smtp_port


def _conversation_with(port: int) -> SMTP:
    """A connection that has been greeted; until there is a server, tries again."""
    while True:
        try:
            return SMTP("127.0.0.1", port, local_hostname="here", timeout=5)
        except ConnectionRefusedError:
            continue
