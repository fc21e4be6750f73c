"""Files in and out: converted detections, the demo's messages, policies, the data directory."""

import json
import os
import stat
from datetime import UTC, datetime
from pathlib import Path

import pytest

from casework.detection import Detection
from casework.words import Role
from cli import corpus, data_dir
from cli.data_dir import DataDir, DataDirMistake, InUse, NotRunning, Running
from tests.cli.terminal import Terminal
from workers.settings import PACKAGED_POLICIES, Ports

NOW = datetime(2026, 11, 20, tzinfo=UTC)


def row(text: str, **scores: float) -> str:
    return json.dumps({"text": text, "scores": scores})


def test_a_scored_comment_becomes_a_detection_of_its_worst_harm(
    casework: Terminal, tmp_path: Path
) -> None:
    file = tmp_path / "comments.jsonl"
    rows = [
        row("one\u202e", IDENTITY_ATTACK=0.9, TOXICITY=0.9, SPAM=0.1),
        row("two", INSULT=0.7, SPAM=0.2),
        row("three", TOXICITY=0.1, SPAM=0.8),
        row("four", TOXICITY=0.1),
    ]
    file.write_text("\n".join(rows), encoding="utf-8")

    came = casework("convert", "wikipedia", file, "--limit", 3)

    found = [Detection.model_validate_json(line) for line in came.out.splitlines()]
    assert [one.harm for one in found] == ["hate", "harassment", "spam_scam"]
    assert [one.score for one in found] == [0.9, 0.7, 0.8]
    assert found[0].item.text == "one\u202e"
    assert found[0].detector.name == "reference-scores"


def test_the_same_comment_is_the_same_detection_each_time(
    casework: Terminal, tmp_path: Path
) -> None:
    file = tmp_path / "comments.jsonl"
    file.write_text(row("one", TOXICITY=0.5))

    casework("convert", "wikipedia", file, "--out", tmp_path / "a.jsonl")
    casework("convert", "wikipedia", file, "--out", tmp_path / "b.jsonl")

    assert (tmp_path / "a.jsonl").read_bytes() == (tmp_path / "b.jsonl").read_bytes()


@pytest.mark.parametrize("bad", ["{", "[]", '{"text": "x"}', row("x", TOXICITY=1.5), row("x")])
def test_a_row_that_is_none_is_named_by_its_line(
    casework: Terminal, tmp_path: Path, bad: str
) -> None:
    file = tmp_path / "comments.jsonl"
    file.write_text(row("fine", TOXICITY=0.5) + "\n" + bad + "\n")

    came = casework("convert", "wikipedia", file)

    assert came.code == 1
    assert "comments.jsonl:2" in came.err


def test_the_demo_s_messages_are_all_detections() -> None:
    messages = corpus.as_written()

    assert len(messages) >= 150
    assert len({message.detection_id for message in messages}) == len(messages)
    assert all(Detection.model_validate_json(message.text) for message in messages)


def test_another_run_has_other_ids_and_the_same_accounts() -> None:
    first, second = corpus.as_new("a", NOW), corpus.as_new("b", NOW)

    old, new = (Detection.model_validate_json(run[0].text) for run in (first, second))
    assert old.detection_id != new.detection_id
    assert old.item.id != new.item.id
    assert old.account == new.account
    assert new.observed_at == NOW


def test_detections_on_one_item_stay_on_one_item() -> None:
    written = [Detection.model_validate_json(one.text).item.id for one in corpus.as_written()]
    renamed = [Detection.model_validate_json(one.text).item.id for one in corpus.as_new("a", NOW)]

    assert len(set(written)) == len(set(renamed)) < len(written)


def test_policies_that_came_along_are_right(casework: Terminal) -> None:
    checked = casework("policy", "check")
    examples = casework("policy", "examples", "--json")

    assert checked.code == examples.code == 0
    assert set(examples.json()["examples"]) >= {"harassment", "hate", "self_harm"}
    assert examples.json()["failed"] == []


def test_policies_are_listed_with_their_brakes(casework: Terminal, tmp_path: Path) -> None:
    written = (PACKAGED_POLICIES / "spam_scam.yaml").read_text(encoding="utf-8")
    brakes = "canary: {share: 0.1, cases: 500}\nbreaker: {effects_per_minute: 60}\n"
    (tmp_path / "spam_scam.yaml").write_text(f"{brakes}{written}", encoding="utf-8")

    came = casework("policy", "list", tmp_path, "--json")

    [listed] = came.json()
    assert listed["breaker"] == {"effects_per_minute": 60}
    assert listed["canary"] == {"share": 0.1, "cases": 500}


def test_every_wrong_policy_is_named_with_its_place(casework: Terminal, tmp_path: Path) -> None:
    (tmp_path / "hate.yaml").write_text("harm: hate\nversion: one\n")
    (tmp_path / "spam.yaml").write_text("harm: [spam\n")

    came = casework("policy", "check", tmp_path)

    assert came.code == 1
    assert len(came.out.splitlines()) == 2
    assert came.out.startswith("hate.yaml:")
    assert "spam.yaml:2:" in came.out


def test_an_empty_folder_of_policies_is_a_mistake(casework: Terminal, tmp_path: Path) -> None:
    came = casework("policy", "check", tmp_path, "--json")

    assert came.code == 1
    assert came.json()["mistakes"][0]["message"].startswith("no policies here")


def test_a_data_directory_has_one_holder(tmp_path: Path) -> None:
    with (
        DataDir(tmp_path).taken(),
        pytest.raises(InUse, match="in use by another"),
        DataDir(tmp_path).taken(),
    ):
        pass

    with DataDir(tmp_path).taken():
        assert (tmp_path / "logs").is_dir()


def test_keys_are_made_once_for_their_owner_alone(tmp_path: Path) -> None:
    first = DataDir(tmp_path).keyring()
    second = DataDir(tmp_path).keyring()

    assert first == second
    assert stat.S_IMODE((tmp_path / "keyring.json").stat().st_mode) == 0o600


def test_lost_keys_are_not_replaced_beside_the_cases_they_sealed(tmp_path: Path) -> None:
    (tmp_path / "casework.db").touch()

    with pytest.raises(DataDirMistake, match=r"keyring\.json is missing"):
        DataDir(tmp_path).keyring()


def test_tokens_are_kept_for_their_owner_alone(tmp_path: Path) -> None:
    here, tokens = DataDir(tmp_path), data_dir.new_tokens()

    here.keep_tokens(tokens)

    assert here.tokens() == tokens
    assert set(tokens) == set(Role)
    assert len(set(tokens.values())) == len(Role)
    assert stat.S_IMODE(here.tokens_file.stat().st_mode) == 0o600


def test_a_note_of_somebody_dead_is_nobody_running(tmp_path: Path) -> None:
    here = DataDir(tmp_path)
    ports = Ports(platform=1, vendor=2, inbox=3, smtp=4, metrics=5)
    alive = Running(pid=os.getpid(), pids={}, ports=ports, urls={"gateway": "http://x"})

    here.note_running(alive)
    noted = here.running()
    here.note_running(alive.model_copy(update={"pid": 2**22 + 1}))

    assert noted == alive
    with pytest.raises(NotRunning):
        here.running()


def test_a_command_without_a_running_system_says_so(casework: Terminal, tmp_path: Path) -> None:
    came = casework("case", "list", "--data", tmp_path)

    assert came.code == 5
    assert "no `casework up` runs on" in came.err
