"""On what a decision rests: a policy's rule, and the narrower ones that a reviewer may name."""

from collections.abc import Iterator
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from casework.base import Model, Slug

Basis = Literal["terms", "law"]
Reference = Annotated[str, Field(min_length=1, max_length=500)]
Explanation = Annotated[str, Field(min_length=1, max_length=2_000)]
DEEPEST = 3


class Cited(Model):
    """One rule, in words for the person concerned (DSA art. 17(3)(d) and (e))."""

    basis: Basis
    reference: Reference
    explanation: Explanation


class Ground(Model):
    """A narrower rule. `basis` left out is that of the rule above."""

    id: Slug
    basis: Basis | None = None
    reference: Reference
    explanation: Explanation
    under: tuple["Ground", ...] = ()


class Grounds(Cited):
    """The rule a policy is about, and the narrower ones under it."""

    under: tuple[Ground, ...] = ()

    @model_validator(mode="after")
    def _tells_each_from_the_others(self) -> Self:
        found = tuple(self.narrower())
        if any(depth > DEEPEST for depth, _ in found):
            raise ValueError(f"grounds are at most {DEEPEST} deep")
        ids = [ground.id for _, ground in found]
        if len(set(ids)) != len(ids):
            raise ValueError("each of the grounds has an id of its own")
        references = [self.reference, *(ground.reference for _, ground in found)]
        if len(set(references)) != len(references):
            raise ValueError("each of the grounds has a reference of its own")
        return self

    def narrower(self) -> Iterator[tuple[int, Ground]]:
        """All of them as one reads them, each with how deep it lies and what it is based on."""
        yield from _below(self.under, self.basis, 1)

    def named(self, ground_id: str | None) -> Cited | None:
        """The rule of this id; the policy's own for None; None if there is no such rule."""
        if ground_id is None:
            return _cited(self)
        return next((_cited(each) for _, each in self.narrower() if each.id == ground_id), None)

    def cited_as(self, reference: str) -> Cited:
        """The rule that goes by this reference; the policy's own if none does."""
        found = (_cited(each) for _, each in self.narrower() if each.reference == reference)
        return next(found, _cited(self))


def _below(grounds: tuple[Ground, ...], basis: Basis, depth: int) -> Iterator[tuple[int, Ground]]:
    for ground in grounds:
        based = ground.model_copy(update={"basis": ground.basis or basis})
        yield depth, based
        yield from _below(ground.under, based.basis or basis, depth + 1)


def _cited(ground: Grounds | Ground) -> Cited:
    assert ground.basis is not None
    return Cited(basis=ground.basis, reference=ground.reference, explanation=ground.explanation)
