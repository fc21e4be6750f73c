"""What a decision does through Ozone: a takedown of a record or an account, or a label."""

import math
from collections.abc import Sequence
from datetime import timedelta
from typing import Final, Protocol

from casework.errors import Gone, TurnedDown, Unavailable, WrongTarget
from casework.records import ActionRecord
from casework.words import ActionKind, PlatformState
from integrations.ozone.calls import OzoneApi
from integrations.ozone.settings import OzoneSettings
from integrations.ozone.wire import (
    Emission,
    Event,
    EventType,
    EventView,
    RecordName,
    RepoRef,
    SentTool,
    StrongRef,
    ToolMeta,
    is_did,
)
from integrations.standing import Impossible, Standing, standing_of

_HOUR: Final = timedelta(hours=1)


class Effect(Protocol):
    async def carry_out(self, action: ActionRecord) -> None: ...

    async def read_back(self, action: ActionRecord) -> PlatformState: ...

    async def revert(self, action: ActionRecord) -> None:
        """Only asked for what was just read back as applied."""


class Takedown:
    """One takedown stands on a target at a time, and the newest event says whose.

    A removal that comes upon our hiding, or a ban upon our suspension, takes its place: reversed
    and taken down anew under its own mark, so that the weaker one's end finds nothing of its own
    to lift. (Killed between the two, it is still owed and done by the retry.) What a moderator took
    down by hand is left alone, and somebody is asked.

    We lift suspensions ourselves. Ozone is told an end all the same, later than ours: then the
    account sees itself suspended and not taken down for good, and gets free if we are gone.
    """

    def __init__(self, api: OzoneApi, margin: timedelta) -> None:
        self._api = api
        self._margin = margin

    async def carry_out(self, action: ActionRecord) -> None:
        _refuse_a_strangers(action)
        events = await self._events(action)
        match _standing(events, action):
            case Standing.OURS:
                return
            case Standing.ANOTHERS:
                raise TurnedDown("a takedown that is not this action's stands already")
            case Standing.YIELDING:
                # The target was looked at when the weaker one came; taken down, it may not be seen.
                target = _same_target(events[0], action)
                await self._emit(action, self._reversal(action), target, "takes_over")
            case Standing.NOBODYS:
                target = await _judged(self._api, action)
        if not await self._emit(action, self._takedown(action), target):
            await self._explain(action)

    async def _explain(self, action: ActionRecord) -> None:
        """A takedown that was refused: done before, or come too late, or not to be had."""
        events = await self._events(action)
        if self._state(events, action) is not PlatformState.ABSENT:
            return
        if _standing(events, action) is Standing.NOBODYS:
            raise TurnedDown("Ozone refuses the takedown")
        raise Unavailable("somebody took it down meanwhile; to be looked at again")

    async def read_back(self, action: ActionRecord) -> PlatformState:
        return self._state(await self._events(action), action)

    def _state(self, events: Sequence[EventView], action: ActionRecord) -> PlatformState:
        if _standing(events, action) is Standing.OURS:
            return PlatformState.APPLIED
        was_ours = any(_is_by(event, action) for event in events if _takes_down(event))
        return PlatformState.REVERTED if was_ours else PlatformState.ABSENT

    async def revert(self, action: ActionRecord) -> None:
        events = await self._events(action)
        target = _same_target(events[0], action)
        taken = await self._emit(action, self._reversal(action), target, "revert")
        if not taken and await self.read_back(action) is PlatformState.APPLIED:
            raise TurnedDown("Ozone refuses the reversal")

    async def _events(self, action: ActionRecord) -> tuple[EventView, ...]:
        return await self._api.events(_about(action), EventType.TAKEDOWN, EventType.REVERSE)

    async def _emit(
        self,
        action: ActionRecord,
        event: Event,
        target: RepoRef | StrongRef,
        step: str = "",
    ) -> bool:
        return await self._api.emit(await _emission(self._api, action, event, target, step))

    def _takedown(self, action: ActionRecord) -> Event:
        lasts = action.lasts if action.kind is ActionKind.SUSPEND_ACCOUNT else None
        return Event(
            type=EventType.TAKEDOWN,
            comment=_comment(action),
            policies=(action.harm,),
            duration_in_hours=math.ceil((lasts + self._margin) / _HOUR) if lasts else None,
        )

    def _reversal(self, action: ActionRecord) -> Event:
        return Event(type=EventType.REVERSE, comment=_comment(action), policies=(action.harm,))


class Labelling:
    """A label stands when the newest event that names it puts it there, and is ours when that
    event carries our mark. One that a moderator put there by hand is left alone."""

    def __init__(self, api: OzoneApi, settings: OzoneSettings) -> None:
        self._api = api
        self._settings = settings

    async def carry_out(self, action: ActionRecord) -> None:
        _refuse_a_strangers(action)
        label = self._label(action)
        match _standing_label(await self._events(action), label, action):
            case Standing.OURS:
                return
            case Standing.ANOTHERS:
                raise TurnedDown("the label stands already, and is not this action's")
        target = await _judged(self._api, action)
        event = Event(type=EventType.LABEL, comment=_comment(action), create=(label,), negate=())
        taken = await self._api.emit(await _emission(self._api, action, event, target))
        if not taken and await self.read_back(action) is PlatformState.ABSENT:
            raise TurnedDown("Ozone refuses the label")

    async def read_back(self, action: ActionRecord) -> PlatformState:
        events = await self._events(action)
        own = _own_label(events, action)
        if own is None:
            return PlatformState.ABSENT
        stands = _standing_label(events, own.event.create[0], action) is Standing.OURS
        return PlatformState.APPLIED if stands else PlatformState.REVERTED

    async def revert(self, action: ActionRecord) -> None:
        """Takes away what was put there, also if another label would be chosen today."""
        events = await self._events(action)
        own = _own_label(events, action)
        if own is None:
            return
        event = Event(
            type=EventType.LABEL, comment=_comment(action), create=(), negate=own.event.create
        )
        target = _same_target(own, action)
        taken = await self._api.emit(await _emission(self._api, action, event, target, "revert"))
        if not taken and await self.read_back(action) is PlatformState.APPLIED:
            raise TurnedDown("Ozone refuses to take the label away")

    async def _events(self, action: ActionRecord) -> tuple[EventView, ...]:
        return await self._api.events(_about(action), EventType.LABEL)

    def _label(self, action: ActionRecord) -> str:
        if action.kind is ActionKind.AGE_RESTRICT_ITEM:
            return self._settings.age_label
        return self._settings.labels.get(action.harm, self._settings.label)


def _standing(events: Sequence[EventView], action: ActionRecord) -> Standing:
    if not events or not _takes_down(events[0]):
        return Standing.NOBODYS
    return standing_of(events[0].mark, action)


def _takes_down(event: EventView) -> bool:
    return event.event.type == EventType.TAKEDOWN


def _standing_label(events: Sequence[EventView], label: str, action: ActionRecord) -> Standing:
    for each in events:
        if label in each.event.negate:
            return Standing.NOBODYS
        if label in each.event.create:
            return standing_of(each.mark, action)
    return Standing.NOBODYS


def _own_label(events: Sequence[EventView], action: ActionRecord) -> EventView | None:
    own = (each for each in events if _is_by(each, action) and each.event.create)
    return next(own, None)


def _is_by(event: EventView, action: ActionRecord) -> bool:
    return event.mark is not None and event.mark.action_id == action.platform_ref


def _about(action: ActionRecord) -> str:
    """The address of what is acted on. Raises Impossible when it cannot be one of theirs."""
    if not is_did(action.account.id):
        raise Impossible("the account's id is not a DID")
    return action.account.id if action.kind.acts_on_account else _record(action).uri


def _refuse_a_strangers(action: ActionRecord) -> None:
    """Raises WrongTarget when a record is not the account's own: its author is in its address."""
    is_on_record = not action.kind.acts_on_account
    if is_on_record and _record(action).author != action.account.id:
        raise WrongTarget("the record is not by the account that was judged")


def _record(action: ActionRecord) -> RecordName:
    name = RecordName.parse(action.item.id)
    if name is None:
        raise Impossible("the item's id is not at://<DID>/<collection>/<key>")
    return name


async def _judged(api: OzoneApi, action: ActionRecord) -> RepoRef | StrongRef:
    """What is to be acted on, looked at first: a record's address outlives what was judged."""
    about = _about(action)
    if action.kind.acts_on_account:
        if await api.repo(about) is None:
            raise Gone("Ozone knows no such account")
        return RepoRef(did=about)
    found = await api.record(about)
    if found is None:
        raise Gone("Ozone finds no such record")
    judged = _record(action).cid
    if judged and judged != found.cid:
        raise WrongTarget("the record has changed since it was judged")
    return StrongRef(uri=about, cid=found.cid)


def _same_target(event: EventView, action: ActionRecord) -> RepoRef | StrongRef:
    if event.subject.uri is None or event.subject.cid is None:
        return RepoRef(did=action.account.id)
    return StrongRef(uri=event.subject.uri, cid=event.subject.cid)


async def _emission(
    api: OzoneApi,
    action: ActionRecord,
    event: Event,
    target: RepoRef | StrongRef,
    step: str = "",
) -> Emission:
    """`step` tells apart what one action does more than once with events of one type."""
    return Emission(
        event=event,
        subject=target,
        created_by=await api.me(),
        tool=SentTool(meta=ToolMeta(batch_id=action.platform_ref, kind=action.kind)),
        external_id=f"{action.platform_ref}/{step}" if step else action.platform_ref,
    )


def _comment(action: ActionRecord) -> str:
    """For Ozone's moderators: whose action, and on what grounds. No user content."""
    mark = f"casework {action.platform_ref} {action.kind}"
    return f"{mark}: {action.reason}" if action.reason else mark
