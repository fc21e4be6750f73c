"""Recalls as people plan, approve and steer them. The same for /v1 and for the console."""

from datetime import timedelta
from enum import StrEnum
from typing import Annotated, Self

import structlog
from pydantic import Field, model_validator

from casework.base import Model, Moment, Name, Slug
from casework.errors import NotFound, Unavailable
from casework.recalls import (
    RecallFilter,
    RecallReport,
    RecallStart,
    RecallState,
    RecallView,
    Request,
)
from casework.records import Person
from gateway.doors import Doors

_log = structlog.get_logger("gateway")


class Confirmation(StrEnum):
    EVERYTHING = "everything"


class RecallBody(Model):
    """Which bad version to recall. Everything named must fit; nothing named is everything."""

    detector: Name | None = None
    detector_version: Name | None = None
    policy: Slug | None = None
    policy_version: Annotated[int, Field(ge=1, strict=True)] | None = None
    since: Moment | None = None
    until: Moment | None = None
    pace: Annotated[int, Field(ge=1, strict=True)] | None = None
    """Cases a minute."""
    sample: Annotated[int, Field(ge=0, le=100, strict=True)] = 10
    confirm: Confirmation | None = None
    """`everything`: the filter is meant to match everything."""

    @model_validator(mode="after")
    def _names_what_it_bounds(self) -> Self:
        RecallFilter.model_validate(self.filter)
        return self

    @property
    def filter(self) -> RecallFilter:
        return RecallFilter(
            **self.model_dump(include=set(RecallFilter.model_fields), exclude_none=True)
        )


class ApprovalBody(Model):
    digest: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")] | None = None
    """That of the plan which was read; another one is refused."""


class SampleCase(Model):
    case_id: str
    url: str


class RecallAnswer(RecallView):
    """A recall, with addresses to look its cases up. `takes_s` is an estimate."""

    url: str
    takes_s: float
    sample_cases: tuple[SampleCase, ...]
    not_undone: tuple[SampleCase, ...]


class RecallPage(Model):
    items: tuple[RecallAnswer, ...]
    next: None = None


class RecallDesk:
    def __init__(self, doors: Doors) -> None:
        self._doors = doors
        self._book = doors.store.recalls
        self._limits = doors.settings.recalls

    async def plan(self, person: Person, body: RecallBody) -> RecallView:
        """Find and store what would be recalled; nothing moves. A pace beyond the cap is cut.

        Raises:
            ConfirmationNeeded, Forbidden, Malformed.
        """
        request = Request(
            filter=body.filter,
            pace=min(body.pace or self._limits.pace, self._limits.fastest),
            sample=body.sample,
            everything=body.confirm is Confirmation.EVERYTHING,
            valid_for=self._limits.plan_valid,
        )
        return await self._book.plan(request, person)

    async def view(self, person: Person, recall_id: str) -> RecallView:
        return await self._book.view(recall_id, person)

    async def latest(self, person: Person) -> list[RecallView]:
        return await self._book.latest(person)

    async def report(self, person: Person, recall_id: str) -> RecallReport:
        """Raises NotFound while there is none yet."""
        view = await self._book.view(recall_id, person)
        if view.report is None:
            raise NotFound("the recall is not finished")
        return view.report

    async def approve(self, person: Person, recall_id: str, digest: str | None) -> RecallView:
        return await self._book.approve(recall_id, person, digest)

    async def start(self, person: Person, recall_id: str) -> RecallView:
        """On record first, then told to its story: the reconciler tells what this could not."""
        view = await self._book.start(recall_id, person)
        if view.state is not RecallState.FINISHED:
            await self._doors.stories.recall(self._start(view))
        return view

    async def pause(self, person: Person, recall_id: str) -> RecallView:
        view = await self._book.pause(recall_id, person)
        await self._let_it_look(recall_id)
        return view

    async def resume(self, person: Person, recall_id: str) -> RecallView:
        view = await self._book.resume(recall_id, person)
        await self._let_it_look(recall_id)
        return view

    async def acknowledge(self, person: Person, recall_id: str, reason: str) -> None:
        """Raises NotFound when nobody was called, or it is over."""
        await self._book.view(recall_id, person)
        await self._doors.stories.acknowledge(recall_id, reason, person.id)

    def answer(self, view: RecallView) -> RecallAnswer:
        places = self._doors.settings.places
        left = view.report.not_undone if view.report else ()
        return RecallAnswer(
            **{name: getattr(view, name) for name in RecallView.model_fields},
            takes_s=view.takes / timedelta(seconds=1),
            url=places.recall(view.recall_id),
            sample_cases=tuple(SampleCase(case_id=c, url=places.case(c)) for c in view.sample),
            not_undone=tuple(
                SampleCase(case_id=each.case_id, url=places.case(each.case_id)) for each in left
            ),
        )

    async def _let_it_look(self, recall_id: str) -> None:
        """The database has the word already, and the story looks there by itself."""
        try:
            await self._doors.stories.recall_changed(recall_id)
        except Unavailable:
            _log.warning("recall_not_told", recall_id=recall_id)

    def _start(self, view: RecallView) -> RecallStart:
        places = self._doors.settings.places
        return RecallStart(
            recall_id=view.recall_id,
            pace=view.pace,
            detector=view.filter.detector or "",
            console_url=places.recall(view.recall_id),
            runbook_url=places.runbook("recall_blocked"),
        )
