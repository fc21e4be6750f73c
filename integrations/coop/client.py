"""Hands reviews to Coop as reports, and reads what it calls back with."""

from typing import Annotated, Final

from pydantic import BaseModel, Field, ValidationError

from casework.base import Moment
from casework.errors import Malformed, Nonsense
from casework.handoffs import Handout
from integrations.addresses import below
from integrations.coop.settings import NAME, CoopSettings
from integrations.http import Outbound, Request
from integrations.strict_json import read_json

API_KEY: Final = "X-API-KEY"
_REPORTER: Final = "casework"
_LONGEST = 255


class _Identifier(BaseModel):
    id: str
    typeId: str  # noqa: N815  (theirs)


class _Reporter(_Identifier):
    kind: str = "user"


class _Content(BaseModel):
    """The fields that the item type at Coop must have."""

    text: str
    itemId: str  # noqa: N815
    itemType: str  # noqa: N815
    accountId: str  # noqa: N815
    harm: str
    dueAt: Moment  # noqa: N815


class _Item(_Identifier):
    data: _Content


class _Why(BaseModel):
    reason: str


class _Report(BaseModel):
    reporter: _Reporter
    reportedAt: Moment  # noqa: N815
    reportedForReason: _Why  # noqa: N815
    reportedItem: _Item  # noqa: N815


class _Accepted(BaseModel):
    reportId: Annotated[str, Field(min_length=1, max_length=_LONGEST)]  # noqa: N815


class Coop:
    """Coop has no idempotency key. Our reference is the reported item's id: Coop gathers reports of
    one item into one job, so a report that is sent twice is one piece of work there.

    `hand_out` raises:
        Unavailable: on a timeout, a 5xx, or a 429.
        TurnedDown: on a 400 (the item type's fields do not fit), 401, 403 or any other refusal.
        Nonsense: on a success without a report id.

    Source: Coop, docs/api/report.md, "Request", "Response".
    """

    def __init__(self, http: Outbound, settings: CoopSettings) -> None:
        self._http = http
        self._settings = settings
        self._url = below(settings.url, "api", "v1", "report")

    @property
    def name(self) -> str:
        return NAME

    async def hand_out(self, handout: Handout) -> str:
        key = self._settings.api_key.get_secret_value()
        request = Request(url=self._url, headers={API_KEY: key})
        reply = await self._http.post_json(request, self._report(handout))
        return reply.parsed_as(_Accepted).reportId

    def _report(self, handout: Handout) -> _Report:
        content = _Content(
            text=handout.text,
            itemId=handout.item.id,
            itemType=handout.item.type,
            accountId=handout.account.id,
            harm=handout.harm,
            dueAt=handout.due_at,
        )
        return _Report(
            reporter=_Reporter(id=_REPORTER, typeId=self._settings.reporter_type),
            reportedAt=handout.asked_at,
            reportedForReason=_Why(reason=handout.harm),
            reportedItem=_Item(id=handout.reference, typeId=self._settings.item_type, data=content),
        )


class _Named(BaseModel):
    id: Annotated[str, Field(min_length=1, max_length=_LONGEST)]


class Acted(BaseModel):
    """What a moderator did there. Without an `actorEmail` a rule did it and no person.

    Source: Coop, docs/api/actions.md, "Field reference"; server/rule_engine/ActionPublisher.ts for
    `decisionReason`, which the documents leave out.
    """

    item: _Named
    action: _Named
    actorEmail: Annotated[str, Field(max_length=_LONGEST)] | None = None  # noqa: N815
    decisionReason: str | None = None  # noqa: N815
    """Written in a job's decision. An action outside of a job has a note instead."""
    actorNote: str | None = None  # noqa: N815

    @property
    def reason(self) -> str:
        return self.decisionReason or self.actorNote or ""

    @property
    def reference(self) -> str:
        return self.item.id


def acted_of(body: bytes) -> Acted:
    """Raises Malformed."""
    try:
        read_json(body)
        return Acted.model_validate_json(body)
    except (ValidationError, Nonsense):
        raise Malformed("not an action of Coop's") from None
