"""A review on its way to another desk."""

from datetime import datetime
from typing import Protocol, Self

from casework.base import Model, Moment, Slug
from casework.policy_parts import Desk


class Move(Model):
    """Somebody wants a review to lie at this desk. Who and why is in the database."""

    move_id: str
    review_id: str
    desk: Slug


class Laid(Model):
    """Before which desk a review lies, until when, and what one must know to be served it there."""

    desk: Slug
    due_at: Moment
    skill: Slug | None = None

    @classmethod
    def before(cls, desk: Desk, at: datetime) -> Self:
        return cls(desk=desk.desk, due_at=at + desk.within, skill=desk.skill)


class FollowReview(Model):
    """Asks where a review lies by now, once what was wanted of it is done."""

    review_id: str
    at: Moment


class MoveBook(Protocol):
    async def wanted(self, review_id: str) -> Move | None:
        """What was asked for last and is not done yet."""

    async def settle(self, move: Move, laid: Laid) -> None:
        """Lay the review before this desk and end its claim; what was wanted earlier is over too.

        Repeating changes nothing, and nothing happens to a review that is decided.
        """
