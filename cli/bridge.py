"""`casework bridge`: what happens elsewhere, brought in as detections."""

import asyncio
import signal
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from pydantic import SecretStr, ValidationError

from casework.base import Model
from casework.errors import Malformed
from casework.words import Role
from cli import logs, options, runner, show
from cli.api import Api, Place
from cli.bridge_place import BridgePlace

if TYPE_CHECKING:
    from casework.ports import Check
    from cli.bridging import Bridge, Passed, Scope
    from integrations.matrix.rooms import Rooms
    from integrations.matrix.settings import MatrixSettings
    from integrations.matrix.sieve import Opening

bridge = typer.Typer(no_args_is_help=True, help="Bring in what happens elsewhere, as detections.")

Homeserver = Annotated[
    str, typer.Option(metavar="URL", help="Where clients reach it, without /_matrix.")
]
TokenFile = Annotated[
    Path,
    typer.Option(
        exists=True, dir_okay=False, help="The access token of the bridge's own account there."
    ),
]
RoomNames = Annotated[
    list[str] | None,
    typer.Option(help="An id or alias; may be repeated. [all that it is in or invited to]"),
]
Openings = Annotated[
    list[str] | None,
    typer.Option(
        "--open",
        metavar="HARM=CHECK:SCORE",
        help="Which messages become a case, or HARM=always; may be repeated. "
        "[harassment=profanity:0.5 spam_scam=scam_signs:0.25]",
    ),
]
ReportHarms = Annotated[
    list[str] | None,
    typer.Option(
        "--report-harm", metavar="HARM", help="What a report opens a case about. [harassment]"
    ),
]
NoReports = Annotated[
    bool, typer.Option("--no-reports", help="For an account that is no administrator.")
]
Once = Annotated[bool, typer.Option("--once", help="One pass over what is new, then end.")]


class Asked(Model):
    """What the command was asked for."""

    homeserver: str
    token_file: Path
    rooms: tuple[str, ...]
    openings: tuple[str, ...]
    report_harms: tuple[str, ...]
    once: bool


@dataclass(frozen=True)
class _Gateway:
    place: Place
    folder: Path


@bridge.command("matrix")
def matrix(
    homeserver: Homeserver,
    token_file: TokenFile,
    room: RoomNames = None,
    opens: Openings = None,
    report_harm: ReportHarms = None,
    no_reports: NoReports = False,
    once: Once = False,
    data: options.Data = options.DEFAULT_DATA,
    url: options.Url = None,
    token: options.Token = None,
    as_json: options.Json = False,
) -> None:
    """Watch rooms and reports of a Synapse homeserver, until Ctrl-C.

    Joins the rooms, follows what is said there from its first start on, and hands in what becomes
    a case, again and again until the gateway has it. Started again, it goes on where it was. What
    is refused for good is kept in matrix-bridge/refused.jsonl of the data directory.
    """
    logs.configure("bridge")
    with runner.clear_endings():
        asked = Asked(
            homeserver=homeserver,
            token_file=token_file,
            rooms=tuple(room or ()),
            openings=tuple(opens or ()),
            report_harms=() if no_reports else tuple(report_harm or ("harassment",)),
            once=once,
        )
        place = Place.found(options.Asked(data, url, token), Role.DETECTOR)
    passed = _print_json if as_json else _print_line
    runner.run(_run(asked, _Gateway(place, data.resolve() / "matrix-bridge"), passed))


async def _run(asked: Asked, gateway: _Gateway, passed: "Callable[[Passed], None]") -> None:
    async with _bridge(asked, gateway) as built:
        if asked.once:
            passed(await built.go_over(timedelta()))
        else:
            await _until_told_to_stop(built, passed)


async def _until_told_to_stop(built: "Bridge", passed: "Callable[[Passed], None]") -> None:
    """Whatever was under way is done again the next time."""
    told, loop = asyncio.Event(), asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, told.set)
    going, waiting = asyncio.create_task(built.keep_going(passed)), asyncio.create_task(told.wait())
    await asyncio.wait({going, waiting}, return_when=asyncio.FIRST_COMPLETED)
    waiting.cancel()
    if going.done():
        return going.result()
    going.cancel()
    await asyncio.wait({going})
    return None


@asynccontextmanager
async def _bridge(asked: Asked, gateway: _Gateway) -> "AsyncIterator[Bridge]":
    """Everything put together and everybody in their rooms.

    Raises:
        Malformed, BridgeInUse, WrongPosition, Transient, Permanent.
    """
    from cli.bridging import Bridge, Parts, waited_out
    from cli.delivery import Delivery
    from integrations.http import Outbound
    from integrations.matrix.claims import Claims
    from integrations.matrix.rooms import READING, Rooms
    from integrations.matrix.sieve import USUAL, Opening, Sieve

    openings = tuple(map(Opening.read, asked.openings)) or USUAL
    place, settings = BridgePlace(gateway.folder), _settings(asked)
    async with AsyncExitStack() as parts:
        parts.enter_context(place.taken())
        rooms = Rooms(await parts.enter_async_context(Outbound(READING)), settings)
        api = await parts.enter_async_context(Api.at(gateway.place))
        sieve = Sieve(openings, await _checks(openings))
        settle = partial(_settle, asked, rooms, settings.notices_account)
        account, scope = await (settle() if asked.once else waited_out(settle))
        claims = Claims(homeserver=_server_of(account), key=place.key())
        yield Bridge(Parts(rooms, sieve, Delivery(api, place), place, claims), scope, account)


async def _settle(asked: Asked, rooms: "Rooms", notices: str) -> "tuple[str, Scope]":
    """Who we are there, and in which rooms."""
    from cli.bridging import Scope

    account = await rooms.me()
    named = frozenset([await rooms.named(each) for each in asked.rooms])
    for room in named:
        await rooms.join(room)
    ours = frozenset({account, f"@{notices}:{_server_of(account)}"})
    return account, Scope(rooms=named, report_harms=asked.report_harms, not_from=ours)


def _settings(asked: Asked) -> "MatrixSettings":
    from integrations.matrix.settings import MatrixSettings

    token = asked.token_file.read_text(encoding="utf-8").strip()
    try:
        return MatrixSettings(base_url=asked.homeserver, access_token=SecretStr(token))
    except ValidationError as error:
        said = "; ".join(problem["msg"] for problem in error.errors(include_input=False))
        raise Malformed(f"--homeserver: {said}") from None


async def _checks(openings: "Sequence[Opening]") -> "dict[str, Check]":
    """The checks that run in our own process, loaded if they are asked: nothing that anybody says
    goes anywhere before there is a case."""
    from integrations.profanity.client import Profanity
    from integrations.profanity.settings import ProfanitySettings
    from integrations.scam_signs.client import ScamSigns
    from integrations.scam_signs.settings import ScamSignsSettings

    profanity, scam_signs = Profanity(ProfanitySettings()), ScamSigns(ScamSignsSettings())
    if any(opening.check == profanity.name for opening in openings):
        await profanity.warm_up()
    return {profanity.name: profanity, scam_signs.name: scam_signs}


def _server_of(account: str) -> str:
    return account.partition(":")[2]


def _print_json(passed: "Passed") -> None:
    show.line(passed.model_dump_json())


def _print_line(passed: "Passed") -> None:
    if passed.messages or passed.reports:
        show.say(
            f"{passed.messages} messages, {passed.opened} for a case; {passed.reports} reports; "
            f"{passed.accepted} handed in, {passed.refused} refused"
        )
