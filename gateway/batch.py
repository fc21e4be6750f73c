"""Many detections in one request: each line is taken in, or refused, for itself."""

import asyncio
from collections import defaultdict, deque
from collections.abc import AsyncIterator
from datetime import timedelta

from pydantic import ValidationError

from casework.detection import Detection
from casework.errors import CaseworkError, Refused, TooLarge
from casework.records import Person
from gateway.answers import BatchLine
from gateway.doors import Doors
from gateway.intake import FrontDesk
from gateway.metrics import Metrics
from gateway.problems import StoredNotStarted, problem_of
from gateway.rates import Rates
from gateway.strict_json import parse
from gateway.unforeseen import reported

_PASSING = {429, 500, 503}
Line = tuple[int, bytes | None]
"""A line's number, from 1, and its bytes; None for one that is longer than a detection may be."""


class Batch:
    """Takes lines in, a few at once, and answers them in their order."""

    def __init__(self, doors: Doors, metrics: Metrics, rates: Rates, person: Person) -> None:
        self._desk = FrontDesk(doors, metrics)
        self._settings = doors.settings
        self._rates = rates
        self._person = person
        self._turns: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def answers(self, chunks: AsyncIterator[bytes]) -> AsyncIterator[BatchLine]:
        """One per line that is not empty; line 0 says why the rest was not read."""
        under_way: deque[asyncio.Task[BatchLine]] = deque()
        ended: Refused | None = None
        try:
            try:
                async for line in self._lines(chunks):
                    under_way.append(asyncio.create_task(self._answer(line)))
                    if len(under_way) >= self._settings.batch_at_once:
                        yield await under_way.popleft()
            except Refused as error:
                ended = error
            while under_way:
                yield await under_way.popleft()
            if ended is not None:
                yield BatchLine(line=0, status="refused", problem=problem_of(ended))
        finally:
            for task in under_way:
                task.cancel()

    async def _lines(self, chunks: AsyncIterator[bytes]) -> AsyncIterator[Line]:
        number = 0
        async for line in lines_of(chunks, self._settings.body_cap_bytes):
            number += 1
            if number > self._settings.batch_cap_lines:
                raise TooLarge(f"a batch may have {self._settings.batch_cap_lines} lines")
            if line is None or line.strip():
                yield number, line

    async def _answer(self, line: Line) -> BatchLine:
        number, text = line
        try:
            return await self._take_in(number, text)
        except (CaseworkError, ValidationError, OverflowError) as error:
            said = problem_of(error)
            status = "stored" if isinstance(error, StoredNotStarted) else "refused"
        except Exception as error:  # noqa: BLE001  (one line's poison must not stop the others)
            said, status = reported(error), "refused"
        return BatchLine(line=number, status=status, problem=said)

    async def _take_in(self, number: int, text: bytes | None) -> BatchLine:
        settings = self._settings
        self._rates.count(self._person.id, "detections", settings.quotas.detections)
        if text is None:
            raise TooLarge(f"a line may have {settings.body_cap_bytes} bytes")
        detection = Detection.model_validate(parse(text, depth=settings.json_depth))
        # Lines with the same id take turns, so that the first of them is the one that counts.
        async with self._turns[detection.detection_id]:
            answer = await self._desk.take_in(self._person, detection, timedelta())
        return BatchLine(
            line=number,
            status=answer.status,
            case_id=answer.case_id,
            detection_id=answer.detection_id,
        )


async def lines_of(chunks: AsyncIterator[bytes], cap: int) -> AsyncIterator[bytes | None]:
    """The lines as they come, None in place of one that is longer than `cap` bytes.

    Never holds more than one line and one chunk.
    """
    line = bytearray()
    too_long = False
    async for chunk in chunks:
        *ended, rest = chunk.split(b"\n")
        for piece in ended:
            line += piece
            yield None if too_long or len(line) > cap else bytes(line)
            line.clear()
            too_long = False
        line += rest
        if len(line) > cap:
            too_long = True
            line.clear()
    if line or too_long:
        yield None if too_long else bytes(line)


def is_final(answer: BatchLine) -> bool:
    """Whether asking again with the same line would get the same answer."""
    return answer.problem is None or answer.problem.status not in _PASSING
