"""Evidence: sealed under a key of the case's own, gone with it."""

from pathlib import Path

import pytest
from sqlalchemy import text

from casework.errors import Conflict, Gone, NotFound
from storage.engine import Database
from storage.keys import Keyring, KeyringMistake
from storage.store import Store
from storage.tables import holds
from tests.databases import Clock
from tests.storage.office import ANN, SECRET, Office

CANARIES = (SECRET, "secret-token", "I read it", "because of what was said", "please look", "psst")


async def whole_case(office: Office) -> str:
    """A case with evidence, a reviewer's reason, a note, a notice and an appeal."""
    case = await office.opened()
    review = await office.ask(case)
    claimed = await office.claim()
    await office.store.desk.note(claimed.review_id, ANN, "psst")
    await office.submit(claimed)
    decided = await office.enforce(case, by="ann", closes=review.review_id, step="1/first")
    await office.finish(case, decided)
    await office.hear_appeal(case)
    return case


async def test_what_is_judged_is_read_back_by_whoever_has_the_key(office: Office) -> None:
    case = await office.opened()

    evidence = await office.store.cases.evidence(case)

    assert (evidence.text, evidence.item.id) == (SECRET, "m-1")


async def test_no_table_holds_user_content_in_the_clear(office: Office) -> None:
    await whole_case(office)

    everything = await every_row(office.store.database)

    assert [canary for canary in CANARIES if canary in everything] == []


async def test_another_keyring_opens_nothing(
    office: Office, database_url: str, clock: Clock
) -> None:
    case = await office.opened()
    stranger = Store.open(database_url, Keyring.made(), clock)

    with pytest.raises(Gone):
        await stranger.cases.evidence(case)

    await stranger.close()


async def test_evidence_moved_to_another_case_does_not_open(office: Office) -> None:
    first, second = await office.opened("det-1"), await office.opened("det-2", item="m-2")
    await office.sql(
        "UPDATE detections SET sealed = (SELECT sealed FROM detections WHERE detection_id='det-1')"
    )

    with pytest.raises(Gone):
        await office.store.cases.evidence(second)

    assert (await office.store.cases.evidence(first)).text == SECRET


async def test_erased_evidence_is_gone_and_the_case_still_stands(office: Office) -> None:
    case = await whole_case(office)
    [notice] = await office.store.reads.notices_of(case)

    await office.store.evidence.erase_evidence(case, by="ann")
    await office.store.evidence.erase_evidence(case, by="ann")

    with pytest.raises(Gone):
        await office.store.cases.evidence(case)
    with pytest.raises(Gone):
        await office.store.notices.statement(notice.notice_id)
    with pytest.raises(NotFound):
        await office.store.appeals.look(notice.notice_id)
    assert (await office.store.cases.decision(notice.decision_id)).reason == ""
    assert (await office.events(case)).count("evidence_erased") == 1


async def test_the_page_of_a_review_survives_the_erasure(office: Office) -> None:
    case = await office.opened()
    review = await office.ask(case)
    await office.store.desk.note(review.review_id, ANN, "psst")

    await office.store.evidence.erase_evidence(case)

    page = await office.store.reads.review_page(review.review_id)
    assert (page.text, page.notes) == (None, ())


async def test_a_detection_after_the_erasure_gets_a_new_key(office: Office) -> None:
    case = await office.opened()
    await office.store.evidence.erase_evidence(case)

    await office.receive(office.detection("det-2", words="something new"))

    assert (await office.store.cases.evidence(case)).text == "something new"
    assert SECRET not in await every_row(office.store.database)


async def test_a_hold_keeps_evidence_from_being_erased(office: Office) -> None:
    case = await office.opened()
    async with office.store.database.transaction() as tx:
        await tx.add(
            holds, hold_id="h-1", kind="evidence", target=case, by="legal", why="order",
            set_at=office.clock.now,
        )  # fmt: skip

    with pytest.raises(Conflict):
        await office.store.evidence.erase_evidence(case)

    assert (await office.store.cases.evidence(case)).text == SECRET


async def test_only_a_case_that_exists_is_erased(office: Office) -> None:
    with pytest.raises(NotFound):
        await office.store.evidence.erase_evidence("unknown")


async def test_cases_sealed_under_an_older_master_key_stay_readable(
    office: Office, database_url: str, clock: Clock
) -> None:
    case = await office.opened("det-1")
    ring = office.store.keyring
    newer = ring.model_copy(update={"evidence": ring.evidence.with_new_key()})
    renewed = Store.open(database_url, newer, clock)

    evidence = await renewed.cases.evidence(case)

    await renewed.close()
    assert evidence.text == SECRET


# -- the ring itself -------------------------------------------------------------------------------


def test_a_keyring_is_written_for_its_owner_alone_and_read_back(tmp_path: Path) -> None:
    file = tmp_path / "keys.json"

    made = Keyring.create(file)

    assert file.stat().st_mode & 0o777 == 0o600
    assert Keyring.load(file) == made
    assert made.webhook_secret.startswith("whsec_")


def test_keys_that_exist_are_never_replaced(tmp_path: Path) -> None:
    file = tmp_path / "keys.json"
    Keyring.create(file)

    with pytest.raises(KeyringMistake):
        Keyring.create(file)


@pytest.mark.parametrize("content", [None, "", "{}", '{"identity": "c2hvcnQ="}'])
def test_a_file_that_is_no_keyring_is_refused_without_showing_it(
    tmp_path: Path, content: str | None
) -> None:
    file = tmp_path / "keys.json"
    if content is not None:
        file.write_text(content)

    with pytest.raises(KeyringMistake) as refusal:
        Keyring.load(file)

    assert "c2hvcnQ" not in str(refusal.value)


def test_a_keyring_never_shows_its_keys() -> None:
    ring = Keyring.made()

    shown = f"{ring!r} {ring} {ring.payload!r} {ring.evidence}"

    assert ring.webhook_secret not in shown
    assert ring.payload.current not in shown


async def every_row(database: Database) -> str:
    """All text and all bytes of all tables."""
    names = (
        "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
        if database.is_postgresql
        else "SELECT name FROM sqlite_master WHERE type = 'table'"
    )
    found = []
    async with database.reading() as tx:
        for table in await tx.rows(text(names)):
            for row in await tx.rows(text(f'SELECT * FROM "{table[0]}"')):
                found += [
                    value.decode("latin-1") if isinstance(value, bytes) else str(value)
                    for value in row
                ]
    assert len(found) > 20
    return "\n".join(found)
