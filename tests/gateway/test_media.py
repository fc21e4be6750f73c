"""Pictures on the review page: from our snapshot, for the holder alone, hidden until asked for."""

from typing import Any

import pytest

from casework.snapshots import NotShown, Picture, Redrawn, SnapshotState, Stills
from gateway.console.evidence import not_shown
from gateway.console.texts import texts_in
from gateway.console.wording import Wording
from integrations.media.fake import FakeMedia, FakePictureMaker
from storage.audit_line import Event
from storage.engine import utc_now
from tests.gateway.browser import browser
from tests.gateway.conftest import Opening
from tests.gateway.counter import SETTINGS, Counter
from workers.pictures import Photographer

CAT, FILM, GONE = (f"https://cdn.example/{name}" for name in ("cat.png", "film.mp4", "gone.png"))
SONG, PAPER = (f"https://cdn.example/{name}" for name in ("song.mp3", "paper.pdf"))
CONTENT = {CAT: b"picture of a cat", FILM: b"video", SONG: b"sound", PAPER: b"paper"}


async def in_review(counter: Counter, *media: Any) -> str:
    """The path of a review whose pictures are taken; rita holds it."""
    await counter.in_review(item={"type": "post", "id": "p-1", "media": list(media)})
    photographer = Photographer(counter.store.snapshots, FakeMedia(CONTENT), FakePictureMaker())
    while await photographer.take_what_is_due():
        pass
    claimed = await counter.claim()
    return f"/console/reviews/{claimed.json()['review_id']}"


async def test_the_holder_sees_the_picture_as_we_drew_it(counter: Counter) -> None:
    review = await in_review(counter, CAT)

    async with browser(counter, "rita") as rita:
        page = await rita.open(review)
        picture = await rita.open(f"{review}/media/0")

    assert f'src="{review}/media/0"' in page.text
    assert f'src="{CAT}"' not in page.text
    assert (picture.status_code, picture.content) == (200, b"drawn picture of a cat")
    assert picture.headers["content-type"] == "image/jpeg"
    assert picture.headers["content-security-policy"] == "sandbox; default-src 'none'"
    assert picture.headers["x-content-type-options"] == "nosniff"
    assert picture.headers["cache-control"] == "no-store"
    assert picture.headers["content-disposition"] == "inline"


async def test_each_look_at_a_picture_is_in_the_trail(counter: Counter) -> None:
    review = await in_review(counter, CAT)

    async with browser(counter, "rita") as rita:
        await rita.open(f"{review}/media/0")
        await rita.open(f"{review}/media/0")

    assert await counter.audited(Event.PICTURE_VIEWED) == 2


@pytest.mark.parametrize("who", ["rolf", "lena"])
async def test_nobody_else_sees_it(counter: Counter, who: str) -> None:
    review = await in_review(counter, CAT)

    async with browser(counter, who) as other:
        answer = await other.open(f"{review}/media/0")

    assert answer.status_code == 412
    assert b"picture of a cat" not in answer.content
    assert await counter.audited(Event.PICTURE_VIEWED) == 0


@pytest.mark.parametrize("place", ["1", "-1", "99999999999999999999"])
async def test_a_place_without_a_picture_is_not_found(counter: Counter, place: str) -> None:
    review = await in_review(counter, CAT)

    async with browser(counter, "rita") as rita:
        answer = await rita.open(f"{review}/media/{place}")

    assert answer.status_code == 404


async def test_a_picture_begins_blurred(counter: Counter) -> None:
    review = await in_review(counter, CAT)

    async with browser(counter, "rita") as rita:
        page = await rita.open(review)

    assert 'value="hidden" autocomplete="off" checked' in page.text
    assert 'value="colour" autocomplete="off">' in page.text


async def test_a_video_is_a_sheet_of_stills_that_begins_blurred(counter: Counter) -> None:
    review = await in_review(counter, CAT, FILM)

    async with browser(counter, "rita") as rita:
        page = await rita.open(review)
        sheet = await rita.open(f"{review}/media/1")

    assert "12 stills of a video, 3:20 long, no sound" in page.text
    assert page.text.count('value="hidden" autocomplete="off" checked') == 2
    assert "could not be read" not in page.text
    assert (sheet.headers["content-type"], sheet.content) == ("image/jpeg", b"drawn video")
    assert "<video" not in page.text
    assert "<audio" not in page.text


@pytest.mark.parametrize(
    ("seconds", "said"), [(7, "0:07 long"), (200, "3:20 long"), (3_723, "1:02:03 long")]
)
def test_a_length_is_said_as_a_clock_says_it(seconds: int, said: str) -> None:
    wording = Wording(texts_in("en"), utc_now)

    assert said in wording.sheet(Stills(shown=12, seconds=seconds))


async def test_what_nobody_could_read_of_a_video_is_said(counter: Counter) -> None:
    await counter.in_review(item={"type": "post", "id": "p-1", "media": [FILM]})
    [wanted] = await counter.store.snapshots.due(1)
    stills = Stills(shown=5, missed=7, seconds=60)
    drawn = Redrawn(kind="mp4", width=4, height=3, jpeg=b"jpeg", sketch=None, stills=stills)
    await counter.store.snapshots.keep(wanted, b"video", drawn)
    claimed = await counter.claim()

    async with browser(counter, "rita") as rita:
        page = await rita.open(f"/console/reviews/{claimed.json()['review_id']}")

    assert "5 stills of a video, 1:00 long, no sound" in page.text
    assert "At 7 places it could not be read." in page.text


async def test_an_installation_may_show_pictures_at_once(opening: Opening) -> None:
    counter = opening(SETTINGS.model_copy(update={"media_hidden": False}))
    review = await in_review(counter, CAT)

    async with browser(counter, "rita") as rita:
        page = await rita.open(review)

    assert 'value="colour" autocomplete="off" checked' in page.text


async def test_what_cannot_be_shown_says_why(counter: Counter) -> None:
    review = await in_review(counter, PAPER, SONG, {"url": GONE, "type": "image/png"})

    async with browser(counter, "rita") as rita:
        page = await rita.open(review)

    assert "Documents are never opened here" in page.text
    assert "it is sound" in page.text
    assert "has to be heard where it was posted" in page.text
    assert "there is nothing for us at the address" in page.text
    assert "<img" not in page.text


async def test_before_it_is_there_the_page_says_so(counter: Counter) -> None:
    await counter.in_review(item={"type": "post", "id": "p-1", "media": [CAT]})
    claimed = await counter.claim()

    async with browser(counter, "rita") as rita:
        page = await rita.open(f"/console/reviews/{claimed.json()['review_id']}")

    assert "Not fetched yet" in page.text


async def test_the_api_says_how_each_picture_stands(counter: Counter) -> None:
    review = await in_review(counter, CAT, FILM, PAPER)

    answer = await counter.ask("rita", "GET", review.replace("/console", "/v1"))

    states = [(each["state"], each["failure"]) for each in answer.json()["item"]["pictures"]]
    stills = [each["stills"] for each in answer.json()["item"]["pictures"]]
    assert states == [("taken", None), ("taken", None), ("taken", "not_a_picture")]
    assert stills == [None, {"shown": 12, "missed": 0, "seconds": 200}, None]


async def test_a_host_that_is_listed_by_now_is_tried_again(counter: Counter) -> None:
    address = "https://cdn.example/late.png"
    await counter.in_review(item={"type": "post", "id": "p-1", "media": [address, "/else.png"]})
    for wanted in await counter.store.snapshots.due(5):
        await counter.store.snapshots.give_up(wanted, NotShown.NOT_FETCHED)

    async def asked_again(host: str) -> int:
        answer = await counter.ask("lena", "POST", "/v1/media/again", json={"host": host})
        return int(answer.json()["asked_again"])

    others = [await asked_again(host) for host in ("other.example", "cdn.example:8443")]
    theirs = [await asked_again(host) for host in ("*.example", "cdn.example")]

    assert (others, theirs) == ([0, 0], [1, 0])
    assert [wanted.media.url for wanted in await counter.store.snapshots.due(5)] == [address]


@pytest.mark.parametrize("host", ["", "https://cdn.example/", "cdn.example/x", "a b", "*"])
async def test_what_is_no_host_is_refused(counter: Counter, host: str) -> None:
    answer = await counter.ask("otto", "POST", "/v1/media/again", json={"host": host})

    assert (answer.status_code, answer.json()["code"]) == (422, "malformed")


@pytest.mark.parametrize("failure", [None, *NotShown])
@pytest.mark.parametrize("state", SnapshotState)
def test_every_state_has_a_sentence(state: SnapshotState, failure: NotShown | None) -> None:
    said = not_shown(Picture(place=0, address=CAT, state=state, failure=failure))

    assert said.endswith(".")
