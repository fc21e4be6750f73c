"""What several people's answers to one question make of each other.

One who may decide alone decides. Otherwise two have to agree, the second without knowing what the
first said. Where they differ, somebody further up sees both answers and decides; two have to agree
even then on what nobody may decide alone, and either of the first two may be one of them.
"""

from collections.abc import Iterable
from enum import StrEnum

from casework.records import Submission


class Weight(StrEnum):
    COUNTS = "counts"
    WAITS = "waits"
    """For one more person, at the same desk."""
    GOES_UP = "goes_up"


def weighed(answer: Submission, earlier: Iterable[Submission], people: int) -> Weight:
    """What becomes of an answer that so many people have to give, after those kept before.

    Only the first two can send a question up, so it goes up once at most.
    """
    said = {ruled(each) for each in earlier if each.by.id != answer.by.id}
    if ruled(answer) in said:
        return Weight.COUNTS
    if len(said) == 1:
        return Weight.GOES_UP
    return Weight.COUNTS if people == 1 else Weight.WAITS


def differ(answers: Iterable[Submission]) -> bool:
    return len({ruled(each) for each in answers}) > 1


def ruled(answer: Submission) -> tuple[object, ...]:
    """What two people have to say alike: not on what grounds, nor how sure they are."""
    return answer.verdict, frozenset(answer.measures)
