"""`casework policy`: are the policies right, and do they say what their examples expect?"""

from pathlib import Path
from typing import Annotated

import typer

from casework.base import Model
from casework.errors import PolicyMistake
from casework.policy import Policy
from casework.ruling import Ruling
from casework.words import Verdict
from cli import options, runner, show
from storage import policy_files

policy = typer.Typer(no_args_is_help=True, help="Policies and their examples.")

Folder = Annotated[
    Path | None,
    typer.Argument(help="Folder of policies. [those that came along]", show_default=False),
]


class Surprise(Model):
    """An example that does not hold."""

    harm: str
    it: str
    expected: str
    got: str


@policy.command("check")
def check(folder: Folder = None, as_json: options.Json = False) -> None:
    """Read every policy and its examples; say each mistake as file:line:column: message."""
    place = folder or _packaged()
    mistakes = _mistakes(place)
    if as_json:
        show.as_json({"folder": str(place), "mistakes": [_told(one) for one in mistakes]})
    else:
        for mistake in mistakes:
            show.line(str(mistake))
    if mistakes:
        runner.fail(f"{len(mistakes)} mistakes in {place}")
    if not as_json:
        show.line(f"{len(policy_files.load(place))} policies in {place} are right")


@policy.command("examples")
def examples(folder: Folder = None, as_json: options.Json = False) -> None:
    """Run every example; exit code 1 when a policy says something else."""
    place = folder or _packaged()
    with runner.clear_endings():
        counts, surprises = _run_examples(place)
    if as_json:
        told = [one.model_dump() for one in surprises]
        show.as_json({"examples": counts, "failed": told})
    else:
        show.table(("policy", "examples"), sorted(counts.items()))
        for one in surprises:
            show.line(f"{one.harm}: {one.it}: expected {one.expected}, got {one.got}")
    if surprises:
        runner.fail(f"{len(surprises)} examples do not hold")


@policy.command("list")
def list_policies(folder: Folder = None, as_json: options.Json = False) -> None:
    """Every policy with its version, its mode and its own brakes."""
    with runner.clear_endings():
        found = [_braked(one.policy) for one in policy_files.load(folder or _packaged())]
    if as_json:
        show.as_json(found)
    else:
        show.table(tuple(found[0]), [tuple(one.values()) for one in found])


def _braked(one: Policy) -> dict[str, object]:
    breaker = one.breaker.model_dump(exclude_none=True)
    return {
        "harm": one.harm,
        "version": one.version,
        "mode": one.mode.value,
        "breaker": breaker or None,
        "canary": one.canary.model_dump() if one.canary else None,
    }


def _mistakes(folder: Path) -> list[PolicyMistake]:
    """The first one of each file, and of the folder as a whole."""
    found = []
    for path in sorted(folder.glob("*.yaml")):
        try:
            if path.name.endswith(".examples.yaml"):
                policy_files.examples(folder, path.name.removesuffix(".examples.yaml"))
            else:
                policy_files.parse(path.read_text(encoding="utf-8"), path.name)
        except PolicyMistake as mistake:
            found.append(mistake)
        except UnicodeDecodeError:
            found.append(PolicyMistake("not UTF-8", file=path.name, line=1, column=1))
    if not found:
        try:
            policy_files.load(folder)
        except PolicyMistake as mistake:
            found.append(mistake)
    return found


def _run_examples(folder: Path) -> tuple[dict[str, int], list[Surprise]]:
    counts, surprises = {}, []
    for file in policy_files.load(folder):
        rules = file.policy
        cases = policy_files.examples(folder, rules.harm)
        counts[rules.harm] = len(cases)
        surprises += [
            Surprise(
                harm=rules.harm,
                it=example.it,
                expected=_said(example.expect),
                got=_said(example.got(rules)),
            )
            for example in cases
            if not example.holds(rules)
        ]
    return counts, surprises


def _said(ruling: Ruling) -> str:
    if ruling.verdict is not Verdict.ENFORCE:
        return ruling.verdict.value
    return ", ".join(str(measure.model_dump(mode="json")) for measure in ruling.measures)


def _told(mistake: PolicyMistake) -> dict[str, str | int]:
    return {
        "file": mistake.file,
        "line": mistake.line,
        "column": mistake.column,
        "message": mistake.message,
    }


def _packaged() -> Path:
    from workers.settings import PACKAGED_POLICIES

    return PACKAGED_POLICIES
