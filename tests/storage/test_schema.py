"""Migrations, and the views that outsiders may rely on."""

import asyncio

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, inspect, text

from storage import schema
from storage.connections import engines
from storage.engine import Database
from storage.tables import metadata
from tests.databases import KINDS, Databases
from tests.storage.office import Office

VIEWS = {
    "v_case": ["case_id", "detection_ids", "stage", "outcome", "opened_at", "closed_at"],
    "v_decision": [
        "decision_id", "case_id", "hearing", "by", "automated", "ruling", "policy",
        "policy_version", "at", "overrides",
    ],
    "v_action": [
        "action_id", "decision_id", "case_id", "kind", "target", "state", "attempts",
        "first_at", "confirmed_at",
    ],
    "v_audit": ["seq", "case_id", "at", "actor", "event", "digest"],
}  # fmt: skip


@pytest.fixture(params=KINDS)
def empty(request: pytest.FixtureRequest, databases: Databases) -> str:
    return databases.empty(request.param)


async def test_an_empty_database_comes_up_to_date(empty: str) -> None:
    before = await schema.current(empty)

    await schema.upgrade(empty)
    await schema.upgrade(empty)

    await schema.check(empty)
    assert (before, await schema.current(empty)) == (None, schema.head())


async def test_processes_started_together_migrate_in_turn(empty: str) -> None:
    await asyncio.gather(*(schema.upgrade(empty) for _ in range(3)))

    await schema.check(empty)


async def test_the_migrations_lead_to_the_tables_the_code_speaks_of(database_url: str) -> None:
    writer, reader = engines(database_url)

    async with writer.connect() as connection:
        differences = await connection.run_sync(_differences)

    await writer.dispose()
    await reader.dispose()
    assert differences == []


async def test_an_empty_database_is_refused_with_what_to_do(empty: str) -> None:
    with pytest.raises(schema.WrongSchema, match="casework db upgrade"):
        await schema.check(empty)


@pytest.mark.parametrize(("version", "word"), [("0001", "older"), ("9999", "newer")])
async def test_a_database_of_another_version_is_refused_in_one_line(
    database_url: str, version: str, word: str
) -> None:
    await _pretend(database_url, version)

    with pytest.raises(schema.WrongSchema, match=word) as refusal:
        await schema.check(database_url)

    assert "\n" not in str(refusal.value)


async def test_a_newer_database_is_not_touched_by_an_upgrade(database_url: str) -> None:
    await _pretend(database_url, "9999")

    with pytest.raises(schema.WrongSchema, match="newer"):
        await schema.upgrade(database_url)

    assert await schema.current(database_url) == "9999"


@pytest.mark.parametrize("view", sorted(VIEWS))
async def test_a_view_has_exactly_the_documented_columns(database_url: str, view: str) -> None:
    writer, reader = engines(database_url)

    async with writer.connect() as connection:
        columns = await connection.run_sync(lambda c: inspect(c).get_columns(view))

    await writer.dispose()
    await reader.dispose()
    assert [column["name"] for column in columns] == VIEWS[view]


async def test_the_views_show_what_was_done(office: Office) -> None:
    case = await office.opened("det-1")
    await office.receive(office.detection("det-2"))
    await office.finish(case, await office.enforce(case))

    async with office.store.database.reading() as tx:
        v_case = (await tx.execute(text("SELECT * FROM v_case"))).one()
        v_decision = (await tx.execute(text("SELECT * FROM v_decision"))).one()
        v_action = (await tx.execute(text("SELECT * FROM v_action"))).one()
        lines = await tx.value(text("SELECT count(*) FROM v_audit"))

    assert v_case.detection_ids.replace(" ", "") == '["det-1","det-2"]'
    assert (v_case.stage, v_case.outcome) == ("closed", "enforced")
    assert (v_decision.hearing, v_decision.by, v_decision.ruling) == ("first", "policy", "enforce")
    assert (v_action.target, v_action.state, v_action.attempts) == ("message:m-1", "confirmed", 1)
    assert lines == len(await office.events(case))


@pytest.mark.parametrize("url", ["mysql://x/y", "nonsense"])
def test_another_kind_of_database_is_refused(url: str) -> None:
    with pytest.raises(Exception, match=r"kind|parse"):
        Database.open(url)


def _differences(connection: Connection) -> list[object]:
    return list(compare_metadata(MigrationContext.configure(connection), metadata))


async def _pretend(url: str, version: str) -> None:
    database = Database.open(url)
    async with database.transaction() as tx:
        await tx.execute(text(f"UPDATE alembic_version SET version_num = '{version}'"))
    await database.close()
