"""`casework up` as people run it: real processes, real ports, real signals."""

import json
import os
import signal
import socket
import sqlite3
import time
from pathlib import Path

import httpx
import pytest

from casework.words import Role
from cli.data_dir import DataDir
from tests.cli.real_up import READY_WITHIN_S, STOPS_WITHIN_S, Up, alive, casework, status
from tests.cli.waiting import until
from workers.probes import free_ports

CHILDREN = {"temporal", "gateway", "worker", "platform", "vendor", "inbox"}


async def test_everything_is_there_when_it_says_that_it_is_ready(up: Up) -> None:
    running = await up.until_ready()

    assert running.pids.keys() == CHILDREN
    assert all(alive(pid) for pid in running.pids.values())
    assert status(f"{running.urls['gateway']}/readyz") == 200
    assert status(running.urls["openapi"]) == 200
    assert status(running.urls["temporal_ui"]) == 200
    assert status(f"{running.urls['inbox']}/healthz") == 200
    assert status(f"{running.urls['platform']}/healthz") == 200


async def test_every_role_gets_a_token_that_works(up: Up) -> None:
    running = await up.until_ready()

    tokens = up.data.tokens()

    assert set(tokens) == set(Role)
    assert up.data.tokens_file.stat().st_mode & 0o777 == 0o600
    cases = f"{running.urls['api']}/cases"
    assert status(cases, tokens[Role.AUDITOR]) == 200
    assert status(cases, tokens[Role.DETECTOR]) == 403
    assert status(cases, "made up") == 401


async def test_every_role_that_is_a_person_s_signs_in_with_its_password(up: Up) -> None:
    running = await up.until_ready()

    passwords = up.data.passwords()

    assert set(passwords) == set(Role) - {Role.DETECTOR}
    form = {"username": "reviewer", "password": passwords[Role.REVIEWER]}
    async with httpx.AsyncClient(base_url=running.urls["gateway"], trust_env=False) as client:
        answer = await client.post("/console/sign-in/password", data=form)
    assert (answer.status_code, answer.headers["location"]) == (303, "/console/")


async def test_nothing_it_writes_is_for_others_to_read(up: Up) -> None:
    await up.until_ready()

    open_to_others = [
        path.name
        for path in up.data.path.rglob("*")
        if path.is_file() and path.stat().st_mode & 0o077
    ]

    assert open_to_others == []


async def test_a_second_one_on_the_same_data_is_refused(up: Up) -> None:
    await up.until_ready()

    second = casework("up", "--data", up.data.path)

    assert second.returncode == 4
    assert "is in use by another `casework up`" in second.stderr
    assert second.stderr.count("\n") == 1


@pytest.mark.parametrize("name", ["gateway", "worker", "vendor"])
async def test_a_child_that_is_killed_comes_back_and_that_is_said(up: Up, name: str) -> None:
    first = (await up.until_ready()).pids[name]

    os.kill(first, signal.SIGKILL)
    await until(lambda: up.running.pids.get(name) not in {None, first})

    assert f"{name} ended (SIGKILL); starting it again" in up.said
    gateway = up.running.urls["gateway"]
    await until(lambda: status(f"{gateway}/readyz") == 200, READY_WITHIN_S)


async def test_the_doctor_finds_it_well(up: Up) -> None:
    await up.until_ready()

    examined = casework("doctor", "--data", up.data.path, "--json")

    unwell = [one for one in json.loads(examined.stdout) if one["state"] != "ok"]
    assert unwell == []
    assert examined.returncode == 0


async def test_ctrl_c_stops_everything_and_a_new_start_carries_on(up: Up) -> None:
    before, tokens = await up.until_ready(), up.data.tokens()

    began = time.monotonic()
    up.tell(signal.SIGINT)
    await until(lambda: up.ended, 2 * STOPS_WITHIN_S)
    took = time.monotonic() - began
    code = up.process.returncode if up.process else None
    up.start()
    after = await up.until_ready()

    assert code == 0
    assert took < STOPS_WITHIN_S
    assert not any(alive(pid) for pid in before.pids.values())
    assert up.data.tokens() == tokens
    assert status(f"{after.urls['api']}/cases", tokens[Role.AUDITOR]) == 200


@pytest.mark.parametrize("flag", ["--port", "--temporal-port", "--ui-port"])
def test_a_port_in_use_is_named_with_its_flag(tmp_path: Path, flag: str) -> None:
    flags = dict(
        zip(("--port", "--temporal-port", "--ui-port"), map(str, free_ports(3)), strict=True)
    )
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        flags[flag] = str(port)

        came = casework(
            "up", "--data", tmp_path, *(part for pair in flags.items() for part in pair)
        )

    assert came.returncode == 5
    assert came.stderr == f"casework: port {port} is in use; choose another with {flag}\n"


@pytest.mark.parametrize(
    "flags",
    [
        ("--vendor-url", "nobody=http://x"),
        ("--vendor-url", "vendor_moderation"),
        ("--vendor-url", "vendor_moderation=file:///x"),
        ("--platform-url", "platform"),
        ("--port", "0"),
    ],
)
def test_a_flag_that_makes_no_sense_is_a_usage_error(
    tmp_path: Path, flags: tuple[str, ...]
) -> None:
    came = casework("up", "--data", tmp_path / "data", *flags)

    assert came.returncode == 2
    assert not (tmp_path / "data").exists()


def test_a_database_from_the_future_is_refused_and_nothing_is_left_running(tmp_path: Path) -> None:
    DataDir(tmp_path).keyring()
    casework("db", "upgrade", "--data", tmp_path)
    with sqlite3.connect(tmp_path / "casework.db") as database:
        database.execute("UPDATE alembic_version SET version_num = '9999'")

    came = casework("up", "--data", tmp_path, *free_flags())

    assert came.returncode == 1
    assert "newer than this version of Casework" in came.stderr
    assert not (tmp_path / "up.json").exists()


def test_a_policy_with_a_mistake_is_refused_before_anything_starts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "policies").mkdir()
    (tmp_path / "policies" / "hate.yaml").write_text("harm: hate\nversion: one\n")
    monkeypatch.setenv("CASEWORK_POLICIES_DIR", str(tmp_path / "policies"))

    came = casework("up", "--data", tmp_path / "data", *free_flags())

    assert came.returncode == 1
    assert "casework: hate.yaml:" in came.stderr
    assert not (tmp_path / "data" / "temporal.db").exists()


def free_flags() -> list[str]:
    ports = zip(("--port", "--temporal-port", "--ui-port"), free_ports(3), strict=True)
    return [str(part) for pair in ports for part in pair]
