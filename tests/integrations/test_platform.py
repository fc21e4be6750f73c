"""Acting on the platform: the adapter against the simulated platform, and its fake, alike."""

import base64
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from casework.errors import CaseworkError, Gone, TurnedDown, Unavailable
from casework.ports import Platform
from casework.words import ActionKind, PlatformState
from integrations.http import Limits, Outbound
from integrations.platform.client import HttpPlatform
from integrations.platform.fake import FakePlatform, Slip
from integrations.platform.settings import PlatformSettings
from integrations.platform.simulator import PlatformSimulatorSettings, app
from integrations.platform.store import PlatformStore
from tests.integrations.cases import action
from tests.integrations.platform_contract import EveryPlatform, Trial, UndoingPlatform
from tests.integrations.serving import served

KEY = SecretStr("whsec_" + base64.b64encode(b"p" * 32).decode())
OTHER_KEY = SecretStr("whsec_" + base64.b64encode(b"q" * 32).decode())
SETTINGS = PlatformSettings(base_url="http://platform.example/", signing_keys=(KEY,))
SOON = Limits(deadline=timedelta(milliseconds=500))


class Town:
    """The adapter, and a simulated platform whose effects can be looked at."""

    def __init__(self, base: str, transport: httpx.AsyncBaseTransport | None = None) -> None:
        self.http = Outbound(SOON, transport=transport)
        self.platform = HttpPlatform(
            self.http, PlatformSettings(base_url=base, signing_keys=(KEY,))
        )
        self.client = httpx.AsyncClient(base_url=base, transport=transport, trust_env=False)

    async def breaks(self, mode: str, times: int | None = None) -> None:
        answer = await self.client.post("/simulator/faults", json={"mode": mode, "next": times})
        answer.raise_for_status()

    async def effects(self) -> list[str]:
        effects = (await self.client.get("/simulator/effects")).json()
        return [f"{effect['change']} {effect['action_id']}" for effect in effects]

    async def summary(self) -> dict[str, Any]:
        summary: dict[str, Any] = (await self.client.get("/simulator/summary")).json()
        return summary

    async def aclose(self) -> None:
        await self.http.aclose()
        await self.client.aclose()


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    """In the same process, through the simulator's front door."""
    settings = PlatformSimulatorSettings(
        state_file=tmp_path / "state" / "platform.db", signing_keys=(KEY,)
    )
    town = Town("http://platform.example", httpx.ASGITransport(app(settings)))
    yield town
    await town.aclose()


@pytest.fixture(params=["real", "fake"])
def platform(request: pytest.FixtureRequest, town: Town) -> Platform:
    return town.platform if request.param == "real" else FakePlatform()


@pytest.fixture
def trial(platform: Platform) -> Trial:
    return Trial(platform, action())


@pytest.fixture
def liftable(trial: Trial) -> Trial:
    return trial


# -- what both keep ------------------------------------------------------------------------------


class TestEveryPromise(EveryPlatform, UndoingPlatform):
    """Of the adapter and of the fake."""


async def test_what_was_undone_is_told_from_what_never_was(platform: Platform) -> None:
    await platform.carry_out(action())

    await platform.revert(action())

    assert await platform.read_back(action()) is PlatformState.REVERTED


async def test_an_undone_action_asked_for_again_stays_undone(platform: Platform) -> None:
    await platform.carry_out(action())
    await platform.revert(action())

    await platform.carry_out(action())

    assert await platform.read_back(action()) is PlatformState.REVERTED


# -- the effects ---------------------------------------------------------------------------------


async def test_an_action_asked_for_three_times_has_one_effect(town: Town) -> None:
    for _ in range(3):
        await town.platform.carry_out(action())

    assert await town.effects() == ["applied a-1"]
    assert (await town.summary())["effects"] == 1


async def test_the_fake_counts_its_effects_and_slips_as_it_was_told() -> None:
    platform = FakePlatform(
        fails_first=[Unavailable("down")],
        slips=[Slip.DO_NOTHING, Slip.LOSE_ANSWER],
    )

    with pytest.raises(Unavailable):
        await platform.carry_out(action())
    await platform.carry_out(action())
    assert await platform.read_back(action()) is PlatformState.ABSENT
    with pytest.raises(Unavailable):
        await platform.carry_out(action())
    await platform.carry_out(action())

    assert platform.effects == {"a-1": 1}
    assert platform.asked == ["carry_out a-1"] * 4


async def test_the_fake_says_when_a_target_is_gone() -> None:
    platform = FakePlatform(gone=frozenset({action().target}))

    with pytest.raises(Gone):
        await platform.carry_out(action())


async def test_acted_and_then_500_is_unavailable_and_reads_back_as_applied(town: Town) -> None:
    await town.breaks("act_then_500", times=1)

    with pytest.raises(Unavailable):
        await town.platform.carry_out(action())

    assert await town.platform.read_back(action()) is PlatformState.APPLIED
    await town.platform.carry_out(action())
    assert await town.effects() == ["applied a-1"]


async def test_a_yes_with_nothing_behind_it_reads_back_as_absent(town: Town) -> None:
    await town.breaks("do_nothing", times=1)

    await town.platform.carry_out(action())

    assert await town.platform.read_back(action()) is PlatformState.ABSENT
    assert await town.effects() == []


async def test_a_forgotten_key_is_seen_in_the_summary(town: Town) -> None:
    await town.platform.carry_out(action())
    await town.breaks("forget_key", times=1)

    await town.platform.carry_out(action())

    assert (await town.summary())["doubled_actions"] == [{"what": "a-1", "times": 2}]


async def test_two_actions_of_one_kind_on_one_target_are_seen_in_the_summary(town: Town) -> None:
    await town.platform.carry_out(action(action_id="a-1"))
    await town.platform.carry_out(action(action_id="a-2"))

    assert (await town.summary())["doubled_targets"] == [
        {"what": "message:msg_7 remove_item", "times": 2}
    ]


@pytest.mark.parametrize(
    ("mode", "error"),
    [
        ("rate_limit", Unavailable),
        ("error", Unavailable),
        ("hang", Unavailable),
        ("forbidden", TurnedDown),
        ("gone", Gone),
    ],
)
async def test_a_refusal_has_no_effect_and_the_next_try_has_one(
    town: Town, mode: str, error: type[CaseworkError]
) -> None:
    await town.breaks(mode, times=1)

    with pytest.raises(error):
        await town.platform.carry_out(action())
    assert await town.effects() == []

    await town.platform.carry_out(action())
    assert await town.effects() == ["applied a-1"]


async def test_a_rate_limit_names_its_wait(town: Town) -> None:
    await town.breaks("rate_limit")

    with pytest.raises(Unavailable) as told:
        await town.platform.revert(action())

    assert told.value.retry_after == timedelta(seconds=1)


async def test_the_same_id_with_another_body_does_nothing_more(town: Town) -> None:
    await town.platform.carry_out(action())

    await town.platform.carry_out(action(lasts=timedelta(days=7)))

    assert await town.effects() == ["applied a-1"]


async def test_a_request_signed_with_another_key_is_turned_down(town: Town) -> None:
    settings = PlatformSettings(base_url="http://platform.example", signing_keys=(OTHER_KEY,))
    stranger = HttpPlatform(town.http, settings)

    with pytest.raises(TurnedDown):
        await stranger.carry_out(action())
    with pytest.raises(TurnedDown):
        await stranger.read_back(action())
    assert await town.effects() == []


async def test_the_page_shows_accounts_items_and_effects_and_runs_nothing(town: Town) -> None:
    await town.platform.carry_out(action())
    await town.platform.carry_out(action(ActionKind.SUSPEND_ACCOUNT, action_id="<b>a-2</b>"))

    page = (await town.client.get("/")).text

    assert "message:msg_7" in page
    assert "account:acct_0042" in page
    assert "suspend_account" in page
    assert "<b>a-2</b>" not in page
    assert "&lt;b&gt;a-2&lt;/b&gt;" in page


# -- on a real connection ------------------------------------------------------------------------


async def test_a_lost_answer_is_unavailable_and_the_action_stands_once(tmp_path: Path) -> None:
    settings = PlatformSimulatorSettings(state_file=tmp_path / "platform.db", signing_keys=(KEY,))
    async with served(app(settings)) as address:
        town = Town(address)
        await town.breaks("lose_answer", times=1)

        with pytest.raises(Unavailable):
            await town.platform.carry_out(action())

        assert await town.platform.read_back(action()) is PlatformState.APPLIED
        await town.platform.carry_out(action())
        assert await town.effects() == ["applied a-1"]
        await town.aclose()


async def test_it_answers_within_a_few_milliseconds(tmp_path: Path) -> None:
    settings = PlatformSimulatorSettings(state_file=tmp_path / "platform.db")
    async with served(app(settings)) as address:
        town = Town(address)
        took = []
        for number in range(50):
            begun = time.perf_counter()
            await town.platform.carry_out(action(action_id=f"a-{number}"))
            took.append(time.perf_counter() - begun)
        await town.aclose()

    assert sorted(took)[25] < 0.03  # about 2 ms here; the rest is for busy machines


_SERVE = """
import sys, uvicorn
from pathlib import Path
from integrations.platform.simulator import PlatformSimulatorSettings, app
server = app(PlatformSimulatorSettings(state_file=Path(sys.argv[1])))
uvicorn.run(server, fd=int(sys.argv[2]), log_level="critical")
"""


def test_what_it_acknowledged_survives_kill_9(tmp_path: Path) -> None:
    state = tmp_path / "platform.db"
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    listening.listen()
    address = f"http://127.0.0.1:{listening.getsockname()[1]}"
    body = json.loads(_recorded_body())
    with subprocess.Popen(
        [sys.executable, "-c", _SERVE, str(state), str(listening.fileno())],
        pass_fds=[listening.fileno()],
    ) as process:
        answer = httpx.post(f"{address}/actions", json=body, timeout=30, trust_env=False)
        os.kill(process.pid, signal.SIGKILL)
    listening.close()

    remembered = PlatformStore(state)

    assert answer.status_code == 201
    assert [effect.action_id for effect in remembered.effects()] == ["a-1"]


def _recorded_body() -> bytes:
    return (
        b'{"action_id":"a-1","case_id":"c","decision_id":"d-1","kind":"remove_item",'
        b'"item":{"type":"message","id":"msg_7"},"account":{"id":"acct_0042"},'
        b'"policy":{"harm":"harassment","version":4},"reason":""}'
    )


@pytest.mark.parametrize(
    ("name", "status", "kind"),
    [
        ("banner.png", 200, "image/png"), ("giveaway-again.jpg", 200, "image/jpeg"),
        ("wheel.mp4", 200, "video/mp4"), ("other.png", 404, None), ("..%2Fstate.db", 404, None),
    ],
)  # fmt: skip
async def test_uploads_are_served_to_anybody(
    tmp_path: Path, name: str, status: int, kind: str | None
) -> None:
    platform = app(PlatformSimulatorSettings(state_file=tmp_path / "state.db", signing_keys=(KEY,)))

    async with served(platform) as address, httpx.AsyncClient(base_url=address) as anybody:
        answer = await anybody.get(f"/uploads/{name}")

    assert answer.status_code == status
    assert kind is None or answer.headers["content-type"] == kind
