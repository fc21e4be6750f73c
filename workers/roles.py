"""What a worker process does: which task queues it serves, with which stories and acts."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from activities.appealing import Appeals
from activities.changing import Changing
from activities.deciding import Deciding
from activities.enforcing import Enforcing
from activities.handing_out import HandingOut
from activities.hearing import Bench
from activities.moving import Moving
from activities.new_ends import NewEnds
from activities.opening import CaseFolder
from activities.pacing import Recalling
from activities.paging import Paging
from activities.screening import Screening
from activities.undoing import Undoing
from workflows.action import Action
from workflows.appeal import Appeal
from workflows.case import EnforcementCase
from workflows.escalation import Escalation
from workflows.recall import Recall

WORKFLOWS: tuple[type, ...] = (EnforcementCase, Action, Appeal, Escalation, Recall)


class Role(StrEnum):
    CASES = "cases"
    CHECKS = "checks"
    MODELS = "models"
    ACTIONS = "actions"
    NOTICES = "notices"
    MEDIA = "media"
    """Has no task queue: what it does stands in the database."""


@dataclass(frozen=True)
class Acts:
    """All activities, built once per process."""

    folder: CaseFolder
    screening: Screening
    deciding: Deciding
    bench: Bench
    enforcing: Enforcing
    paging: Paging
    appeals: Appeals
    new_ends: NewEnds
    undoing: Undoing
    recalling: Recalling
    changing: Changing
    moving: Moving
    handing_out: HandingOut

    def all(self) -> list[Callable[..., Any]]:
        return [
            self.folder.open_case,
            self.folder.conclude,
            self.folder.write_down_block,
            self.screening.screen,
            self.screening.run_check,
            self.deciding.rule,
            self.deciding.hand_over,
            self.deciding.decide_by_default,
            self.bench.accept_submission,
            self.bench.look_at_review,
            self.enforcing.carry_out,
            self.enforcing.take_back,
            self.enforcing.look_at_action,
            self.enforcing.give_to_people,
            self.new_ends.tell_of_change,
            self.paging.page,
            self.paging.resolve_page,
            self.appeals.open_appeal,
            self.appeals.conclude_appeal,
            self.undoing.undo_decision,
            self.recalling.stretch,
            self.recalling.finish,
            self.changing.tell_change,
            self.moving.follow_review,
            self.handing_out.hand_out,
        ]


@dataclass(frozen=True)
class Queue:
    """A task queue. `per_second` caps its activities over all workers; None is no cap."""

    name: str
    workflows: tuple[type, ...] = ()
    per_second: float | None = None


def queues(roles: frozenset[Role], vendor_per_second: float) -> Sequence[Queue]:
    """Story queues run every act too: the fast lane is a local activity there."""
    served = {
        Role.CASES: (Queue("cases", WORKFLOWS), Queue("urgent", WORKFLOWS)),
        Role.CHECKS: (Queue("checks.vendor_moderation", per_second=vendor_per_second),),
        Role.MODELS: (Queue("models"),),
        Role.ACTIONS: (Queue("actions"),),
        Role.NOTICES: (Queue("notices"),),
        Role.MEDIA: (),
    }
    return [queue for role in Role if role in roles for queue in served[role]]
