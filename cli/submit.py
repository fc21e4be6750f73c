"""`casework submit`: a file of detections, sent line by line, going on where it was interrupted."""

import asyncio
import hashlib
import json
import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Annotated, BinaryIO

import typer
from pydantic import ValidationError

from casework.base import Model
from casework.errors import Conflict, Unavailable
from casework.words import Role
from cli import options, progress, runner, show
from cli.answers import Accepted
from cli.api import Answer, Api, Place

_AT_ONCE = 8
_LONGEST_LINE = 4_000_000


class Result(Model):
    """What became of one line, as `FILE.results.jsonl` has it."""

    line: int
    status: str
    detection_id: str | None = None
    case_id: str | None = None
    code: str | None = None
    detail: str | None = None


class Mark(Model):
    """How far a file has been sent: `lines` lines, `bytes` bytes whose digest is `prefix`."""

    lines: int = 0
    bytes: int = 0
    prefix: str = hashlib.sha256().hexdigest()
    results_bytes: int = 0
    accepted: int = 0
    refused: int = 0


class Totals(Model):
    """Empty lines are not counted."""

    lines: int
    accepted: int
    refused: int
    results: str


class FileChanged(Conflict):
    """What was sent already is not what the file begins with now."""

    code = "file_changed"


def submit(
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE.jsonl", exists=True, dir_okay=False, help="One detection a line."
        ),
    ],
    results: Annotated[
        Path | None, typer.Option(help="Where each line's result goes. [FILE.results.jsonl]")
    ] = None,
    patience: Annotated[
        float, typer.Option(help="Seconds to keep trying while the gateway is busy or away.", min=0)
    ] = 300.0,
    data: options.Data = options.DEFAULT_DATA,
    url: options.Url = None,
    token: options.Token = None,
    as_json: options.Json = False,
) -> None:
    """Send a file of detections. Interrupted, it goes on from there when started again.

    Sending a line twice changes nothing, as long as its detection_id is the same. How far it came
    is in FILE.progress until the end. Exit code 1 when lines were refused, 5 when it gave up.
    """
    totals = runner.run(_submit(file, results, patience, options.Asked(data, url, token)))
    if as_json:
        show.as_json(totals.model_dump(mode="json"))
    else:
        show.pairs(totals.model_dump().items())
    if totals.refused:
        runner.fail(f"{totals.refused} of {totals.lines} lines were refused: see {totals.results}")


async def _submit(
    file: Path, results: Path | None, patience_s: float, asked: options.Asked
) -> Totals:
    place = Place.found(asked, Role.DETECTOR)
    async with Api.at(place) as api:
        return await Submission(api, file, results, patience_s).run()


class Submission:
    """One file on its way. Results are written in the order of lines, so a mark is one number."""

    def __init__(self, api: Api, file: Path, results: Path | None, patience_s: float) -> None:
        self._api = api
        self._file = file
        self._results = results or file.with_name(f"{file.name}.results.jsonl")
        self._mark_file = file.with_name(f"{file.name}.progress")
        self._patience_s = patience_s
        self._mark = Mark()
        self._digest = hashlib.sha256()

    async def run(self) -> Totals:
        """Send what is left.

        Raises:
            Unavailable: when patience is over; started again, it goes on there.
            Unauthenticated: at the first line that is refused for its token.
        """
        self._mark = self._last_mark()
        with self._file.open("rb") as lines, self._results.open("ab") as results:
            results.truncate(self._mark.results_bytes)
            results.seek(0, os.SEEK_END)
            self._take_up(lines)
            with progress.tracked(f"submitting {self._file.name}", self._size()) as tracker:
                async for result, line in self._in_order(lines):
                    self._write_down(results, result, line)
                    tracker.update(self._mark.bytes, f"bytes, {self._mark.lines} lines")
        self._mark_file.unlink(missing_ok=True)
        done = self._mark
        return Totals(
            lines=done.accepted + done.refused,
            accepted=done.accepted,
            refused=done.refused,
            results=str(self._results),
        )

    async def _in_order(self, lines: BinaryIO) -> AsyncIterator[tuple[Result | None, bytes]]:
        """Several on their way at once, each result given out in its line's turn."""
        source = self._tasks(lines)
        waiting: list[tuple[asyncio.Task[Result | None], bytes]] = []
        try:
            while True:
                while len(waiting) < _AT_ONCE and (more := next(source, None)):
                    waiting.append(more)
                if not waiting:
                    return
                task, line = waiting[0]
                yield await task, line
                waiting.pop(0)
        finally:
            for task, _ in waiting:
                task.cancel()

    def _tasks(self, lines: BinaryIO) -> Iterator[tuple[asyncio.Task[Result | None], bytes]]:
        for number, line in enumerate(lines, start=self._mark.lines + 1):
            yield asyncio.create_task(self._send(number, line.strip())), line

    async def _send(self, number: int, line: bytes) -> Result | None:
        if not line:
            return None
        if len(line) > _LONGEST_LINE:
            return Result(line=number, status="refused", code="too_large", detail="line too long")
        answer = await self._api.send_patiently("/detections", line, self._patience_s)
        if answer.status == 401:
            answer.read()
        return _result(number, line, answer)

    def _last_mark(self) -> Mark:
        try:
            return Mark.model_validate_json(self._mark_file.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return Mark()
        except ValidationError:
            raise FileChanged(f"{self._mark_file} is not a progress file of ours") from None

    def _take_up(self, lines: BinaryIO) -> None:
        left = self._mark.bytes
        while left and (chunk := lines.read(min(left, 1 << 20))):
            self._digest.update(chunk)
            left -= len(chunk)
        if left or self._digest.hexdigest() != self._mark.prefix:
            raise FileChanged(
                f"{self._file} has changed since it was begun; "
                f"remove {self._mark_file} to start over"
            )

    def _write_down(self, results: BinaryIO, result: Result | None, line: bytes) -> None:
        if result is not None:
            results.write(result.model_dump_json(exclude_none=True).encode() + b"\n")
            results.flush()
        self._digest.update(line)
        self._mark = Mark(
            lines=self._mark.lines + 1,
            bytes=self._mark.bytes + len(line),
            prefix=self._digest.hexdigest(),
            results_bytes=results.tell(),
            accepted=self._mark.accepted + int(result is not None and not result.code),
            refused=self._mark.refused + int(result is not None and bool(result.code)),
        )
        half = self._mark_file.with_name(f".{self._mark_file.name}")
        half.write_text(self._mark.model_dump_json(), encoding="utf-8")
        half.replace(self._mark_file)

    def _size(self) -> int:
        return self._file.stat().st_size


def _result(number: int, line: bytes, answer: Answer) -> Result:
    if not answer.is_success:
        return Result(
            line=number,
            status="refused",
            detection_id=_id_in(line),
            code=answer.code,
            detail=answer.detail,
        )
    try:
        accepted = Accepted.model_validate(answer.body)
    except ValidationError:
        raise Unavailable("the gateway's answer to a detection cannot be understood") from None
    return Result(
        line=number,
        status="accepted",
        detection_id=accepted.detection_id,
        case_id=accepted.case_id,
    )


def _id_in(line: bytes) -> str | None:
    """The detection's id, if the line has one that can be read; for the results alone."""
    try:
        found = json.loads(line).get("detection_id")
    except (ValueError, AttributeError, RecursionError):
        return None
    return found[:200] if isinstance(found, str) else None
