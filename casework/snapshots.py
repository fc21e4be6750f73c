"""Our own snapshots of pictures and videos: what is asked for, what came of it, who sees to it."""

from enum import StrEnum
from typing import Annotated, Protocol

from pydantic import Field

from casework.base import Model
from casework.detection import Media
from casework.errors import Permanent


class SnapshotState(StrEnum):
    WANTED = "wanted"
    """Not there yet; it is tried again and again."""
    TAKEN = "taken"
    """Ours, also where it cannot be shown: then `failure` says why."""
    FAILED = "failed"
    """Given up; `failure` says why."""
    ERASED = "erased"


class NotShown(StrEnum):
    """Why there is nothing to look at. Stable words, shown as sentences."""

    NOT_FETCHED = "not_fetched"
    """This installation fetches nothing from there: the host is not on its list."""
    UNAVAILABLE = "unavailable"
    TURNED_DOWN = "turned_down"
    TOO_LARGE = "too_large"
    OTHER_CONTENT = "other_content"
    """What is there now is not what the detector saw: its SHA-256 is another."""
    NOT_A_PICTURE = "not_a_picture"
    """Nor a video that we draw."""
    SOUND = "sound"
    """Nothing in it is to be seen; it has to be heard where it came from."""
    UNDECODABLE = "undecodable"


class CannotShow(Permanent):
    """There is nothing to look at, and trying again would not change it."""

    code = "cannot_show"

    def __init__(self, why: NotShown) -> None:
        super().__init__(f"a picture that cannot be shown: {why.value}")
        self.why = why


class Wanted(Model):
    """A snapshot to be taken now; `attempts` counts this one."""

    snapshot_id: str
    case_id: str
    media: Media
    attempts: int


class Stills(Model):
    """What of a video is on its sheet: stills evenly spread over its length, in their order.

    `missed` counts the places at which nothing could be read: what is there, nobody here has seen.
    """

    shown: Annotated[int, Field(ge=1)]
    missed: Annotated[int, Field(ge=0)] = 0
    seconds: Annotated[int, Field(ge=1)]
    """As counted frame by frame, not as the file says."""


class Pixels(Model):
    """A picture, or the sheet of a video, as nothing but its points: three bytes each, by rows."""

    kind: str
    """What the original was: `jpeg`, `png`, `gif`, `webp`, `mp4`, `mov`, `webm`, `mkv`."""
    width: int
    height: int
    rgb: bytes
    stills: Stills | None = None


class Redrawn(Model):
    """A picture made anew, safe to look at; `sketch` is its PDQ hash if that is worth keeping."""

    kind: str
    width: int
    height: int
    jpeg: bytes
    sketch: str | None
    stills: Stills | None = None


class Picture(Model):
    """What a reviewer can see of one media address."""

    place: int
    address: str
    state: SnapshotState
    failure: NotShown | None = None
    kind: str | None = None
    width: int | None = None
    height: int | None = None
    stills: Stills | None = None
    """Of a video alone: what is shown is its sheet."""

    @property
    def is_shown(self) -> bool:
        return self.state is SnapshotState.TAKEN and self.failure is None


class MediaSource(Protocol):
    async def fetch(self, media: Media) -> bytes:
        """What is at the address now. Raises Unavailable; CannotShow."""


class PictureMaker(Protocol):
    async def redrawn(self, content: bytes) -> Redrawn:
        """The picture made anew from its points.

        Raises:
            CannotShow: not a picture we know how to draw, broken, or more than we will decode.
            Unavailable: it could not be tried.
        """
