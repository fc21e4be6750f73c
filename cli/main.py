"""The `casework` command, put together.

What is heavy (storage, the gateway, Temporal's client) is imported by the command that needs it,
when it runs: `casework up` starts this program once for each of its processes.
"""

from importlib.metadata import version
from typing import Annotated

import typer

from cli import show
from cli.accounts import account
from cli.actions import action
from cli.bridge import bridge
from cli.cases import case, queue
from cli.convert import convert
from cli.demo import demo
from cli.doctor import doctor
from cli.holds import hold
from cli.keyring import keyring
from cli.matrix_demo.command import demo_matrix
from cli.media import media
from cli.policies import policy
from cli.recalls import recall
from cli.serve import gateway, prepare, worker
from cli.simulate import simulate
from cli.staff import token
from cli.staff_routes import staff
from cli.submit import submit
from cli.up import up
from cli.upkeep import audit, db

app = typer.Typer(
    name="casework",
    help="Durable enforcement for trust & safety.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    epilog="Exit codes: 0 ok, 1 failed, 2 usage, 4 conflict, 5 unavailable.",
)


def _show_version(wanted: bool) -> None:  # Typer calls it with the flag
    if wanted:
        show.line(f"casework {version('casework')}")
        raise typer.Exit


@app.callback()
def _options(
    _version: Annotated[
        bool,
        typer.Option("--version", help="Show the version.", callback=_show_version, is_eager=True),
    ] = False,
) -> None:
    """Durable enforcement for trust & safety."""


app.command()(up)
app.command()(demo)
app.command("demo-matrix")(demo_matrix)
app.command()(submit)
app.command()(doctor)
app.command()(worker)
app.command()(gateway)
app.command(hidden=True)(prepare)
app.command(hidden=True)(simulate)
app.add_typer(case, name="case")
app.add_typer(account, name="account")
app.add_typer(action, name="action")
app.add_typer(queue, name="queue")
app.add_typer(hold, name="hold")
app.add_typer(media, name="media")
app.add_typer(policy, name="policy")
app.add_typer(recall, name="recall")
app.add_typer(audit, name="audit")
app.add_typer(staff, name="staff")
app.add_typer(token, name="token", hidden=True)
app.add_typer(db, name="db")
app.add_typer(keyring, name="keyring")
app.add_typer(convert, name="convert")
app.add_typer(bridge, name="bridge")


def main() -> None:
    app()
