"""The trail finds whatever somebody with SQL rights does to it, or behind its back."""

import asyncio
import hashlib
import json
from pathlib import Path

import pytest
from sqlalchemy import select, update

from casework.errors import Malformed
from casework.identity import decision_id
from casework.words import ActionKind, HearingKind
from storage import audit_chain, audit_check
from storage.audit_check import Report
from storage.audit_line import AuditLine
from storage.checkpoints import Checkpoints, read
from storage.keys import Keyring
from storage.tables import actions, audit, strikes
from tests.storage.office import Office

LINE = "INSERT INTO audit (seq, case_id, at, actor, event, facts, digest, mac) "


@pytest.fixture
def notes(tmp_path: Path) -> Path:
    return tmp_path / "checkpoints.jsonl"


async def history(office: Office) -> str:
    """A case with a dozen lines in the trail."""
    case = await office.opened()
    await office.finish(case, await office.enforce(case, ActionKind.REMOVE_ITEM))
    return case


async def note(office: Office, file: Path) -> None:
    await Checkpoints(office.store.database, office.store.keyring, file).write()


async def verify(office: Office, file: Path | None) -> Report:
    return await audit_check.verify(office.store.database, office.store.keyring, file)


def kinds(report: Report) -> set[str]:
    return {problem.kind for problem in report.problems}


async def test_an_untouched_trail_is_sound(office: Office, notes: Path) -> None:
    await history(office)
    await note(office, notes)

    report = await verify(office, notes)

    assert report.problems == ()
    assert (report.decisions, report.actions, report.checkpoints) == (1, 1, 1)
    assert report.lines == 12


async def test_lines_written_at_once_have_no_gap(office: Office, notes: Path) -> None:
    await asyncio.gather(*(office.opened(f"det-{n}", item=f"m-{n}") for n in range(10)))

    report = await verify(office, None)

    assert report.sound
    assert report.lines == 30


# -- the eight kinds of tampering ------------------------------------------------------------------


async def test_an_edited_line_is_found(office: Office, notes: Path) -> None:
    await history(office)
    await office.sql("UPDATE audit SET facts = '{}' WHERE seq = 3")

    report = await verify(office, None)

    assert ("edited", "3") in {(problem.kind, problem.at) for problem in report.problems}


async def test_a_deleted_line_is_found(office: Office, notes: Path) -> None:
    await history(office)
    await office.sql("DELETE FROM audit WHERE seq = 3")

    report = await verify(office, None)

    assert "gap" in kinds(report)


async def test_an_inserted_line_is_found(office: Office, notes: Path) -> None:
    await history(office)
    await office.sql(
        LINE + "SELECT 13, case_id, at, actor, event, facts, digest, mac FROM audit WHERE seq = 12"
    )

    report = await verify(office, None)

    assert "edited" in kinds(report)


async def test_reordered_lines_are_found(office: Office, notes: Path) -> None:
    await history(office)
    for one, other in ((3, -1), (4, 3), (-1, 4)):
        await office.sql(f"UPDATE audit SET seq = {other} WHERE seq = {one}")

    report = await verify(office, None)

    assert {("edited", "3"), ("edited", "4")} <= {(p.kind, p.at) for p in report.problems}


async def test_a_line_put_on_somebody_else_is_found(office: Office, notes: Path) -> None:
    await history(office)
    await office.sql("UPDATE audit SET actor = 'ben' WHERE seq = 7")

    report = await verify(office, None)

    assert ("edited", "7") in {(problem.kind, problem.at) for problem in report.problems}


async def test_a_tail_cut_off_is_found(office: Office, notes: Path) -> None:
    await history(office)
    await note(office, notes)
    await office.sql("DELETE FROM audit WHERE seq > 9")

    report = await verify(office, notes)

    assert "truncated" in kinds(report)


async def test_a_trail_dropped_whole_is_found(office: Office, notes: Path) -> None:
    await history(office)
    await note(office, notes)
    await office.sql("DELETE FROM audit")

    report = await verify(office, notes)

    assert "truncated" in kinds(report)


async def test_a_chain_rewritten_from_a_point_on_is_found(office: Office, notes: Path) -> None:
    await history(office)
    await rewrite_from(office, 6, Keyring.made())

    report = await verify(office, None)

    assert "edited" not in kinds(report)
    assert "unsigned" in kinds(report)


async def test_a_chain_rewritten_with_the_stolen_key_is_found_by_checkpoints(
    office: Office, notes: Path
) -> None:
    await history(office)
    await note(office, notes)
    await rewrite_from(office, 6, office.store.keyring)

    report = await verify(office, notes)

    assert kinds(report) == {"rewritten"}


async def test_a_tail_cut_off_and_grown_over_again_is_found(office: Office, notes: Path) -> None:
    case = await history(office)
    await note(office, notes)
    await office.sql("DELETE FROM audit WHERE seq > 11")
    await office.store.cases.write_down(case, "casework", "paged", reason="x")

    report = await verify(office, notes)

    assert "rewritten" in kinds(report)


async def rewrite_from(office: Office, seq: int, ring: Keyring) -> None:
    """Change who did one thing and make every digest and signature after it fit again."""
    async with office.store.database.transaction() as tx:
        rows = await tx.rows(select(audit).order_by(audit.c.seq))
        before = rows[seq - 2].digest
        for row in rows[seq - 1 :]:
            actor = "ben" if row.seq == seq else row.actor
            line = AuditLine(row.case_id, row.at, actor, row.event, {})
            before = audit_chain.digest_of(before, row.seq, line, row.facts)
            mac = audit_chain.mac_of(ring.audit, before)
            changed = update(audit).where(audit.c.seq == row.seq)
            await tx.execute(changed.values(actor=actor, digest=before, mac=mac))


# -- rows changed behind the trail's back ----------------------------------------------------------


@pytest.mark.parametrize(
    ("statement", "kind"),
    [
        ("UPDATE decisions SET verdict = 'dismiss'", "decision_edited"),
        ("UPDATE decisions SET \"by\" = 'ben'", "decision_edited"),
        ("UPDATE decisions SET confidence = 'sure'", "decision_edited"),
        ("UPDATE actions SET state = 'reverted'", "action_edited"),
        ("UPDATE actions SET attempts = 0", "action_edited"),
        ("UPDATE actions SET target = 'account:someone-else'", "action_edited"),
        ("DELETE FROM actions", "action_missing"),
        ("UPDATE strikes SET weight = 9", "strike_edited"),
        ("UPDATE strikes SET withdrawn_at = at", "strike_edited"),
        ("DELETE FROM strikes", "strike_missing"),
        ("UPDATE notices SET delivered_at = NULL", "notice_edited"),
        ("UPDATE notices SET sealed_body = sealed_subject", "notice_edited"),
        ("UPDATE notices SET account_id = 'someone-else'", "notice_edited"),
        ("UPDATE cases SET outcome = 'dismissed'", "case_edited"),
        ("UPDATE cases SET merged_into = 'd-1'", "case_edited"),
    ],
)
async def test_a_row_changed_behind_the_trail_s_back_is_found(
    office: Office, statement: str, kind: str
) -> None:
    await history(office)
    await office.sql(statement)

    report = await verify(office, None)

    assert kinds(report) == {kind}


async def test_an_action_nobody_wrote_down_is_found(office: Office) -> None:
    await history(office)
    async with office.store.database.transaction() as tx:
        row = dict((await tx.rows(select(actions)))[0]._mapping)
        await tx.add(actions, **row | {"action_id": "a-forged"})

    report = await verify(office, None)

    assert kinds(report) == {"action_unrecorded"}


async def test_a_strike_nobody_wrote_down_is_found(office: Office) -> None:
    await history(office)
    other = await office.opened("det-2", item="m-2")
    await office.dismiss(other)
    async with office.store.database.transaction() as tx:
        row = dict((await tx.rows(select(strikes)))[0]._mapping)
        forged = decision_id(other, 1, HearingKind.FIRST)
        await tx.add(strikes, **row | {"decision_id": forged})

    report = await verify(office, None)

    assert kinds(report) == {"strike_unrecorded"}


async def test_what_is_withdrawn_and_reopened_since_is_told_of_as_it_stands(
    office: Office,
) -> None:
    case = await history(office)
    await office.hear_appeal(case)
    await office.overturn(case)
    dismissed = await office.opened("det-2", item="m-2")
    await office.finish(dismissed, await office.dismiss(dismissed))
    await office.opened("det-3", item="m-2")

    report = await verify(office, None)

    assert report.problems == ()
    assert (report.strikes, report.notices, report.cases) == (1, 1, 2)


async def test_rows_are_not_held_against_lines_from_before_these_told_of_them(
    office: Office,
) -> None:
    await history(office)
    await strip_fingerprints(office, "strike_added", "notice_rendered", "notice_delivered")
    await office.sql("UPDATE strikes SET weight = 9")

    report = await verify(office, None)

    assert report.problems == ()


async def strip_fingerprints(office: Office, *events: str) -> None:
    """What these lines said before they told of the whole row; the chain fits."""
    async with office.store.database.transaction() as tx:
        before = audit_chain.BEGINNING
        for row in await tx.rows(select(audit).order_by(audit.c.seq)):
            said = json.loads(row.facts)
            if row.event in events:
                said.pop("row")
            facts = audit_chain.facts_text(said)
            line = AuditLine(row.case_id, row.at, row.actor, row.event, {})
            before = audit_chain.digest_of(before, row.seq, line, facts)
            mac = audit_chain.mac_of(office.store.keyring.audit, before)
            changed = update(audit).where(audit.c.seq == row.seq)
            await tx.execute(changed.values(facts=facts, digest=before, mac=mac))


# -- checkpoints -----------------------------------------------------------------------------------


async def test_a_checkpoint_is_written_once_for_each_end_of_the_trail(
    office: Office, notes: Path
) -> None:
    case = await history(office)
    await note(office, notes)
    await note(office, notes)
    await office.store.cases.write_down(case, "casework", "paged", reason="x")

    await note(office, notes)

    assert [checkpoint.seq for checkpoint in read(notes)] == [12, 13]


async def test_several_processes_write_checkpoints_to_one_file(office: Office, notes: Path) -> None:
    await history(office)
    writers = [Checkpoints(office.store.database, office.store.keyring, notes) for _ in range(3)]

    await asyncio.gather(*(writer.write() for writer in writers))

    assert (await verify(office, notes)).sound
    assert {checkpoint.seq for checkpoint in read(notes)} == {12}


async def test_a_checkpoint_torn_apart_by_a_crash_hurts_nobody(office: Office, notes: Path) -> None:
    case = await history(office)
    await note(office, notes)
    notes.write_bytes(notes.read_bytes() + b'{"seq": 99, "dig')
    await office.store.cases.write_down(case, "casework", "paged", reason="x")

    await note(office, notes)

    assert (await verify(office, notes)).sound
    assert [checkpoint.seq for checkpoint in read(notes)] == [12, 13]


async def test_a_forged_checkpoint_is_found(office: Office, notes: Path) -> None:
    await history(office)
    await note(office, notes)
    said = json.loads(notes.read_text())
    digest = hashlib.sha256(b"anything").hexdigest()
    notes.write_text(json.dumps(said | {"digest": digest}) + "\n")

    report = await verify(office, notes)

    assert kinds(report) == {"checkpoint_forged"}


async def test_missing_checkpoints_are_said(office: Office, notes: Path) -> None:
    await history(office)

    report = await verify(office, notes)

    assert kinds(report) == {"checkpoints_missing"}


async def test_checkpoints_are_written_at_once_and_once_more_at_the_end(
    office: Office, notes: Path
) -> None:
    case = await history(office)
    writer = Checkpoints(office.store.database, office.store.keyring, notes)
    writing = asyncio.create_task(writer.keep_writing(every=3_600))
    await writer.write()
    await office.store.cases.write_down(case, "casework", "paged", reason="x")

    writing.cancel()
    await asyncio.wait({writing})

    assert read(notes)[-1].seq == 13


# -- what is said ----------------------------------------------------------------------------------


async def test_a_long_fact_is_refused_before_anything_is_written(office: Office) -> None:
    case = await office.opened()

    with pytest.raises(Malformed):
        await office.store.cases.write_down(case, "casework", "paged", reason="x" * 1_000)

    assert "paged" not in await office.events(case)


async def test_the_trail_of_a_case_tells_its_story_in_order(office: Office) -> None:
    case = await history(office)

    assert await office.events(case) == [
        "detection_received",
        "case_opened",
        "detection_joined",
        "check_answered",
        "decided",
        "action_planned",
        "strike_added",
        "notice_rendered",
        "action_attempted",
        "action_confirmed",
        "notice_delivered",
        "case_closed",
    ]
