"""What the gateway answers, as far as this command reads it. Newer gateways may say more."""

from datetime import datetime

from pydantic import BaseModel, ConfigDict

from casework.words import Outcome, Stage


class _Told(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class Accepted(_Told):
    case_id: str
    detection_id: str
    status: str


class CaseTold(_Told):
    case_id: str
    detection_ids: tuple[str, ...]
    harm: str
    stage: Stage
    outcome: Outcome | None = None
    blocked_on: str | None = None
    deadline: datetime | None = None
    opened_at: datetime
    closed_at: datetime | None = None


class Happened(_Told):
    """A line of a case's timeline."""

    at: datetime
    actor: str
    event: str
    facts: dict[str, str] = {}
