"""The simulated Coop: its jobs outlive it, and its moderators call as Coop does."""

import asyncio
import json
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI, Request, Response

from casework.errors import Unauthenticated
from integrations.coop.client import Coop, acted_of
from integrations.coop.moderators import Act, Called, Delivery, Moderators
from integrations.coop.signing import PublicKeys
from integrations.coop.simulator import CoopSimulator, Signer
from integrations.http import Outbound
from tests.integrations.serving import served
from tests.integrations.test_coop import KEY, handout, settings
from workers.probes import free_ports

SIGNER = Signer()
READY_WITHIN_S = 60
SECRETS = ("api-key", "private.pem", "public.pem")


@dataclass
class Gateway:
    """Takes genuine calls and answers as told; with the last answer from then on."""

    answers: list[int] = field(default_factory=lambda: [202])
    bodies: list[bytes] = field(default_factory=list)
    forged: int = 0

    async def take(self, request: Request) -> Response:
        body = await request.body()
        try:
            PublicKeys(SIGNER.public_pem).verify(request.headers, body)
        except Unauthenticated:
            self.forged += 1
            return Response(status_code=401)
        self.bodies.append(body)
        status = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        return Response(status_code=status)


@asynccontextmanager
async def moderators(gateway: Gateway) -> AsyncIterator[Moderators]:
    coop, ours = CoopSimulator(KEY), FastAPI()
    ours.add_api_route("/v1/callbacks/coop", gateway.take, methods=["POST"])
    async with served(coop.app()) as there, Outbound() as out:
        await Coop(out, settings(there)).hand_out(handout())
    async with served(ours) as here, httpx.AsyncClient() as http:
        yield Moderators(coop, SIGNER, f"{here}/v1/callbacks/coop", http)


async def test_a_moderators_act_is_a_call_that_we_understand() -> None:
    gateway = Gateway()
    async with moderators(gateway) as there:
        called = await there.act("o-1", Act(action="a1", reason="an insult"))

    assert called == [Called(status=202, body="")]
    [body] = gateway.bodies
    acted = acted_of(body)
    assert (acted.reference, acted.action.id, acted.reason) == ("o-1", "a1", "an insult")
    assert acted.actorEmail


async def test_a_note_is_the_reason_where_there_is_no_other() -> None:
    gateway = Gateway()
    async with moderators(gateway) as there:
        await there.act("o-1", Act(action="a1", reason=None, note="seen beside a job"))

    assert acted_of(gateway.bodies[0]).reason == "seen beside a job"


async def test_a_rules_act_names_nobody() -> None:
    gateway = Gateway()
    async with moderators(gateway) as there:
        await there.act("o-1", Act(action="a1", delivery=Delivery.BY_A_RULE))

    assert acted_of(gateway.bodies[0]).actorEmail is None


@pytest.mark.parametrize(
    ("delivery", "answers", "calls"),
    [
        (Delivery.ONCE, [503], 1),
        (Delivery.RETRIED, [503], 6),
        (Delivery.RETRIED, [503, 503, 202], 3),
        (Delivery.RETRIED, [409], 1),
        (Delivery.TWICE, [202], 2),
        (Delivery.NEVER, [202], 0),
    ],
)
async def test_calls_are_made_as_often_as_is_said(
    delivery: Delivery, answers: list[int], calls: int
) -> None:
    gateway = Gateway(answers=answers)
    async with moderators(gateway) as there:
        called = await there.act("o-1", Act(action="a1", delivery=delivery))

    assert len(called) == len(gateway.bodies) == calls
    assert len(set(gateway.bodies)) <= 1  # the same content every time


async def test_a_forged_call_is_signed_by_another_key() -> None:
    gateway = Gateway()
    async with moderators(gateway) as there:
        await there.act("o-1", Act(action="a1", delivery=Delivery.FORGED))

    assert (gateway.forged, gateway.bodies) == (1, [])


async def test_what_is_reported_is_one_job_that_outlives_the_process(tmp_path: Path) -> None:
    file = tmp_path / "jobs.jsonl"
    for reference in ("o-1", "o-1", "o-2"):
        simulator = CoopSimulator(KEY, file)
        async with served(simulator.app()) as url, Outbound() as http:
            await Coop(http, settings(url)).hand_out(handout(reference))

    assert list(CoopSimulator(KEY, file).jobs) == ["o-1", "o-2"]


@asynccontextmanager
async def running(folder: Path, port: int) -> AsyncIterator[httpx.AsyncClient]:
    """`casework simulate coop`, killed at the end."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "cli", "simulate", "coop", "--port", str(port)),
        *("--folder", str(folder)),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    try:
        assert process.stdout is not None
        async with asyncio.timeout(READY_WITHIN_S):
            for _ in range(3):
                assert (await process.stdout.readline()).startswith(b"export CASEWORK_COOP_")
        retried = httpx.AsyncHTTPTransport(retries=5)  # it is about to listen
        url = f"http://127.0.0.1:{port}"
        async with httpx.AsyncClient(base_url=url, transport=retried) as client:
            yield client
    finally:
        process.kill()
        await process.wait()


async def test_the_command_keeps_its_keys_and_jobs_over_a_kill(tmp_path: Path) -> None:
    [port] = free_ports(1)
    folder = tmp_path / "coop"
    async with running(folder, port) as client:
        assert (await client.get("/healthz")).status_code == 200
        kept = {name: (folder / name).read_text(encoding="utf-8") for name in SECRETS}
        async with Outbound() as http:
            there = settings(f"http://127.0.0.1:{port}", kept["api-key"].strip())
            await Coop(http, there).hand_out(handout())

    async with running(folder, port) as client:
        jobs = json.loads((await client.get("/simulator/jobs")).content)

    assert jobs["o-1"]["text"] == "what was said"
    for name in SECRETS:
        assert (folder / name).read_text(encoding="utf-8") == kept[name]
        assert (folder / name).stat().st_mode & 0o077 == 0
