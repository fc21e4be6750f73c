"""Runs `casework` as somebody at a terminal would, and shows what came of it."""

import json
from dataclasses import dataclass
from typing import Any

import typer
from typer.testing import CliRunner


@dataclass(frozen=True)
class Came:
    code: int
    out: str
    err: str

    def json(self) -> Any:
        return json.loads(self.out)


class Terminal:
    def __init__(self, runner: CliRunner, app: typer.Typer) -> None:
        self._runner = runner
        self._app = app

    def __call__(self, *arguments: object, typed: str | None = None) -> Came:
        said = [str(part) for part in arguments]
        result = self._runner.invoke(self._app, said, input=typed)
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return Came(result.exit_code, result.stdout, result.stderr)
