"""Asks the platform to act, to undo, and what is so. Only the last of these is believed."""

from collections.abc import Callable
from datetime import UTC, datetime
from http import HTTPStatus

from pydantic import BaseModel

from casework.errors import Gone, Nonsense, TurnedDown, WrongTarget
from casework.records import ActionRecord
from casework.words import PlatformState
from integrations.addresses import below
from integrations.http import Outbound, Reply, Request, json_bytes
from integrations.platform.contract import (
    CASE,
    IDEMPOTENCY_KEY,
    TARGET_GONE,
    UNKNOWN_ACTION,
    ActionBody,
    PolicyRef,
    ProblemBody,
    StateBody,
)
from integrations.platform.settings import PlatformSettings
from integrations.webhooks.signing import SigningKeys

_MEANINGFUL = frozenset({HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT, HTTPStatus.GONE})


class HttpPlatform:
    """The generic adapter. Everything it sends may be sent again: the platform knows an action by
    its id and acts on it once."""

    def __init__(
        self,
        http: Outbound,
        settings: PlatformSettings,
        *,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        secrets = [key.get_secret_value() for key in settings.signing_keys]
        self._http = http
        self._actions = below(settings.base_url, "actions")
        self._keys = SigningKeys(secrets) if secrets else None
        self._clock = clock

    async def carry_out(self, action: ActionRecord) -> None:
        """Ask for the effect. Returning says only that the platform took the request, or has this
        very action already; `read_back` says whether it is so.

        Raises:
            Unavailable: no answer, 429 or 5xx; the effect may be there all the same.
            TurnedDown: any other refusal, also a 409 about another action.
            Gone: the item or account does not exist any more.
        """
        reply = await self._post(self._actions, action.action_id, action, _body(action))
        if reply is None or reply.status < HTTPStatus.MULTIPLE_CHOICES:
            return
        problem = _problem(reply)
        if reply.status == HTTPStatus.CONFLICT and problem.action_id == action.action_id:
            return
        raise _refusal(reply, problem)

    async def revert(self, action: ActionRecord) -> None:
        """Ask to undo what stands at the platform as `platform_ref`. Undoing twice, or what was
        never there, is no error; `read_back` says what is so. Raises as `carry_out`."""
        reference = action.platform_ref
        url = below(self._actions, reference, "revert")
        reply = await self._post(url, f"{reference}/revert", action, None)
        if reply is None or reply.status < HTTPStatus.MULTIPLE_CHOICES:
            return
        problem = _problem(reply)
        if reply.status == HTTPStatus.CONFLICT and problem.action_id == reference:
            return
        if reply.status == HTTPStatus.NOT_FOUND and problem.code == UNKNOWN_ACTION:
            return
        raise _refusal(reply, problem)

    async def read_back(self, action: ActionRecord) -> PlatformState:
        """What stands at the platform as `platform_ref`; a 404 is `absent`.

        Raises:
            Unavailable: no answer.
            TurnedDown: a refusal other than 404.
            Nonsense: any other word than applied, reverted, absent, or another action's state.
            WrongTarget: under this id the platform did something else, or to somebody else.
        """
        url = below(self._actions, action.platform_ref)
        request = Request(
            url=url,
            headers=self._headers(action.platform_ref, action, b""),
            accepts=frozenset({HTTPStatus.NOT_FOUND}),
        )
        reply = await self._http.get(request)
        if reply.status == HTTPStatus.NOT_FOUND:
            return PlatformState.ABSENT
        told = reply.parsed_as(StateBody)
        if told.action_id not in (None, action.platform_ref):
            raise Nonsense("the platform answered about another action")
        if not _is_about(told, action):
            raise WrongTarget("the platform used this action id for something else")
        return told.state

    async def _post(
        self, url: str, key: str, action: ActionRecord, body: BaseModel | None
    ) -> Reply | None:
        """None when the platform took it and what it said is of no use: too long or broken off.
        It does not matter, since nothing but the read-back counts."""
        content = json_bytes(body) if body else b""
        headers = {"Content-Type": "application/json", **self._headers(key, action, content)}
        request = Request(url=url, content=content, headers=headers, accepts=_MEANINGFUL)
        try:
            return await self._http.post(request)
        except Nonsense:
            return None

    def _headers(self, key: str, action: ActionRecord, content: bytes) -> dict[str, str]:
        signed = self._keys.sign(key, content, at=self._clock()) if self._keys else {}
        return {IDEMPOTENCY_KEY: key, CASE: action.case_id, **signed}


def _body(action: ActionRecord) -> ActionBody:
    return ActionBody(
        action_id=action.action_id,
        case_id=action.case_id,
        decision_id=action.decision_id,
        kind=action.kind,
        item=action.item,
        account=action.account,
        duration_s=max(1, round(action.lasts.total_seconds())) if action.lasts else None,
        policy=PolicyRef(harm=action.harm, version=action.policy_version),
        reason=action.reason,
    )


def _is_about(told: StateBody, action: ActionRecord) -> bool:
    """Whether what the platform did under this id is ours, as far as it says. Sibling cases share
    an effect on one account because of different items, so there the account alone counts."""
    if told.kind not in (None, action.kind.value):
        return False
    if action.kind.acts_on_account:
        return told.account is None or told.account.id == action.account.id
    if told.item is None:
        return True
    return told.item.id == action.item.id and told.item.type in (None, action.item.type)


def _problem(reply: Reply) -> ProblemBody:
    """A refusal nobody can read is still a refusal, of no particular kind."""
    try:
        return reply.parsed_as(ProblemBody)
    except Nonsense:
        return ProblemBody()


def _refusal(reply: Reply, problem: ProblemBody) -> Gone | TurnedDown:
    if reply.status == HTTPStatus.GONE:
        return Gone("the platform says that the target no longer exists")
    if reply.status == HTTPStatus.NOT_FOUND and problem.code == TARGET_GONE:
        return Gone("the platform says that the target no longer exists")
    return TurnedDown(f"the platform answered {reply.status}")
