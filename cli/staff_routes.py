"""`casework staff route`: what somebody can judge, and what is never served to them."""

from pathlib import Path
from typing import Annotated

import typer
from pydantic import ValidationError

from casework.profiles import Profile
from cli import options, runner, show
from cli.here import open_store, settings_of
from cli.staff import Name, noted, staff

__all__ = ["staff"]

_LISTS = ("languages", "jurisdictions", "skills", "opted_out")
_EMPTY = frozenset({"all", "none"})


@staff.command("route")
def route(
    name: Name,
    language: Annotated[list[str] | None, typer.Option(help="As `de`; `all`: any.")] = None,
    jurisdiction: Annotated[
        list[str] | None, typer.Option(help="As `EU` or `DE`; `all`: any.")
    ] = None,
    skill: Annotated[list[str] | None, typer.Option(help="As `graphic`; `none`.")] = None,
    opt_out: Annotated[list[str] | None, typer.Option(help="A harm; `none`.")] = None,
    data: options.Data = options.DEFAULT_DATA,
) -> None:
    """Say what somebody can judge; what is not said stays. Without options, show it."""
    said = dict(zip(_LISTS, (language, jurisdiction, skill, opt_out), strict=True))
    changed = {key: _listed(words) for key, words in said.items() if words}
    profile = runner.run(_routed(data, name, changed))
    show.pairs((key, ", ".join(sorted(getattr(profile, key))) or "-") for key in _LISTS)


def _listed(words: list[str]) -> frozenset[str]:
    return frozenset(words) - _EMPTY


async def _routed(data: Path, name: str, changed: dict[str, frozenset[str]]) -> Profile:
    async with open_store(settings_of(data)) as store:
        before = await store.profiles.get(name)
        if not changed:
            return before
        after = _fit(before, changed)
        await store.profiles.put(after, by="casework")
        await noted(store, data)
        return after


def _fit(before: Profile, changed: dict[str, frozenset[str]]) -> Profile:
    try:
        return Profile.model_validate({**dict(before), **changed})
    except ValidationError as error:
        raise typer.BadParameter(str(error.errors()[0]["msg"])) from None
