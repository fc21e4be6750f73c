"""Media as a test wants them: by address, with failures first where asked."""

from collections.abc import Mapping, Sequence

from casework.detection import Media
from casework.snapshots import CannotShow, NotShown, Redrawn, Stills


class FakeMedia:
    def __init__(
        self, content: Mapping[str, bytes], *, fails_first: Sequence[Exception] = ()
    ) -> None:
        self.asked: list[str] = []
        self._content = content
        self._failures = list(fails_first)

    async def fetch(self, media: Media) -> bytes:
        self.asked.append(media.url)
        if self._failures:
            raise self._failures.pop(0)
        if media.url not in self._content:
            raise CannotShow(NotShown.TURNED_DOWN)
        return self._content[media.url]


class FakePictureMaker:
    """Takes content for what its first word says: `picture`, `video` or `sound`."""

    def __init__(self, sketch: str | None = None) -> None:
        self._sketch = sketch

    async def redrawn(self, content: bytes) -> Redrawn:
        drawn = Redrawn(kind="png", width=4, height=3, jpeg=b"drawn " + content, sketch=None)
        match content.partition(b" ")[0]:
            case b"picture":
                return drawn.model_copy(update={"sketch": self._sketch})
            case b"video":
                stills = Stills(shown=12, seconds=200)
                return drawn.model_copy(update={"kind": "mp4", "stills": stills})
            case b"sound":
                raise CannotShow(NotShown.SOUND)
        raise CannotShow(NotShown.NOT_A_PICTURE)
