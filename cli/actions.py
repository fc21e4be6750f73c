"""`casework action`: see how an action stands, and order something about it."""

from typing import Annotated, Any
from urllib.parse import quote

import typer

from casework.words import Role
from cli import options, runner, show
from cli.api import Api, Place

action = typer.Typer(
    no_args_is_help=True, help="Extend, shorten, release, cancel or write off one action."
)

ActionId = Annotated[str, typer.Argument(metavar="ACTION", help="The action's id.")]
CaseId = Annotated[str, typer.Argument(metavar="CASE", help="The case's id.")]
Why = Annotated[str, typer.Option("--reason", help="Why, for colleagues; kept sealed.")]
_COLUMNS = ("action_id", "kind", "state", "attempts", "note", "ends_at", "may")


@action.command("list")
def list_actions(
    case_id: CaseId,
    data: options.Data = options.DEFAULT_DATA,
    url: options.Url = None,
    token: options.Token = None,
    as_json: options.Json = False,
) -> None:
    """Every action of a case, oldest first, and what can be ordered about each."""
    path = f"/cases/{quote(case_id, safe='')}/actions"
    found = runner.run(_get(options.Asked(data, url, token), path))["items"]
    if as_json:
        show.as_json(found)
    else:
        show.table(_COLUMNS, [[_flat(one)[name] for name in _COLUMNS] for one in found])


@action.command("show")
def show_action(
    action_id: ActionId,
    data: options.Data = options.DEFAULT_DATA,
    url: options.Url = None,
    token: options.Token = None,
    as_json: options.Json = False,
) -> None:
    """How an action stands, and in `may` what can be ordered about it now."""
    found = runner.run(_get(options.Asked(data, url, token), _path(action_id)))
    _print(found, as_json=as_json)


@action.command("reschedule")
def reschedule(
    action_id: ActionId,
    ends_at: Annotated[str, typer.Option(help="The new end (ISO 8601): later extends.")],
    reason: Why,
    data: options.Data = options.DEFAULT_DATA,
    url: options.Url = None,
    token: options.Token = None,
    as_json: options.Json = False,
) -> None:
    """Have a temporary effect end later or sooner. The account is told."""
    body = {"ends_at": ends_at, "reason": reason}
    asked = options.Asked(data, url, token)
    _print(runner.run(_order(asked, action_id, "reschedule", body)), as_json=as_json)


@action.command("release")
def release(
    action_id: ActionId,
    reason: Why,
    data: options.Data = options.DEFAULT_DATA,
    url: options.Url = None,
    token: options.Token = None,
    as_json: options.Json = False,
) -> None:
    """Have a temporary effect end now. The account is told."""
    asked = options.Asked(data, url, token)
    _print(runner.run(_order(asked, action_id, "release", {"reason": reason})), as_json=as_json)


@action.command("cancel")
def cancel(
    action_id: ActionId,
    reason: Why,
    data: options.Data = options.DEFAULT_DATA,
    url: options.Url = None,
    token: options.Token = None,
    as_json: options.Json = False,
) -> None:
    """See that an action that waits is not carried out. Possible until it is attempted."""
    asked = options.Asked(data, url, token)
    _print(runner.run(_order(asked, action_id, "cancel", {"reason": reason})), as_json=as_json)


@action.command("write-off")
def write_off(
    action_id: ActionId,
    reason: Why,
    data: options.Data = options.DEFAULT_DATA,
    url: options.Url = None,
    token: options.Token = None,
    as_json: options.Json = False,
) -> None:
    """Accept that an action cannot be done, or not be undone. What waits for it goes on."""
    asked = options.Asked(data, url, token)
    _print(runner.run(_order(asked, action_id, "write-off", {"reason": reason})), as_json=as_json)


async def _get(asked: options.Asked, path: str) -> Any:
    async with Api.at(Place.found(asked, Role.ONCALL)) as api:
        return await api.get(path)


async def _order(asked: options.Asked, action_id: str, what: str, body: dict[str, str]) -> Any:
    async with Api.at(Place.found(asked, Role.ONCALL)) as api:
        return await api.post(f"{_path(action_id)}/{what}", body)


def _path(action_id: str) -> str:
    return f"/actions/{quote(action_id, safe='')}"


def _flat(one: dict[str, Any]) -> dict[str, Any]:
    return one | {"may": ", ".join(one["may"])}


def _print(one: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        show.as_json(one)
    else:
        show.pairs(_flat(one).items())
