"""What the reconciler does with several things that were left behind."""

import pytest

from casework.errors import NotFound, Unavailable
from workers.reviving import one_by_one


async def test_one_that_cannot_be_mended_keeps_none_behind_it_waiting() -> None:
    mended: list[str] = []

    async def mend(name: str) -> None:
        if name == "lost":
            raise NotFound("no such case")
        mended.append(name)

    await one_by_one(["first", "lost", "last"], mend)

    assert mended == ["first", "last"]


async def test_nobody_is_asked_again_and_again_while_nobody_answers() -> None:
    asked: list[str] = []

    async def mend(name: str) -> None:
        asked.append(name)
        raise Unavailable("not now")

    with pytest.raises(Unavailable):
        await one_by_one(["first", "last"], mend)

    assert asked == ["first"]
