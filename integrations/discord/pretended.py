"""What the simulated guild answers, without the web around it."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final, TypeVar

from pydantic import JsonValue, ValidationError

from casework.base import Model, Moment
from integrations.discord.guild import Guild, JoinedMember, StandingBan
from integrations.discord.wire import BanOrder, Code

Shape = TypeVar("Shape", bound=Model)
Said = JsonValue
"""The body of a 200; None is a 204."""

_MALFORMED: Final = 50035
_UNKNOWN_GUILD: Final = 10004
_LONGEST_TIMEOUT: Final = timedelta(days=28)
_LONGEST_WINDOW_S: Final = 604_800


class Refused(Exception):
    def __init__(self, status: int, code: int) -> None:
        super().__init__(status, code)
        self.status = status
        self.code = code


class Asked(Model):
    method: str
    reason: str
    body: bytes
    query: dict[str, str]


class _MemberChange(Model):
    communication_disabled_until: Moment | None


class Pretended:
    """Raises Refused with the status and code that the documentation gives."""

    def __init__(self, guild: Guild, guild_id: str, clock: Callable[[], datetime]) -> None:
        self._guild = guild
        self._guild_id = guild_id
        self._clock = clock

    def message(self, asked: Asked, channel: str, message: str) -> Said:
        found = self._guild.messages.get((channel, message))
        if found is None:
            raise Refused(404, Code.UNKNOWN_MESSAGE)
        if asked.method == "GET":
            return {"id": message, "channel_id": channel, "author": {"id": found.author}}
        self._guild.delete_message(channel, message, asked.reason)
        return None

    def member(self, asked: Asked, guild: str, user: str) -> Said:
        self._check(guild)
        found = self._guild.members.get(user)
        if found is None:
            raise Refused(404, Code.UNKNOWN_MEMBER)
        if asked.method != "GET" and found.protected:
            raise Refused(403, Code.MISSING_PERMISSIONS)
        if asked.method == "DELETE":
            self._guild.kick(user, asked.reason)
            return None
        if asked.method == "PATCH":
            self._guild.time_out(user, self._end_of_timeout(asked.body), asked.reason)
        return _shown(self._guild.members[user])

    def ban(self, asked: Asked, guild: str, user: str) -> Said:
        self._check(guild)
        if asked.method == "PUT":
            window = read(BanOrder, asked.body).delete_message_seconds
            if not 0 <= window <= _LONGEST_WINDOW_S:
                raise Refused(400, _MALFORMED)
            self._guild.ban(StandingBan(user=user, reason=asked.reason, deletes_s=window))
            return None
        found = self._guild.bans.get(user)
        if found is None:
            raise Refused(404, Code.UNKNOWN_BAN)
        if asked.method == "GET":
            return {"user": {"id": user}, "reason": found.reason}
        self._guild.unban(user, asked.reason)
        return None

    def _check(self, guild: str) -> None:
        if guild != self._guild_id:
            raise Refused(404, _UNKNOWN_GUILD)

    def _end_of_timeout(self, body: bytes) -> datetime | None:
        until = read(_MemberChange, body).communication_disabled_until
        if until and until > self._clock() + _LONGEST_TIMEOUT:
            raise Refused(400, _MALFORMED)
        return until


def read(shape: type[Shape], body: bytes) -> Shape:
    try:
        return shape.model_validate_json(body)
    except ValidationError:
        raise Refused(400, _MALFORMED) from None


def _shown(member: JoinedMember) -> Said:
    until = member.timed_out_until
    return {
        "user": {"id": member.user},
        "roles": [],
        "joined_at": member.joined_at.isoformat(),
        "communication_disabled_until": until.isoformat() if until else None,
    }
