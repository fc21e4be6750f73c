"""`casework demo`: hand-made messages and uploads, played against a running system."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from casework.base import Model
from casework.words import Role, Stage
from cli import corpus, options, progress, runner
from cli.answers import Accepted, CaseTold
from cli.api import Api, Place
from cli.corpus import Message
from cli.data_dir import DataDir, NotRunning
from cli.demo_report import report, show_report
from cli.tally import Summary, is_settled

_AT_ONCE = 16
_PATIENCE_S = 60.0
_LOOK_EVERY_S = 0.5
_PAGE = 200

ReaderToken = Annotated[
    str | None,
    typer.Option(
        help="Who looks at the cases, as --token may only report.",
        envvar="CASEWORK_READER_TOKEN",
    ),
]
SameIds = Annotated[
    bool,
    typer.Option(
        "--same-ids", help="Send what every run with this flag sends: nothing happens twice."
    ),
]
Messages = Annotated[
    Path, typer.Option(help="Detections, one a line.", exists=True, dir_okay=False)
]
Within = Annotated[
    float, typer.Option(help="Seconds until every detection must be accounted for.", min=1)
]


class Sent(Model):
    """A detection on its way; `case_id` is None when it was refused, and `code` says why."""

    message: Message
    case_id: str | None = None
    code: str = ""


def demo(
    data: options.Data = options.DEFAULT_DATA,
    url: options.Url = None,
    token: options.Token = None,
    reader_token: ReaderToken = None,
    same_ids: SameIds = False,
    messages: Messages = corpus.MESSAGES,
    within: Within = 120.0,
    as_json: options.Json = False,
) -> None:
    """Play the demo against a running `casework up`, and say what became of every detection.

    Exit code 1 when a detection is not accounted for: neither in a closed case nor in a review.
    """
    reporter = options.Asked(data, url, token)
    play = corpus.as_written(messages) if same_ids else _anew(reporter, messages)
    reader = options.Asked(data, url, reader_token)
    summary = runner.run(_play(play, within, reporter, reader))
    show_report(summary, as_json=as_json)
    if summary.unaccounted:
        runner.fail(f"{len(summary.unaccounted)} detections are not accounted for")
    if summary.refused:
        runner.fail(f"{summary.refused} detections were refused")


def _anew(reporter: options.Asked, messages: Path) -> list[Message]:
    """As of this run. With uploads only where the platform is the simulated one, which serves them;
    and not with the same ids each time, since it has another address whenever it is started."""
    run, now = corpus.this_run(), datetime.now(UTC)
    play = corpus.as_new(run, now, messages)
    platform = None if reporter.url else _simulated_platform_of(reporter.data)
    if platform is None or messages != corpus.MESSAGES:
        return play
    return [*corpus.with_uploads(run, now, platform), *play]


def _simulated_platform_of(data: Path) -> str | None:
    try:
        running = DataDir(data).running()
    except NotRunning:
        return None
    address = running.urls["platform"]
    return address if address.endswith(f":{running.ports.platform}") else None


async def _play(
    play: Sequence[Message], within_s: float, reporter: options.Asked, reader: options.Asked
) -> Summary:
    began = datetime.now(UTC)
    places = Place.found(reporter, Role.DETECTOR), Place.found(reader, Role.ADMIN)
    async with Api.at(places[0]) as api:
        sent = await _send(api, play)
    async with Api.at(places[1]) as api:
        cases = await _until_settled(Watch(api, began), sent, within_s)
        return await report(api, sent, cases, _ui_of(reader.data))


def _ui_of(data: Path) -> dict[str, str]:
    """The addresses of the running system, when it is the one of this data directory."""
    try:
        return DataDir(data).running().urls
    except NotRunning:
        return {}


async def _send(api: Api, play: Sequence[Message]) -> list[Sent]:
    """All of them, a few at once; what is refused is counted, what is busy is tried again."""
    lanes, sent = asyncio.Semaphore(_AT_ONCE), []

    async def one(message: Message) -> None:
        async with lanes:
            answer = await api.send_patiently("/detections", message.text, _PATIENCE_S)
        if answer.is_success:
            case_id = Accepted.model_validate(answer.body).case_id
            sent.append(Sent(message=message, case_id=case_id))
        else:
            sent.append(Sent(message=message, code=answer.code))
        tracker.update(len(sent), "detections accepted")

    with progress.tracked("sending", len(play)) as tracker:
        async with asyncio.TaskGroup() as group:
            for message in play:
                group.create_task(one(message))
    return sent


class Watch:
    """What is known of the cases, looked up again and again."""

    def __init__(self, api: Api, since: datetime) -> None:
        self._api = api
        self._since = since
        self.cases: dict[str, CaseTold] = {}

    async def look(self, wanted: set[str]) -> None:
        """A page of all cases at once; one by one only those that began before us."""
        pages = await self._api.pages(
            "/cases", most=10 * _PAGE, limit=_PAGE, since=self._since.isoformat()
        )
        seen = {case.case_id: case for case in map(CaseTold.model_validate, pages)}
        for case_id in wanted - seen.keys():
            seen[case_id] = CaseTold.model_validate(await self._api.get(f"/cases/{case_id}"))
        self.cases |= {case_id: seen[case_id] for case_id in wanted}


async def _until_settled(
    watch: Watch, sent: Sequence[Sent], within_s: float
) -> dict[str, CaseTold]:
    """Look until every detection is accounted for, or the time is over."""
    accepted = [one for one in sent if one.case_id]
    loop = asyncio.get_running_loop()
    give_up = loop.time() + within_s
    with progress.tracked("working", len(accepted)) as tracker:
        while True:
            await watch.look({one.case_id for one in _left(accepted, watch.cases) if one.case_id})
            left = _left(accepted, watch.cases)
            tracker.update(len(accepted) - len(left), _standing(watch.cases))
            if not left or loop.time() > give_up:
                return watch.cases
            await asyncio.sleep(_LOOK_EVERY_S)


def _left(sent: Sequence[Sent], cases: dict[str, CaseTold]) -> list[Sent]:
    return [
        one
        for one in sent
        if not is_settled(cases.get(one.case_id or ""), one.message.detection_id)
    ]


def _standing(cases: dict[str, CaseTold]) -> str:
    stages = Counter(case.stage for case in cases.values())
    return ", ".join(f"{stages[stage]} {stage.value}" for stage in Stage if stages[stage])
