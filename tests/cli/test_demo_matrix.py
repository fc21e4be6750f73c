"""The Matrix demo as people run it: real processes, a real Synapse, and nothing left behind."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import typer

from cli import synapse
from cli.matrix_demo import command
from cli.matrix_demo.stage import POLICIES
from cli.matrix_demo.telling import ForPrograms, OnATerminal, Seen, Teller
from storage.policy_files import PolicyFile, examples, load
from tests.cli.terminal import Terminal
from workers import probes

TAKES_AT_MOST_S = 600
"""Alone on two cores it takes 100 s, of which 60 are the suspension's."""

KEPT = Seen(what="the message", expected="redacted", seen="redacted", holds=True)
BROKEN = Seen(what="the account", expected="free", seen="suspended", holds=False)


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> tuple[int, str, str]:
    """Its exit code, what it said, and what it said on the side."""
    try:
        synapse.interpreter()
    except synapse.NotInstalled as error:
        pytest.skip(str(error))
    folder = tmp_path_factory.mktemp("demo-matrix")
    came = subprocess.run(
        [sys.executable, "-m", "cli", "demo-matrix", "--data", str(folder), "--json"],
        capture_output=True,
        text=True,
        timeout=TAKES_AT_MOST_S,
    )
    return came.returncode, came.stdout, came.stderr


def test_every_promise_holds_on_a_real_homeserver(played: tuple[int, str, str]) -> None:
    code, out, said = played

    told: dict[str, Any] = json.loads(out)

    assert [each for each in told["seen"] if not each["holds"]] == [], said
    assert told["holds"]
    assert code == 0


def test_it_has_seen_all_that_it_is_to_show(played: tuple[int, str, str]) -> None:
    seen = {each["what"]: each["seen"] for each in json.loads(played[1])["seen"]}

    assert seen["bob's scam"] == "redacted"
    assert seen["bob's message and its edit"] == "both redacted"
    assert seen["bob's account"] == "suspended"
    assert seen["bob's account, after that"] == "free"
    assert seen["bob's notice"] == "a server notice with a link to appeal"
    assert (seen["appeals, about carol"], seen["carol's account"]) == (
        "upheld",
        "still suspended",
    )
    assert (seen["appeals, about dave"], seen["dave, after that"]) == ("overturned", "can post")
    assert 57 <= float(seen["bob could not post for"].removesuffix(" s")) <= 75


def test_nothing_that_it_started_goes_on(played: tuple[int, str, str]) -> None:
    ports = [int(port) for port in re.findall(r"127\.0\.0\.1:(\d+)", played[2])]

    silent = [port for port in ports if probes.is_free(port)]

    assert len(ports) == 2  # the homeserver's and the gateway's
    assert silent == ports
    assert "everything that was started has ended" in played[2]


def test_it_begins_anew_each_time(casework: Terminal, tmp_path: Path) -> None:
    (tmp_path / "left.over").touch()

    came = casework("demo-matrix", "--data", tmp_path)

    assert came.code == 2
    assert [path.name for path in tmp_path.iterdir()] == ["left.over"]


@pytest.mark.parametrize("teller", [OnATerminal(), ForPrograms()])
def test_what_people_say_cannot_act_on_the_terminal(
    teller: Teller, capsys: pytest.CaptureFixture[str]
) -> None:
    teller.scene("A scene")
    teller.said("bob", "red \x1b[31m[bold]words[/bold]")
    teller.checked(BROKEN)

    printed = "".join(capsys.readouterr())
    assert "\x1b[31m" not in printed
    assert "[bold]words[/bold]" in printed
    assert "the account: suspended" in printed


def test_the_table_marks_what_did_not_hold(capsys: pytest.CaptureFixture[str]) -> None:
    command.report([KEPT, BROKEN], as_json=False)

    lines = capsys.readouterr().out.splitlines()
    [kept] = [line for line in lines if "the message" in line]
    [broken] = [line for line in lines if "the account" in line]
    assert "✔" in kept
    assert "✘" in broken


def test_one_broken_promise_is_a_failure(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command.end(tmp_path, [KEPT])

    with pytest.raises(typer.Exit) as ending:
        command.end(tmp_path, [KEPT, BROKEN])

    assert ending.value.exit_code == 1
    assert f"1 of 2 did not hold; the logs are in {tmp_path}" in capsys.readouterr().err


@pytest.mark.parametrize("file", load(POLICIES), ids=lambda file: file.policy.harm)
def test_its_policies_say_what_their_examples_expect(file: PolicyFile) -> None:
    mine = examples(POLICIES, file.policy.harm)

    assert mine
    assert [one.it for one in mine if not one.holds(file.policy)] == []
