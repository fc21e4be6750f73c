"""`casework recall`: take back what a bad detector or policy version did, from a terminal."""

import asyncio
from typing import Annotated, Any
from urllib.parse import quote

import typer

from casework.words import Role
from cli import options, runner, show
from cli.api import Api, Place
from cli.progress import tracked
from cli.recall_shown import plan_of, report_of, row_of

recall = typer.Typer(no_args_is_help=True, help="Undo everything that a bad version did.")

RecallId = Annotated[str, typer.Argument(metavar="RECALL", help="The recall's id.")]
As = Annotated[Role, typer.Option("--as", help="Whose token of --data to ask with.")]
_LOOKS_EVERY_S = 1.0
_COLUMNS = ("recall_id", "state", "filter", "cases", "over", "planned_by", "planned_at")


@recall.command("plan")
def plan(
    detector: Annotated[str | None, typer.Option(help="The detector that was wrong.")] = None,
    version: Annotated[str | None, typer.Option(help="Only in this version of it.")] = None,
    policy: Annotated[str | None, typer.Option(help="The harm whose policy ruled.")] = None,
    policy_version: Annotated[int | None, typer.Option(help="Only this version of it.")] = None,
    since: Annotated[str | None, typer.Option(help="Ruled since (ISO 8601, inclusive).")] = None,
    until: Annotated[str | None, typer.Option(help="Ruled before (ISO 8601).")] = None,
    pace: Annotated[int | None, typer.Option(min=1, help="Cases a minute.")] = None,
    sample: Annotated[int, typer.Option(min=0, max=100, help="How many cases to show.")] = 10,
    everything: Annotated[
        bool, typer.Option("--everything", help="The filter is meant to match everything.")
    ] = False,
    role: As = Role.ONCALL,
    data: options.Data = options.DEFAULT_DATA,
    url: options.Url = None,
    token: options.Token = None,
    as_json: options.Json = False,
) -> None:
    """Find what it would concern, and keep that as a plan. Nothing moves."""
    named = {
        "detector": detector,
        "detector_version": version,
        "policy": policy,
        "policy_version": policy_version,
        "since": since,
        "until": until,
        "pace": pace,
        "confirm": "everything" if everything else None,
    }
    body = {name: value for name, value in named.items() if value is not None}
    asked = options.Asked(data, url, token)
    found = runner.run(_post(asked, role, "/recalls", body | {"sample": sample}))
    _tell(found, as_json=as_json)


@recall.command("list")
def list_recalls(
    role: As = Role.ONCALL,
    data: options.Data = options.DEFAULT_DATA,
    url: options.Url = None,
    token: options.Token = None,
    as_json: options.Json = False,
) -> None:
    """Recalls, the newest first."""
    found = runner.run(_get(options.Asked(data, url, token), role, "/recalls"))["items"]
    if as_json:
        show.as_json(found)
    else:
        show.table(_COLUMNS, [row_of(one) for one in found])


@recall.command("approve")
def approve(
    recall_id: RecallId,
    digest: Annotated[str | None, typer.Option(help="Of the plan that you have read.")] = None,
    role: As = Role.ONCALL,
    data: options.Data = options.DEFAULT_DATA,
    url: options.Url = None,
    token: options.Token = None,
    as_json: options.Json = False,
) -> None:
    """Say one of the two yeses. The other one is somebody else's."""
    body = {"digest": digest} if digest else {}
    _steer(options.Asked(data, url, token), role, recall_id, "approve", body, as_json=as_json)


@recall.command("start")
def start(
    recall_id: RecallId,
    role: As = Role.ONCALL,
    data: options.Data = options.DEFAULT_DATA,
    url: options.Url = None,
    token: options.Token = None,
    as_json: options.Json = False,
) -> None:
    """Let an approved recall run."""
    _steer(options.Asked(data, url, token), role, recall_id, "start", {}, as_json=as_json)


@recall.command("pause")
def pause(
    recall_id: RecallId,
    role: As = Role.ONCALL,
    data: options.Data = options.DEFAULT_DATA,
    url: options.Url = None,
    token: options.Token = None,
    as_json: options.Json = False,
) -> None:
    """Begin no further case; what is under way is finished."""
    _steer(options.Asked(data, url, token), role, recall_id, "pause", {}, as_json=as_json)


@recall.command("resume")
def resume(
    recall_id: RecallId,
    role: As = Role.ONCALL,
    data: options.Data = options.DEFAULT_DATA,
    url: options.Url = None,
    token: options.Token = None,
    as_json: options.Json = False,
) -> None:
    """Go on where it was, and try what it is blocked on at once."""
    _steer(options.Asked(data, url, token), role, recall_id, "resume", {}, as_json=as_json)


@recall.command("status")
def status(
    recall_id: RecallId,
    watch: Annotated[bool, typer.Option("--watch", help="Until it is finished.")] = False,
    role: As = Role.ONCALL,
    data: options.Data = options.DEFAULT_DATA,
    url: options.Url = None,
    token: options.Token = None,
    as_json: options.Json = False,
) -> None:
    """The plan, who approved it, and how far it is."""
    asked = options.Asked(data, url, token)
    look = _watch if watch else _look
    _tell(runner.run(look(asked, role, recall_id)), as_json=as_json)


@recall.command("report")
def report(
    recall_id: RecallId,
    role: As = Role.ONCALL,
    data: options.Data = options.DEFAULT_DATA,
    url: options.Url = None,
    token: options.Token = None,
    as_json: options.Json = False,
) -> None:
    """What a finished recall did, and what is left for people."""
    asked = options.Asked(data, url, token)
    told = runner.run(_get(asked, role, f"{_path(recall_id)}/report"))
    if as_json:
        show.as_json(told)
    else:
        show.pairs(report_of(told))


def _steer(
    asked: options.Asked,
    role: Role,
    recall_id: str,
    word: str,
    body: dict[str, Any],
    *,
    as_json: bool,
) -> None:
    told = runner.run(_post(asked, role, f"{_path(recall_id)}/{word}", body))
    _tell(told, as_json=as_json)


def _tell(told: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        show.as_json(told)
    else:
        show.pairs(plan_of(told))


async def _get(asked: options.Asked, role: Role, path: str) -> Any:
    async with Api.at(Place.found(asked, role)) as api:
        return await api.get(path)


async def _post(asked: options.Asked, role: Role, path: str, body: dict[str, Any]) -> Any:
    async with Api.at(Place.found(asked, role)) as api:
        return await api.post(path, body)


async def _look(asked: options.Asked, role: Role, recall_id: str) -> Any:
    return await _get(asked, role, _path(recall_id))


async def _watch(asked: options.Asked, role: Role, recall_id: str) -> Any:
    """Follow it on stderr until it is finished. A pause is waited out."""
    async with Api.at(Place.found(asked, role)) as api:
        told = await api.get(_path(recall_id))
        with tracked("recall", told["progress"]["items"]) as tracker:
            while told["state"] != "finished":
                tracker.update(_over(told), told["state"])
                await asyncio.sleep(_LOOKS_EVERY_S)
                told = await api.get(_path(recall_id))
            tracker.update(_over(told), "finished")
        return told


def _over(told: dict[str, Any]) -> int:
    progress = told["progress"]
    return int(progress["done"] + progress["needs_human"] + progress["skipped"])


def _path(recall_id: str) -> str:
    return f"/recalls/{quote(recall_id, safe='')}"
