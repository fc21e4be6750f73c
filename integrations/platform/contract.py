"""The words on the wire between us and a platform. Shared with the simulator, so that both mean
the same; the documentation for platforms follows it."""

from typing import Annotated, Final

from pydantic import BaseModel, Field, StrictStr

from casework.base import Model
from casework.detection import AccountRef, ItemRef
from casework.words import ActionKind, PlatformState

IDEMPOTENCY_KEY: Final = "Idempotency-Key"
CASE: Final = "Casework-Case"

TARGET_GONE: Final = "target_gone"
"""`code` of a 404 (or any 410): the item or account no longer exists. A 404 without it says that
the address is wrong, and means nothing about the target."""

UNKNOWN_ACTION: Final = "unknown_action"
"""`code` of a 404 to a revert: no such action stands here, so there is nothing to undo."""


class PolicyRef(Model):
    harm: str
    version: int


class ActionBody(Model):
    """`POST {platform}/actions`. `duration_s` is left out for an action without an end."""

    action_id: Annotated[str, Field(min_length=1, max_length=200)]
    case_id: str
    decision_id: str
    kind: ActionKind
    item: ItemRef
    account: AccountRef
    duration_s: Annotated[int, Field(gt=0)] | None = None
    policy: PolicyRef
    reason: str = ""


class Named(BaseModel):
    """An item or account as a platform names it; what else it says of it is its own."""

    id: StrictStr
    type: StrictStr | None = None


class StateBody(BaseModel):
    """`GET {platform}/actions/{action_id}`. What else is in the answer is the platform's own.

    A platform that says which `kind`, `item` and `account` it acted on under this id lets us
    notice when an id was used for something else.
    """

    state: PlatformState
    action_id: StrictStr | None = None
    kind: StrictStr | None = None
    item: Named | None = None
    account: Named | None = None


class ProblemBody(BaseModel):
    """What a platform says with a 404 or a 409."""

    code: StrictStr = ""
    action_id: StrictStr | None = None
