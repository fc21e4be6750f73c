"""`casework db` and `audit`: what is done on the database itself, not through a gateway.

They use the database that CASEWORK_DATABASE_URL names, else the one in --data.
"""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Annotated, Any

import typer

from cli import options, runner, show
from cli.here import open_store, settings_of
from workers.settings import Settings

db = typer.Typer(no_args_is_help=True, help="The database's schema.")
audit = typer.Typer(no_args_is_help=True, help="The audit trail.")

_PAGE = 1_000


@db.command("upgrade")
def upgrade(data: options.Data = options.DEFAULT_DATA, as_json: options.Json = False) -> None:
    """Bring the database to this version's schema. Doing it again changes nothing."""
    before, after = runner.run(_upgrade(data))
    if as_json:
        show.as_json({"before": before, "after": after})
    elif before == after:
        show.line(f"the database is at {after} already")
    else:
        show.line(f"the database went from {before or 'nothing'} to {after}")


@audit.command("verify")
def verify(
    data: options.Data = options.DEFAULT_DATA,
    checkpoints: Annotated[
        Path | None, typer.Option(help="The file of checkpoints, if kept elsewhere.")
    ] = None,
    as_json: options.Json = False,
) -> None:
    """Find lines that were edited, deleted, inserted, reordered or cut off, and rows that disagree.

    Works without the running system. Exit code 1 when anything is found.
    """
    from storage.audit_check import Report

    report: Report = runner.run(_verify(data, checkpoints))
    if as_json:
        show.as_json(report.model_dump(mode="json") | {"sound": report.sound})
    else:
        show.pairs(report.model_dump(exclude={"problems"}).items())
        for problem in report.problems:
            show.line(f"{problem.kind} at {problem.at}: {problem.detail}")
    if not report.sound:
        runner.fail(f"the audit trail has {len(report.problems)} problems")
    if not as_json:
        show.line("the audit trail is sound")


@audit.command("export")
def export(
    data: options.Data = options.DEFAULT_DATA,
    out: Annotated[Path | None, typer.Option(help="A file; standard output without.")] = None,
    case: Annotated[str | None, typer.Option(help="Only this case.")] = None,
) -> None:
    """Write the audit trail as one JSON object a line, with digests and signatures."""
    runner.run(_export(data, out, case))


async def _upgrade(data: Path) -> tuple[str | None, str | None]:
    from storage import schema

    url = settings_of(data).database_url
    before = await schema.current(url)
    await schema.upgrade(url)
    return before, await schema.current(url)


async def _verify(data: Path, checkpoints: Path | None) -> Any:
    from storage import audit_check

    settings = settings_of(data)
    async with open_store(settings) as store:
        return await audit_check.verify(
            store.database, store.keyring, checkpoints or settings.audit_checkpoints_file
        )


async def _export(data: Path, out: Path | None, case: str | None) -> None:
    lines = _lines(settings_of(data), case)
    if out is None:
        async for line in lines:
            show.line(line)
        return
    with out.open("w", encoding="utf-8") as file:
        async for line in lines:
            file.write(line + "\n")


async def _lines(settings: Settings, case: str | None) -> AsyncIterator[str]:
    from sqlalchemy import select

    from storage.tables import audit as trail

    seen = 0
    async with open_store(settings) as store:
        while True:
            page = select(trail).where(trail.c.seq > seen).order_by(trail.c.seq).limit(_PAGE)
            async with store.database.reading() as tx:
                rows = await tx.rows(page if case is None else page.where(trail.c.case_id == case))
            for row in rows:
                yield json.dumps({**row._mapping, "facts": json.loads(row.facts)}, default=_plain)
                seen = row.seq
            if len(rows) < _PAGE:
                return


def _plain(value: Any) -> str:
    if isinstance(value, bytes):
        return value.hex()
    return str(value.isoformat() if hasattr(value, "isoformat") else value)
