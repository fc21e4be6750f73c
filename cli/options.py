"""Options that several commands share, each said once."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

import typer

DEFAULT_DATA = Path("data")

Data = Annotated[
    Path,
    typer.Option("--data", help="Data directory of `casework up`.", envvar="CASEWORK_DATA"),
]
Url = Annotated[
    str | None,
    typer.Option("--url", help="A gateway, if not the one of --data.", envvar="CASEWORK_URL"),
]
Token = Annotated[
    str | None,
    typer.Option(
        "--token",
        help="Who is asking, if not somebody from the tokens.json of --data.",
        envvar="CASEWORK_TOKEN",
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]


@dataclass(frozen=True)
class Asked:
    """Which gateway was meant, and who asks, as far as it was said."""

    data: Path
    url: str | None = None
    token: str | None = field(default=None, repr=False)
