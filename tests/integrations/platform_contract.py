"""What every platform's adapter keeps, and every fake of one.

A test module brings its platform as fixtures and inherits the promises that fit:

    @pytest.fixture
    def trial() -> Trial: ...       # any action the platform has, on something that is there
    @pytest.fixture
    def liftable() -> Trial: ...    # one that can be undone
    @pytest.fixture
    def final() -> Trial: ...       # one that cannot

    class TestMine(EveryPlatform, UndoingPlatform): ...
"""

from contextlib import suppress
from dataclasses import dataclass

import pytest

from casework.errors import Gone, Irreversible
from casework.ports import Platform
from casework.records import ActionRecord
from casework.words import PlatformState


@dataclass(frozen=True)
class Trial:
    """A platform, and an action that nobody has asked it for yet."""

    platform: Platform
    action: ActionRecord


class EveryPlatform:
    """Uses the fixture `trial`."""

    async def test_an_action_never_asked_for_is_absent(self, trial: Trial) -> None:
        assert await trial.platform.read_back(trial.action) is PlatformState.ABSENT

    async def test_an_action_carried_out_reads_back_as_applied(self, trial: Trial) -> None:
        await trial.platform.carry_out(trial.action)

        assert await trial.platform.read_back(trial.action) is PlatformState.APPLIED

    async def test_an_action_asked_for_again_stands_as_before(self, trial: Trial) -> None:
        await trial.platform.carry_out(trial.action)

        with suppress(Gone):  # what was taken away is not there a second time
            await trial.platform.carry_out(trial.action)

        assert await trial.platform.read_back(trial.action) is PlatformState.APPLIED

    async def test_undoing_what_was_never_there_leaves_it_absent(self, trial: Trial) -> None:
        await trial.platform.revert(trial.action)

        assert await trial.platform.read_back(trial.action) is PlatformState.ABSENT


class UndoingPlatform:
    """Uses the fixture `liftable`."""

    async def test_an_action_undone_no_longer_stands_also_the_second_time(
        self, liftable: Trial
    ) -> None:
        await liftable.platform.carry_out(liftable.action)

        await liftable.platform.revert(liftable.action)
        await liftable.platform.revert(liftable.action)

        assert await liftable.platform.read_back(liftable.action) is not PlatformState.APPLIED

    async def test_a_merged_action_is_known_by_the_one_it_was_merged_into(
        self, liftable: Trial
    ) -> None:
        platform, first = liftable.platform, liftable.action
        merged = first.model_copy(update={"action_id": f"{first.action_id}-merged"})
        await platform.carry_out(first)

        assert await platform.read_back(merged) is PlatformState.APPLIED
        await platform.revert(merged)

        assert await platform.read_back(first) is not PlatformState.APPLIED


class PlatformWithFinalActions:
    """Uses the fixture `final`."""

    async def test_what_cannot_be_undone_is_said_and_still_stands(self, final: Trial) -> None:
        await final.platform.carry_out(final.action)

        with pytest.raises(Irreversible):
            await final.platform.revert(final.action)

        assert await final.platform.read_back(final.action) is PlatformState.APPLIED
