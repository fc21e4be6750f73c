"""`casework staff`: who may act here, and how they show who they are.

Done on the database itself: the one that CASEWORK_DATABASE_URL names, else the one in --data.
"""

import secrets
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from pydantic import ValidationError

from casework.records import Person
from casework.words import Role
from cli import options, runner, show
from cli.here import open_store, settings_of

if TYPE_CHECKING:
    from storage.store import Store

staff = typer.Typer(no_args_is_help=True, help="Who may act here, and how they sign in.")
token = typer.Typer(no_args_is_help=True, help="The older names of `staff add`, `list`, `revoke`.")

_TOKEN_BYTES = 32
_LONGEST = 1_000

Name = Annotated[str, typer.Argument(help="Whose.")]


@token.command("create")
@staff.command("add")
def add(
    role: Annotated[Role, typer.Option(help="What the holder may do.")],
    name: Annotated[str, typer.Option(help="Who it is; unique, shown in the audit trail.")],
    harm: Annotated[list[str] | None, typer.Option(help="Only these harms. [all]")] = None,
    queue: Annotated[list[str] | None, typer.Option(help="Only these queues. [all]")] = None,
    data: options.Data = options.DEFAULT_DATA,
    as_json: options.Json = False,
) -> None:
    """Let somebody in and print their token, once: only its digest is kept.

    For somebody known already, the new token and rights replace the old ones, and whoever is
    signed in as them is signed in no more.
    """
    person = _person(name, role, harm, queue)
    made = secrets.token_urlsafe(_TOKEN_BYTES)
    runner.run(_add(data, person, made))
    if as_json:
        show.as_json({"name": name, "role": role.value, "token": made})
    else:
        show.line(made)


@token.command("revoke")
@staff.command("revoke")
def revoke(name: Name, data: options.Data = options.DEFAULT_DATA) -> None:
    """Let somebody in no more: not by token, password or identity. Their sessions end at once."""
    runner.run(_revoke(data, name))
    show.line(f"{name} is not let in any more")


@token.command("list")
@staff.command("list")
def everybody(data: options.Data = options.DEFAULT_DATA, as_json: options.Json = False) -> None:
    """Who may act here."""
    people, by_groups = runner.run(_everybody(data))
    told = [_told(person, "groups" if person.id in by_groups else "hand") for person in people]
    if as_json:
        show.as_json(told)
    else:
        columns = ("name", "role", "harms", "queues", "rights by")
        show.table(columns, [list(row.values()) for row in told])


@staff.command("password")
def password(
    name: Name,
    username: Annotated[str, typer.Option(help="What they type, if not their name.")] = "",
    data: options.Data = options.DEFAULT_DATA,
) -> None:
    """Set somebody's password: asked for twice without showing it, or one line of the input.

    Whoever is signed in as them is signed in no more.
    """
    typed = runner.run(_set_password(data, name, _asked_password(), username))
    show.line(f"{name} signs in as {typed}")


@staff.command("bind")
def bind(
    name: Name,
    issuer: Annotated[str, typer.Option(help="The provider, as its tokens name it.")],
    subject: Annotated[str, typer.Option(help="Their id there; refused sign-ins show it.")],
    data: options.Data = options.DEFAULT_DATA,
) -> None:
    """Let somebody in by an identity at an OpenID Connect provider. It replaces an earlier one."""
    runner.run(_bind(data, name, issuer, subject))
    show.line(f"{name} signs in at {issuer}")


@staff.command("entrust")
def entrust(name: Name, data: options.Data = options.DEFAULT_DATA) -> None:
    """Let somebody's groups at the provider say what they may do, instead of `staff add`.

    Their token and password end, and so do their sessions: their next sign-in there lets them in.
    """
    runner.run(_entrust(data, name))
    show.line(f"{name} may do what their groups say")


def _asked_password() -> str:
    if sys.stdin.isatty():
        asked: str = typer.prompt("Password", hide_input=True, confirmation_prompt=True)
        return asked
    return sys.stdin.readline(_LONGEST).rstrip("\r\n")


def _person(name: str, role: Role, harms: list[str] | None, queues: list[str] | None) -> Person:
    scope = {"harms": frozenset(harms or ["*"]), "queues": frozenset(queues or ["*"])}
    try:
        return Person(id=name, role=role, **scope)
    except ValidationError:
        raise typer.BadParameter("a name is 1 to 200 printable characters") from None


async def _add(data: Path, person: Person, made: str) -> None:
    async with open_store(settings_of(data)) as store:
        await store.staff.add(person, made)
        await noted(store, data)


async def _revoke(data: Path, name: str) -> None:
    async with open_store(settings_of(data)) as store:
        await store.staff.revoke(name)
        await noted(store, data)


async def _everybody(data: Path) -> tuple[list[Person], frozenset[str]]:
    async with open_store(settings_of(data)) as store:
        return await store.staff.everybody(), await store.by_groups.everybody()


async def _set_password(data: Path, name: str, chosen: str, username: str) -> str:
    async with open_store(settings_of(data)) as store:
        typed = await store.logins.set_password(name, chosen, username)
        await noted(store, data)
        return typed


async def _bind(data: Path, name: str, issuer: str, subject: str) -> None:
    async with open_store(settings_of(data)) as store:
        await store.logins.bind(name, issuer, subject)
        await noted(store, data)


async def _entrust(data: Path, name: str) -> None:
    async with open_store(settings_of(data)) as store:
        await store.by_groups.entrust(name)
        await noted(store, data)


async def noted(store: "Store", data: Path) -> None:
    """Say outside the database where its audit trail stands now, as every process does."""
    from storage.checkpoints import Checkpoints

    file = settings_of(data).audit_checkpoints_file
    await Checkpoints(store.database, store.keyring, file).write()


def _told(person: Person, rights_by: str) -> dict[str, str]:
    return {
        "name": person.id,
        "role": person.role.value,
        "harms": ", ".join(sorted(person.harms)),
        "queues": ", ".join(sorted(person.queues)),
        "rights_by": rights_by,
    }
