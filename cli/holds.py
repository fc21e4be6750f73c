"""`casework hold`: park what a detector, a policy or a kind of action does, and let go again."""

from typing import Annotated, Any
from urllib.parse import quote

import typer

from casework.words import HoldKind, Role
from cli import options, runner, show
from cli.api import Api, Place

hold = typer.Typer(no_args_is_help=True, help="Park what machines and people would do, and let go.")

Why = Annotated[str, typer.Option(help="Why, for colleagues and the audit trail.")]
_COLUMNS = ("hold_id", "kind", "target", "by", "set_at", "cases", "actions", "reason")


@hold.command("set")
def set_hold(
    kind: Annotated[HoldKind, typer.Argument(help="What is parked.")],
    reason: Why,
    target: Annotated[
        str,
        typer.Argument(
            help="A detector or a harm, with or without @version; a kind of action; nothing for"
            " everything."
        ),
    ] = "",
    data: options.Data = options.DEFAULT_DATA,
    url: options.Url = None,
    token: options.Token = None,
    as_json: options.Json = False,
) -> None:
    """Park it until the hold is lifted. Nothing is dropped; what is done already stays done."""
    body = {"kind": kind.value, "target": target, "reason": reason}
    made = runner.run(_set(options.Asked(data, url, token), body))
    _print(made, as_json=as_json)


@hold.command("lift")
def lift_hold(
    hold_id: Annotated[str, typer.Argument(metavar="HOLD", help="The hold's id.")],
    reason: Why,
    data: options.Data = options.DEFAULT_DATA,
    url: options.Url = None,
    token: options.Token = None,
    as_json: options.Json = False,
) -> None:
    """Let go on what it parks, unless another hold parks it too."""
    lifted = runner.run(_lift(options.Asked(data, url, token), hold_id, reason))
    _print(lifted, as_json=as_json)


@hold.command("list")
def list_holds(
    data: options.Data = options.DEFAULT_DATA,
    url: options.Url = None,
    token: options.Token = None,
    as_json: options.Json = False,
) -> None:
    """The holds that stand, the oldest first, and how much each one parks."""
    found = runner.run(_list(options.Asked(data, url, token)))
    if as_json:
        show.as_json(found)
    else:
        show.table(_COLUMNS, [[_flat(one)[name] for name in _COLUMNS] for one in found])


async def _set(asked: options.Asked, body: dict[str, str]) -> Any:
    async with Api.at(Place.found(asked, Role.ONCALL)) as api:
        return await api.post("/holds", body)


async def _lift(asked: options.Asked, hold_id: str, reason: str) -> Any:
    async with Api.at(Place.found(asked, Role.ONCALL)) as api:
        return await api.delete(f"/holds/{quote(hold_id, safe='')}", {"reason": reason})


async def _list(asked: options.Asked) -> list[dict[str, Any]]:
    async with Api.at(Place.found(asked, Role.ONCALL)) as api:
        return list((await api.get("/holds"))["items"])


def _print(one: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        show.as_json(one)
    else:
        show.pairs(_flat(one).items())


def _flat(one: dict[str, Any]) -> dict[str, Any]:
    parks: dict[str, Any] = one["parks"]
    return {name: value for name, value in one.items() if name != "parks"} | parks
