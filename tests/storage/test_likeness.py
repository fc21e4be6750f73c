"""Cases about nearly the same are found, by texts and by pictures; others are not."""

import random

import pytest
from sqlalchemy import func, select

from casework.likeness import LikenessKind
from storage.sketches import NEAR, TRIED, bands, distance, probes, sketch_key, text_sketch
from storage.tables import likeness_bands
from tests.storage.office import Office

WORDS = "you have been chosen to receive a free gift card, click the link before it expires"
EVERYTHING = frozenset({"*"})
PICTURE = "f" * 64


def flipped(sketch: str, bits: int, seed: int = 1) -> str:
    turned = random.Random(seed).sample(range(len(sketch) * 4), bits)
    value = int(sketch, 16)
    for bit in turned:
        value ^= 1 << bit
    return f"{value:0{len(sketch)}x}"


def test_a_small_change_changes_few_bits_and_another_text_many() -> None:
    key = sketch_key(b"k" * 32)
    one, same = text_sketch(key, WORDS), text_sketch(key, WORDS.replace("free", "fine"))
    other = text_sketch(key, "the meeting about the garden fence was moved to next wednesday")

    assert one is not None
    assert same is not None
    assert other is not None
    assert distance(one, same) < 16 < distance(one, other)


def test_without_the_key_a_sketch_is_another() -> None:
    one, other = (text_sketch(sketch_key(name * 32), WORDS) for name in (b"a", b"b"))

    assert one is not None
    assert other is not None
    assert distance(one, other) > 16


def test_a_text_too_short_to_compare_has_no_sketch() -> None:
    assert text_sketch(sketch_key(b"k" * 32), "lol same") is None


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize(("kind", "digits"), [(LikenessKind.TEXT, 16), (LikenessKind.PICTURE, 64)])
def test_everything_that_is_near_shares_a_band_or_nearly(
    kind: LikenessKind, digits: int, seed: int
) -> None:
    sketch = flipped("0" * digits, digits, seed)

    near = flipped(sketch, NEAR[kind], seed + 1)

    assert set(probes(sketch, TRIED[kind])) & set(bands(near))


async def test_near_ones_are_found_nearest_first_and_others_are_not(office: Office) -> None:
    case = await office.opened()
    for number, bits in enumerate((31, 0, 10, 32)):
        other = await office.opened(f"det-{number + 2}", item=f"m-{number + 2}", words="")
        sketch = flipped(PICTURE, bits)
        await office.store.likeness.remember(other, LikenessKind.PICTURE, sketch)
    await office.store.likeness.remember(case, LikenessKind.PICTURE, PICTURE)

    found = await office.store.likeness.like(case, EVERYTHING)

    assert [like.distance for like in found] == [0, 10, 31]


async def test_it_says_what_became_of_the_other_case_and_whose_it_was(office: Office) -> None:
    earlier = await office.opened("det-2", item="m-2", account="acc-2")
    await office.enforce(earlier)
    mine = await office.opened("det-3", item="m-3")
    case = await office.opened()

    found = {like.case_id: like for like in await office.store.likeness.like(case, EVERYTHING)}

    assert (found[earlier].ruling, found[earlier].same_account) == ("enforce", False)
    assert (found[mine].ruling, found[mine].same_account) == (None, True)


async def test_at_most_twenty_are_told_of(office: Office) -> None:
    case = await office.opened()
    for number in range(25):
        await office.opened(f"det-{number + 2}", item=f"m-{number + 2}")

    found = await office.store.likeness.like(case, EVERYTHING)

    assert len(found) == 20


async def test_erasing_the_evidence_forgets_what_it_was_like(office: Office) -> None:
    case = await office.opened()

    await office.store.evidence.erase_evidence(case)

    mine = likeness_bands.c.case_id == case
    async with office.store.database.reading() as tx:
        assert await tx.value(select(func.count()).select_from(likeness_bands).where(mine)) == 0
