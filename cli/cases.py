"""`casework case` and `casework queue`: what on-call asks and does from a terminal."""

from typing import Annotated, Any
from urllib.parse import quote

import typer

from casework.errors import NotFound
from casework.words import Role, Stage
from cli import options, runner, show
from cli.api import Api, Place

case = typer.Typer(no_args_is_help=True, help="Look at cases, and push those that are stuck.")
queue = typer.Typer(no_args_is_help=True, help="What waits for people.")

CaseId = Annotated[str, typer.Argument(metavar="CASE", help="The case's id.")]
Reason = Annotated[str, typer.Option(help="Why, for colleagues; kept as a note.")]
_OPENED = "review_opened"
_COLUMNS = (
    "case_id",
    "harm",
    "severity",
    "stage",
    "outcome",
    "blocked_on",
    "deadline",
    "opened_at",
)


@case.command("list")
def list_cases(
    harm: Annotated[str | None, typer.Option(help="Only this harm.")] = None,
    stage: Annotated[Stage | None, typer.Option(help="Only in this stage.")] = None,
    in_queue: Annotated[str | None, typer.Option("--queue", help="Only waiting here.")] = None,
    account: Annotated[str | None, typer.Option(help="Only of this account.")] = None,
    detector: Annotated[str | None, typer.Option(help="Only found by this detector.")] = None,
    since: Annotated[str | None, typer.Option(help="Opened since this moment (ISO 8601).")] = None,
    most: Annotated[int, typer.Option(min=1, help="At most so many.")] = 50,
    data: options.Data = options.DEFAULT_DATA,
    url: options.Url = None,
    token: options.Token = None,
    as_json: options.Json = False,
) -> None:
    """Cases, the newest first."""
    filters = {
        "harm": harm,
        "stage": stage.value if stage else None,
        "queue": in_queue,
        "account": account,
        "detector": detector,
        "since": since,
    }
    found = runner.run(_list(options.Asked(data, url, token), most, filters))
    if as_json:
        show.as_json(found)
    else:
        show.table(_COLUMNS, [[one[name] for name in _COLUMNS] for one in found])


@case.command("show")
def show_case(
    case_id: CaseId,
    data: options.Data = options.DEFAULT_DATA,
    url: options.Url = None,
    token: options.Token = None,
    as_json: options.Json = False,
) -> None:
    """What a case is about and how far it came."""
    found = runner.run(_get(options.Asked(data, url, token), case_id, ""))
    if as_json:
        show.as_json(found)
    else:
        show.pairs((name, _readable(value)) for name, value in found.items())


@case.command("timeline")
def show_timeline(
    case_id: CaseId,
    data: options.Data = options.DEFAULT_DATA,
    url: options.Url = None,
    token: options.Token = None,
    as_json: options.Json = False,
) -> None:
    """Everything that happened in a case, oldest first, with who did it."""
    found = runner.run(_get(options.Asked(data, url, token), case_id, "/timeline"))["items"]
    if as_json:
        show.as_json(found)
        return
    rows = [(one["at"], one["actor"], one["event"], _readable(one["facts"])) for one in found]
    show.table(("at", "actor", "event", "facts"), rows)


@case.command("retry")
def retry(
    case_id: CaseId,
    data: options.Data = options.DEFAULT_DATA,
    url: options.Url = None,
    token: options.Token = None,
    as_json: options.Json = False,
) -> None:
    """Try at once what the case is blocked on, instead of at the next planned time."""
    answer = runner.run(_push(options.Asked(data, url, token), case_id))
    _confirm(answer, "requested", as_json=as_json)


@case.command("escalate")
def escalate(
    case_id: CaseId,
    reason: Reason,
    to: Annotated[str, typer.Option(help="`oncall`, or the desk that is to decide.")] = "oncall",
    data: options.Data = options.DEFAULT_DATA,
    url: options.Url = None,
    token: options.Token = None,
    as_json: options.Json = False,
) -> None:
    """Call on-call about a case that waits for a person, or send it to another desk."""
    said = {"reason": reason, "to": to}
    answer = runner.run(_escalate(options.Asked(data, url, token), case_id, said))
    _confirm(answer, "on-call is told" if to == "oncall" else f"sent to {to}", as_json=as_json)


@case.command("reassign")
def reassign(
    case_id: CaseId,
    desk: Annotated[str, typer.Argument(metavar="DESK", help="The desk that is to decide.")],
    reason: Reason,
    data: options.Data = options.DEFAULT_DATA,
    url: options.Url = None,
    token: options.Token = None,
    as_json: options.Json = False,
) -> None:
    """Send what waits for a person to another desk; whoever holds it loses the claim."""
    said = {"desk": desk, "reason": reason}
    answer = runner.run(_reassign(options.Asked(data, url, token), case_id, said))
    _confirm(answer, f"sent to {desk}", as_json=as_json)


@queue.command("stats")
def stats(
    data: options.Data = options.DEFAULT_DATA,
    url: options.Url = None,
    token: options.Token = None,
    as_json: options.Json = False,
) -> None:
    """How much waits at each desk, since when, how long it takes, and what nobody can take."""
    found = runner.run(_queues(options.Asked(data, url, token)))
    if as_json:
        show.as_json(found)
        return
    columns = (
        *("queue", "waiting", "claimed", "held", "overdue", "unserved", "unserved_now"),
        *("oldest_at", "next_due_at"),
    )
    times = ("wait_p50", "wait_p90", "work_p50", "work_p90")
    rows = [[*(one[name] for name in columns), *_times(one)] for one in found]
    show.table((*columns, *times), rows)


def _times(one: dict[str, Any]) -> list[str]:
    """In minutes and seconds, over the last 24 hours; a dash where there were none."""
    said = (one[of][which] for of in ("wait", "work") for which in ("median_s", "p90_s"))
    return ["-" if each is None else f"{int(each) // 60}:{int(each) % 60:02}" for each in said]


async def _list(
    asked: options.Asked, most: int, filters: dict[str, str | None]
) -> list[dict[str, Any]]:
    async with Api.at(Place.found(asked, Role.ONCALL)) as api:
        return await api.pages("/cases", most=most, limit=min(most, 200), **filters)


async def _get(asked: options.Asked, case_id: str, what: str) -> Any:
    async with Api.at(Place.found(asked, Role.ONCALL)) as api:
        return await api.get(_path(case_id) + what)


async def _push(asked: options.Asked, case_id: str) -> Any:
    async with Api.at(Place.found(asked, Role.ONCALL)) as api:
        return await api.post(f"{_path(case_id)}/retry")


async def _reassign(asked: options.Asked, case_id: str, said: dict[str, str]) -> Any:
    async with Api.at(Place.found(asked, Role.ONCALL)) as api:
        return await api.post(f"{_path(case_id)}/reassign", said)


async def _escalate(asked: options.Asked, case_id: str, said: dict[str, str]) -> Any:
    """As somebody of a desk: the gateway takes this from those who work on reviews."""
    async with Api.at(Place.found(asked, Role.LEAD)) as api:
        happened = (await api.get(f"{_path(case_id)}/timeline"))["items"]
        reviews = [one["facts"]["review_id"] for one in happened if one["event"] == _OPENED]
        if not reviews:
            raise NotFound("nobody was ever asked about this case; try `casework case retry`")
        return await api.post(f"/reviews/{reviews[-1]}/escalate", said)


async def _queues(asked: options.Asked) -> list[dict[str, Any]]:
    async with Api.at(Place.found(asked, Role.ONCALL)) as api:
        return list((await api.get("/queues"))["items"])


def _path(case_id: str) -> str:
    return f"/cases/{quote(case_id, safe='')}"


def _confirm(answer: Any, said: str, *, as_json: bool) -> None:
    if as_json:
        show.as_json(answer)
    else:
        show.line(said)


def _readable(value: Any) -> str | None:
    """A value of a case, or the facts of a line, as one writes them."""
    if isinstance(value, dict):
        return ", ".join(f"{name}={_readable(part)}" for name, part in value.items())
    if isinstance(value, list):
        return ", ".join(str(_readable(part)) for part in value)
    return None if value is None else str(value)
