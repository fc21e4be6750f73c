"""One signed POST per notice."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Self

from pydantic import BaseModel

from casework.detection import AccountRef
from casework.durations import Period
from casework.records import Statement
from casework.words import NoticeKind
from integrations.http import Outbound, Request
from integrations.notice_webhook.settings import NoticeWebhookSettings


class _Notice(BaseModel):
    """What is sent. Every field is there every time, `null` where there is nothing to say."""

    notice_id: str
    decision_id: str
    case_id: str
    kind: NoticeKind
    account: AccountRef
    subject: str
    body: str
    appeal_within: Period | None

    @classmethod
    def of(cls, statement: Statement) -> Self:
        return cls.model_validate(statement.model_dump(include=set(cls.model_fields)))


class NoticeWebhook:
    """The channel `webhook`.

    Signed as Standard Webhooks; `webhook-id` is the notice's id and the body the same every time,
    so whoever receives it can tell a repetition.
    """

    def __init__(
        self,
        http: Outbound,
        settings: NoticeWebhookSettings,
        *,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._http = http
        self._settings = settings
        self._clock = clock

    @property
    def name(self) -> str:
        return "webhook"

    async def send(self, statement: Statement) -> None:
        """Post the notice; any 2xx means that it was taken.

        Raises:
            Unavailable: on a timeout, a 5xx, or a 429, with the wait it names.
            TurnedDown: on a 410, by which an endpoint says that it is no more, and on any other
                refusal.

        Source: Standard Webhooks specification, "Sending" and "Responding".
        """
        content = _Notice.of(statement).model_dump_json().encode()
        signed = self._settings.keys.sign(statement.notice_id, content, at=self._clock())
        headers = {"Content-Type": "application/json", **signed}
        await self._http.post(Request(url=self._settings.url, content=content, headers=headers))
