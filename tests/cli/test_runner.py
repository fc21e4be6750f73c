import asyncio
import json
import subprocess
import sys
from datetime import timedelta

import pytest
import typer

from casework import errors
from cli import runner, show
from cli.runner import ExitCode
from tests.cli.terminal import Terminal

A_SHORT_CLIENT = """
import asyncio
from cli import runner
from temporalio.client import Client

async def work() -> None:
    try:
        await Client.connect("127.0.0.1:9", lazy=True)
        client = await Client.connect("127.0.0.1:9")
    except RuntimeError:
        print("done", flush=True)

runner.run(work())
"""


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (errors.NotFound("no such case"), ExitCode.FAILED),
        (errors.PolicyMistake("no", file="a.yaml", line=3, column=4), ExitCode.FAILED),
        (errors.DetectionConflict("another body"), ExitCode.CONFLICT),
        (errors.AlreadyDecided("twice"), ExitCode.CONFLICT),
        (errors.Unavailable("gone"), ExitCode.UNAVAILABLE),
        (errors.TooMany("slow down", retry_after=timedelta(seconds=1)), ExitCode.FAILED),
        (KeyboardInterrupt(), ExitCode.INTERRUPTED),
    ],
)
def test_what_went_wrong_on_purpose_is_an_exit_code_and_one_line(
    error: BaseException, code: ExitCode, capsys: pytest.CaptureFixture[str]
) -> None:
    async def work() -> None:
        raise error

    with pytest.raises(typer.Exit) as ending:
        runner.run(work())

    said = capsys.readouterr().err
    assert ending.value.exit_code == code
    assert said == (f"casework: {error}\n" if str(error) else "")


def test_what_nobody_foresaw_keeps_its_traceback() -> None:
    async def work() -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        runner.run(work())


def test_an_answer_is_handed_on() -> None:
    async def work() -> int:
        await asyncio.sleep(0)
        return 42

    assert runner.run(work()) == 42


def test_control_characters_of_a_server_do_not_reach_the_terminal(
    capsys: pytest.CaptureFixture[str],
) -> None:
    hostile = "a\x1b]0;title\x07b\x9bc\u202ed\u200be"

    show.line(hostile)
    show.complain(hostile)
    show.table(("one",), [(hostile,)])
    show.pairs([("one", hostile)])

    said = capsys.readouterr()
    assert "a]0;titlebcde" in said.out
    assert not set("\x1b\x07\x9b\u202e\u200b") & set(said.out + said.err)


def test_json_keeps_every_character_and_sends_none_that_acts(
    capsys: pytest.CaptureFixture[str],
) -> None:
    hostile = {"text": "a\x1b[2J\u202e"}

    show.as_json(hostile)

    said = capsys.readouterr().out
    assert json.loads(said) == hostile
    assert said.isascii()
    assert "\x1b" not in said


def test_brackets_of_a_server_are_not_taken_for_markup(
    capsys: pytest.CaptureFixture[str],
) -> None:
    show.table(("one",), [("[red]text[/red] :smile:",)])

    assert "[red]text[/red] :smile:" in capsys.readouterr().out


@pytest.mark.parametrize("round_", range(3))
def test_a_short_lived_temporal_client_ends_without_a_crash(round_: int) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", A_SHORT_CLIENT], capture_output=True, text=True, timeout=60
    )

    assert (ended.returncode, ended.stdout) == (0, "done\n")


def test_the_version_is_shown(casework: Terminal) -> None:
    came = casework("--version")

    assert came.code == 0
    assert came.out.startswith("casework 0.")


@pytest.mark.parametrize(
    "command",
    [
        (),
        ("up",),
        ("demo",),
        ("submit",),
        ("doctor",),
        ("worker",),
        ("gateway",),
        ("case", "list"),
        ("case", "show"),
        ("case", "timeline"),
        ("case", "retry"),
        ("case", "escalate"),
        ("case", "reassign"),
        ("queue", "stats"),
        ("policy", "check"),
        ("policy", "examples"),
        ("audit", "verify"),
        ("audit", "export"),
        ("db", "upgrade"),
        ("token", "create"),
        ("token", "revoke"),
        ("token", "list"),
        ("convert", "wikipedia"),
    ],
)
def test_every_command_explains_itself(casework: Terminal, command: tuple[str, ...]) -> None:
    came = casework(*command, "--help")

    assert came.code == 0
    assert "Usage:" in came.out


def test_an_unknown_command_is_a_usage_error(casework: Terminal) -> None:
    assert casework("frobnicate").code == ExitCode.USAGE
