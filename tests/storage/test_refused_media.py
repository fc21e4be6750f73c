"""What was refused because its host was not listed can be asked for again once it is."""

from datetime import timedelta
from pathlib import Path

import pytest

from casework.records import Person
from casework.snapshots import CannotShow, NotShown, SnapshotState, Wanted
from casework.words import Role
from integrations.media.fake import FakeMedia, FakePictureMaker
from storage.audit_line import Event
from storage.objects import Shelf
from storage.refused_media import AT_ONCE
from storage.snapshots import SnapshotBook
from tests.storage.office import Office
from workers.pictures import Photographer

NEW = "https://new.example/cat.png?CANARY"
OTHER = "https://other.example/cat.png"
OTTO = Person(id="otto", role=Role.ONCALL)


class NotListed(FakeMedia):
    """Nothing is fetched from anywhere."""

    async def fetch(self, media: object) -> bytes:
        raise CannotShow(NotShown.NOT_FETCHED)


@pytest.fixture
def book(office: Office, tmp_path: Path) -> SnapshotBook:
    shelf = Shelf(f"file://{tmp_path}/shelf")
    return SnapshotBook(office.store.database, office.store.keyring, shelf)


def leads_there(url: str) -> bool:
    return url.startswith("https://new.example/")


async def refused(office: Office, book: SnapshotBook, *media: str, name: str = "det-1") -> str:
    case = await office.opened(name, item=name, media=media)
    photographer = Photographer(book, NotListed({}), FakePictureMaker())
    while await photographer.take_what_is_due():
        pass
    return case


async def states(book: SnapshotBook, case: str, *addresses: str) -> list[SnapshotState]:
    return [picture.state for picture in await book.pictures(case, addresses)]


async def test_only_what_leads_to_the_host_is_wanted_again(
    office: Office, book: SnapshotBook
) -> None:
    case = await refused(office, book, NEW, OTHER)

    asked = await office.store.refused_media.ask_again(OTTO, leads_there)

    assert (asked.looked_at, asked.asked_again, asked.next) == (2, 1, None)
    assert await states(book, case, NEW, OTHER) == [SnapshotState.WANTED, SnapshotState.FAILED]


async def test_it_is_then_fetched_as_if_it_were_new(office: Office, book: SnapshotBook) -> None:
    """Also after more than the week in which an address that does not answer is tried."""
    case = await refused(office, book, NEW)
    office.clock.passes(timedelta(days=30))

    await office.store.refused_media.ask_again(OTTO, leads_there)
    [wanted] = await book.due(5)
    await book.put_off(wanted, NotShown.UNAVAILABLE)

    assert isinstance(wanted, Wanted)
    assert (wanted.media.url, wanted.attempts) == (NEW, 1)
    assert await states(book, case, NEW) == [SnapshotState.WANTED]


async def test_asking_twice_asks_once(office: Office, book: SnapshotBook) -> None:
    case = await refused(office, book, NEW)

    first = await office.store.refused_media.ask_again(OTTO, leads_there)
    second = await office.store.refused_media.ask_again(OTTO, leads_there)

    lines = [
        line.facts["outcome"]
        for line in await office.store.reads.timeline(case)
        if line.event == Event.SNAPSHOT
    ]
    assert (first.asked_again, second.asked_again) == (1, 0)
    assert lines == ["not_fetched", "asked_again"]


async def test_who_asked_is_in_the_trail_and_the_address_is_not(
    office: Office, book: SnapshotBook
) -> None:
    case = await refused(office, book, NEW)

    await office.store.refused_media.ask_again(OTTO, leads_there)

    last = (await office.store.reads.timeline(case))[-1]
    assert (last.event, last.actor) == (Event.SNAPSHOT, "otto")
    assert "CANARY" not in str(last)
    assert "new.example" not in str(last)


async def test_what_could_not_be_had_for_another_reason_is_left(
    office: Office, book: SnapshotBook
) -> None:
    case = await office.opened(media=(NEW,))
    await Photographer(book, FakeMedia({}), FakePictureMaker()).take_what_is_due()

    asked = await office.store.refused_media.ask_again(OTTO, leads_there)

    assert asked.looked_at == 0
    assert await states(book, case, NEW) == [SnapshotState.FAILED]


async def test_nothing_is_fetched_for_cases_at_which_nobody_looks(
    office: Office, book: SnapshotBook
) -> None:
    case = await refused(office, book, NEW)
    decided = await office.dismiss(case)
    await office.finish(case, decided)

    asked = await office.store.refused_media.ask_again(OTTO, leads_there)

    assert asked.looked_at == 0


async def test_an_appeal_is_looked_at(office: Office, book: SnapshotBook) -> None:
    case = await refused(office, book, NEW)
    decided = await office.enforce(case)
    await office.finish(case, decided)
    await office.hear_appeal(case)

    asked = await office.store.refused_media.ask_again(OTTO, leads_there)

    assert asked.asked_again == 1


async def test_what_was_erased_stays_erased(office: Office, book: SnapshotBook) -> None:
    case = await refused(office, book, NEW)
    await office.store.evidence.erase_evidence(case)

    asked = await office.store.refused_media.ask_again(OTTO, leads_there)

    assert asked.asked_again == 0
    assert await states(book, case, NEW) == [SnapshotState.ERASED]


async def test_other_harms_are_left_to_others(office: Office, book: SnapshotBook) -> None:
    await refused(office, book, NEW)
    elsewhere = Person(id="otto", role=Role.ONCALL, harms=frozenset({"hate"}))

    asked = await office.store.refused_media.ask_again(elsewhere, leads_there)

    assert asked.looked_at == 0


async def test_so_many_are_looked_at_and_the_next_call_goes_on(
    office: Office, book: SnapshotBook
) -> None:
    cases = -(-(AT_ONCE + 20) // 40)
    for number in range(cases):
        many = tuple(f"https://new.example/{number}/{place}" for place in range(40))
        await refused(office, book, *many, name=f"det-{number}")

    first = await office.store.refused_media.ask_again(OTTO, leads_there)
    rest = await office.store.refused_media.ask_again(OTTO, leads_there, first.next or "")

    assert (first.looked_at, first.asked_again) == (AT_ONCE, AT_ONCE)
    assert (rest.asked_again, rest.next) == (cases * 40 - AT_ONCE, None)
