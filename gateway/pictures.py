"""What lies beside a review's text: our snapshots of its pictures, and cases like it."""

from casework.errors import NotFound, StaleClaim
from casework.records import Person
from casework.snapshots import Picture
from gateway.answers import ReviewAnswer
from gateway.doors import Doors
from storage.audit_line import Event


class Beside:
    """For the holder of the review alone."""

    def __init__(self, doors: Doors) -> None:
        self._store = doors.store
        self._hidden = doors.settings.media_hidden

    async def of(self, shown: ReviewAnswer, person: Person) -> dict[str, object]:
        """The parts of a review that come from elsewhere than its case."""
        likes = await self._store.likeness.like(shown.case_id, person.harms)
        return {"near_duplicates": likes} | await self.pictures_of(shown)

    async def pictures_of(self, shown: ReviewAnswer) -> dict[str, object]:
        pictures = await self._pictures(shown.case_id, shown.item.media)
        item = shown.item.model_copy(update={"pictures": pictures})
        return {"item": item, "media_hidden": self._hidden}

    async def jpeg(self, person: Person, review_id: str, place: int) -> bytes:
        """The picture at this place, written down as seen.

        Raises:
            StaleClaim: without a live claim on the review.
            NotFound: when there is none to show.
        """
        if await self._store.desk.held(review_id, person) is None:
            raise StaleClaim("this claim does not hold the review, or no longer")
        view = await self._store.reads.review_page(review_id)
        pictures = await self._pictures(view.case_id, view.media)
        shown = [each for each in pictures if each.place == place and each.is_shown]
        if not shown:
            raise NotFound("there is no such picture")
        jpeg = await self._store.snapshots.drawn(view.case_id, shown[0].address)
        facts = {"review_id": view.review_id, "place": str(place)}
        await self._store.audit.write_down(view.case_id, person.id, Event.PICTURE_VIEWED, **facts)
        return jpeg

    async def _pictures(self, case_id: str, addresses: tuple[str, ...]) -> tuple[Picture, ...]:
        if not addresses:
            return ()
        return await self._store.snapshots.pictures(case_id, addresses)
