"""A recall on a real `casework up`, with its worker and its Temporal killed, and a pause.

That it is no faster than it was asked to be is tried here. How much slower a busy machine makes it
is for `python -m benchmarks.recall` to say.
"""

from pathlib import Path

from benchmarks.recall import Size, measure_in_one


async def test_a_recall_survives_kills_and_a_pause_and_leaves_nothing_behind(
    tmp_path: Path,
) -> None:
    size = Size(bad=60, good=6, pace=240)

    measured = await measure_in_one(tmp_path, size)

    assert (measured.cases, measured.not_undone) == (60, 0)
    assert measured.undone >= 60
    assert measured.planned_in_s < 5
    assert measured.pace_held <= 1.1 * measured.pace_asked
    assert measured.begun_after_pause == 0
    assert (measured.strikes_withdrawn, measured.notices_sent, measured.doubled) == (60, 60, 0)
    assert measured.as_if_it_never_ran
