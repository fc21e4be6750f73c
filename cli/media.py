"""`casework media`: pictures and videos that were refused, asked for again."""

from typing import Annotated, Any

import typer

from casework.words import Role
from cli import options, runner, show
from cli.api import Api, Place

media = typer.Typer(no_args_is_help=True, help="Pictures and videos that reviewers see.")


@media.command("again")
def again(
    host: Annotated[str, typer.Option(help="As it stands in CASEWORK_MEDIA_HOSTS by now.")],
    data: options.Data = options.DEFAULT_DATA,
    url: options.Url = None,
    token: options.Token = None,
    as_json: options.Json = False,
) -> None:
    """Have fetched what was refused because this host was not on the list.

    Of cases that are not closed, or wait for somebody. Doing it again changes nothing.
    """
    came = runner.run(_again(options.Asked(data, url, token), host))
    if as_json:
        show.as_json(came)
    else:
        show.line(f"{came['asked_again']} of {came['looked_at']} refused lead there: asked again")


async def _again(asked: options.Asked, host: str) -> dict[str, int]:
    """Page after page: a call looks at so many and says where to go on."""
    total, after = {"asked_again": 0, "looked_at": 0}, ""
    async with Api.at(Place.found(asked, Role.ONCALL)) as api:
        while True:
            page: dict[str, Any] = await api.post("/media/again", {"host": host, "after": after})
            total = {name: total[name] + page[name] for name in total}
            if page["next"] is None:
                return total
            after = page["next"]
