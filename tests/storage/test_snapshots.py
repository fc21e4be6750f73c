"""Snapshots: asked for with the detection, taken in their own time, gone with the case's key."""

from datetime import timedelta
from pathlib import Path

import pytest

from casework.detection import Media
from casework.errors import NotFound, Unavailable
from casework.likeness import LikenessKind
from casework.snapshots import NotShown, Picture, Redrawn, SnapshotState, Stills, Wanted
from integrations.media.fake import FakeMedia, FakePictureMaker
from storage.audit_line import Event
from storage.objects import Shelf
from storage.snapshots import SnapshotBook
from tests.storage.office import Office
from workers.pictures import Photographer

HERE = "https://cdn.example/cat.png?CANARY"
THERE = "https://cdn.example/dog.png"
FILM = "https://cdn.example/dog.mp4"
SONG = "https://cdn.example/dog.mp3"
SKETCH = "ab" * 32


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "shelf"


@pytest.fixture
def book(office: Office, folder: Path) -> SnapshotBook:
    return SnapshotBook(office.store.database, office.store.keyring, Shelf(f"file://{folder}"))


async def reported(office: Office, *media: Media | str, name: str = "det-1") -> str:
    return await office.receive(office.detection(name, media=media))


async def seen(book: SnapshotBook, case: str, address: str = HERE) -> Picture:
    [picture] = await book.pictures(case, (address,))
    return picture


async def taken(
    book: SnapshotBook, *, fails_first: tuple[Exception, ...] = (), sketch: str | None = None
) -> FakeMedia:
    """Everything due is taken, from a source that has a picture here and a document there."""
    content = {HERE: b"picture of a cat", THERE: b"film", FILM: b"video", SONG: b"sound"}
    source = FakeMedia(content, fails_first=fails_first)
    photographer = Photographer(book, source, FakePictureMaker(sketch))
    while await photographer.take_what_is_due():
        pass
    return source


async def test_a_picture_is_wanted_from_the_moment_its_detection_is_stored(
    office: Office, book: SnapshotBook
) -> None:
    case = await reported(office, HERE)

    picture = await seen(book, case)

    assert (picture.state, picture.failure) == (SnapshotState.WANTED, None)


async def test_what_was_taken_is_shown_as_it_was_drawn(office: Office, book: SnapshotBook) -> None:
    case = await reported(office, HERE)

    await taken(book)

    picture = await seen(book, case)
    assert picture.is_shown
    assert (picture.kind, picture.width, picture.height) == ("png", 4, 3)
    assert await book.drawn(case, HERE) == b"drawn picture of a cat"


async def test_of_a_video_its_sheet_is_kept_and_how_much_it_shows(
    office: Office, book: SnapshotBook
) -> None:
    case = await reported(office, FILM)

    await taken(book, sketch=SKETCH)

    video = await seen(book, case, FILM)
    assert (video.is_shown, video.kind) == (True, "mp4")
    assert video.stills == Stills(shown=12, missed=0, seconds=200)
    assert await book.drawn(case, FILM) == b"drawn video"


async def test_a_sheet_is_like_no_picture(office: Office, book: SnapshotBook) -> None:
    detections = (
        office.detection(name, item=name, words=None, media=(FILM,)) for name in ("a", "b")
    )
    one, _ = [await office.receive(each) for each in detections]

    await taken(book, sketch=SKETCH)

    assert not await office.store.likeness.like(one, frozenset({"*"}))


async def test_sound_is_kept_and_says_what_it_is(office: Office, book: SnapshotBook) -> None:
    case = await reported(office, SONG)

    await taken(book)

    song = await seen(book, case, SONG)
    assert (song.state, song.failure) == (SnapshotState.TAKEN, NotShown.SOUND)


async def test_what_is_no_picture_is_kept_and_says_so(office: Office, book: SnapshotBook) -> None:
    case = await reported(office, THERE)

    await taken(book)

    picture = await seen(book, case, THERE)
    assert (picture.state, picture.failure) == (SnapshotState.TAKEN, NotShown.NOT_A_PICTURE)
    with pytest.raises(NotFound):
        await book.drawn(case, THERE)


async def test_nothing_on_the_shelf_can_be_read(
    office: Office, book: SnapshotBook, folder: Path
) -> None:
    await reported(office, HERE, THERE)

    await taken(book)

    kept = [file.read_bytes() for file in folder.rglob("*") if file.is_file()]
    assert len(kept) == 3
    assert [each for each in kept if b"picture" in each or b"film" in each] == []
    assert "CANARY" not in " ".join(str(file) for file in folder.rglob("*"))


async def test_a_picture_put_in_another_s_place_does_not_open(
    office: Office, book: SnapshotBook, folder: Path
) -> None:
    case = await reported(office, HERE, "https://cdn.example/other.png")
    other = await book.due(2)
    for wanted in other:
        drawn = Redrawn(kind="png", width=1, height=1, jpeg=b"jpeg", sketch=None)
        await book.keep(wanted, b"picture", drawn)
    one, two = sorted(folder.rglob("*.drawn"))

    one.write_bytes(two.read_bytes())
    two.write_bytes(b"x" * 100)

    for address in (HERE, "https://cdn.example/other.png"):
        with pytest.raises(NotFound):
            await book.drawn(case, address)


async def test_the_same_address_twice_is_one_snapshot(office: Office, book: SnapshotBook) -> None:
    await reported(office, HERE, Media(url=HERE))
    await reported(office, HERE, name="det-2")

    source = await taken(book)

    assert source.asked == [HERE]


async def test_a_detection_that_joins_during_a_review_brings_its_picture(
    office: Office, book: SnapshotBook
) -> None:
    case = await reported(office, HERE)
    await office.open(case)
    await office.ask(case)
    await taken(book)

    await reported(office, THERE, name="det-2")
    source = await taken(book)

    assert source.asked == [THERE]


async def test_a_source_that_is_away_is_asked_again_later_and_in_the_end(
    office: Office, book: SnapshotBook
) -> None:
    case = await reported(office, HERE)

    await taken(book, fails_first=(Unavailable("away"),))
    away = await seen(book, case)
    at_once = await taken(book)
    office.clock.passes(timedelta(seconds=6))
    later = await taken(book)

    assert (away.state, away.failure) == (SnapshotState.WANTED, NotShown.UNAVAILABLE)
    assert (at_once.asked, later.asked) == ([], [HERE])
    assert (await seen(book, case)).is_shown


async def test_after_a_week_it_is_given_up(office: Office, book: SnapshotBook) -> None:
    case = await reported(office, HERE)
    office.clock.passes(timedelta(days=7, seconds=1))

    await taken(book, fails_first=(Unavailable("away"),))

    picture = await seen(book, case)
    assert (picture.state, picture.failure) == (SnapshotState.FAILED, NotShown.UNAVAILABLE)


async def test_what_is_refused_is_not_asked_for_again(office: Office, book: SnapshotBook) -> None:
    gone = "https://cdn.example/gone.png"
    case = await reported(office, gone)
    await taken(book)
    office.clock.passes(timedelta(days=1))

    again = await taken(book)

    picture = await seen(book, case, gone)
    assert (picture.state, picture.failure) == (SnapshotState.FAILED, NotShown.TURNED_DOWN)
    assert again.asked == []


async def test_two_processes_do_not_take_the_same(office: Office, book: SnapshotBook) -> None:
    await reported(office, HERE)

    first, second = await book.due(5), await book.due(5)
    office.clock.passes(timedelta(minutes=16))
    after_the_first_died = await book.due(5)

    assert (len(first), len(second), len(after_the_first_died)) == (1, 0, 1)


async def test_a_store_that_is_away_loses_nothing(office: Office, tmp_path: Path) -> None:
    in_the_way = tmp_path / "file"
    in_the_way.write_text("not a folder")
    shelf = Shelf(f"file://{in_the_way}/media")
    book = SnapshotBook(office.store.database, office.store.keyring, shelf)
    case = await reported(office, HERE)

    await taken(book)

    assert (await seen(book, case)).state is SnapshotState.WANTED


async def test_erasing_the_evidence_makes_pictures_unreadable_and_clears_them_away(
    office: Office, book: SnapshotBook, folder: Path
) -> None:
    case = await reported(office, HERE, THERE)
    await taken(book, sketch=SKETCH)

    await office.store.evidence.erase_evidence(case)
    with pytest.raises(NotFound):
        await book.drawn(case, HERE)
    cleared = await book.clear_away(10)

    assert cleared == 2
    assert [file for file in folder.rglob("*") if file.is_file()] == []
    assert (await seen(book, case)).state is SnapshotState.ERASED
    assert await book.clear_away(10) == 0


async def test_what_is_stored_while_the_evidence_is_erased_is_cleared_away(
    office: Office, book: SnapshotBook, folder: Path
) -> None:
    case = await reported(office, HERE)
    [wanted] = await book.due(1)
    shelf = _Erasing(f"file://{folder}", office, case)
    slow = SnapshotBook(office.store.database, office.store.keyring, shelf)

    await slow.keep(wanted, b"picture", NotShown.NOT_A_PICTURE)
    await book.clear_away(10)

    assert [file for file in folder.rglob("*") if file.is_file()] == []


class _Erasing(Shelf):
    """The evidence is erased, and cleared away, while an object is on its way here."""

    def __init__(self, url: str, office: Office, case: str) -> None:
        super().__init__(url)
        self._office = office
        self._case = case

    async def put(self, name: str, content: bytes) -> None:
        await self._office.store.evidence.erase_evidence(self._case)
        await SnapshotBook(
            self._office.store.database, self._office.store.keyring, self
        ).clear_away(10)
        await super().put(name, content)


async def test_a_new_detection_after_that_brings_the_picture_back(
    office: Office, book: SnapshotBook
) -> None:
    case = await reported(office, HERE)
    await taken(book)
    await office.store.evidence.erase_evidence(case)
    await book.clear_away(10)

    await reported(office, HERE, name="det-2")
    await taken(book)

    assert await book.drawn(case, HERE) == b"drawn picture of a cat"


async def test_pictures_that_are_nearly_the_same_bring_their_cases_together(
    office: Office, book: SnapshotBook
) -> None:
    detections = (
        office.detection(name, item=name, words=None, media=(HERE,)) for name in ("a", "b")
    )
    one, other = [await office.receive(each) for each in detections]

    await taken(book, sketch=SKETCH)

    [like] = await office.store.likeness.like(one, frozenset({"*"}))
    assert (like.case_id, like.kind, like.distance) == (other, LikenessKind.PICTURE, 0)


async def test_what_became_of_a_snapshot_is_in_the_trail(
    office: Office, book: SnapshotBook
) -> None:
    case = await reported(office, HERE, THERE, "https://cdn.example/gone.png")

    await taken(book)

    trail = [
        line for line in await office.store.reads.timeline(case) if line.event == Event.SNAPSHOT
    ]
    assert sorted(line.facts["outcome"] for line in trail) == [
        "not_a_picture", "taken", "turned_down",
    ]  # fmt: skip
    assert "CANARY" not in str(trail)


async def test_no_address_is_written_down_in_the_clear(office: Office, book: SnapshotBook) -> None:
    await reported(office, HERE)

    [wanted] = await book.due(1)

    assert wanted == Wanted(
        snapshot_id=wanted.snapshot_id, case_id=wanted.case_id, media=Media(url=HERE), attempts=1
    )
    assert "CANARY" not in wanted.snapshot_id
