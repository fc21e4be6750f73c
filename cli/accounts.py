"""`casework account`: where an account stands."""

from typing import Annotated, Any
from urllib.parse import quote

import typer

from casework.words import Role
from cli import options, runner, show
from cli.api import Api, Place

account = typer.Typer(no_args_is_help=True, help="Look at where an account stands.")


@account.callback()
def _only_with_a_command() -> None:
    """Keeps `show` a command of its own."""


@account.command("show")
def show_account(
    account_id: Annotated[str, typer.Argument(metavar="ACCOUNT", help="The platform's id of it.")],
    data: options.Data = options.DEFAULT_DATA,
    url: options.Url = None,
    token: options.Token = None,
    as_json: options.Json = False,
) -> None:
    """Its strikes, what rests on them, and what the next one would call for."""
    found = runner.run(_standing(options.Asked(data, url, token), account_id))
    if as_json:
        show.as_json(found)
        return
    conduct = found["conduct"]
    show.pairs(
        [("account", account_id), ("weight", found["weight"])]
        + [(name, conduct[name]) for name in ("cases", "enforced", "proportion")]
    )
    for name, columns in (
        ("strikes", ("harm", "weight", "at", "expires_at", "counts", "case_id")),
        ("resting", ("kind", "state", "rung", "ends_at", "decision_id")),
        ("next", ("harm", "rung", "measure")),
    ):
        show.line(name)
        show.table(columns, [[_cell(one[column]) for column in columns] for one in found[name]])


async def _standing(asked: options.Asked, account_id: str) -> Any:
    async with Api.at(Place.found(asked, Role.ONCALL)) as api:
        return await api.get(f"/accounts/{quote(account_id, safe='')}/standing")


def _cell(value: Any) -> str | None:
    """A measure is shown as policies write it."""
    if isinstance(value, dict):
        return ", ".join(f"{kind}: {lasts}" for kind, lasts in value.items())
    return None if value is None else str(value)
