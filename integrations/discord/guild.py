"""What the simulated guild holds, and the tally of what really happened in it."""

from collections import Counter
from datetime import datetime

from casework.base import Model, Moment
from integrations.discord.wire import Snowflake


class PostedMessage(Model):
    channel: Snowflake
    message: Snowflake
    author: Snowflake
    content: str = ""


class JoinedMember(Model):
    """`protected` are the owner and administrators, on whom no bot may act; `closed` are those who
    take no direct messages."""

    user: Snowflake
    joined_at: Moment
    timed_out_until: Moment | None = None
    protected: bool = False
    closed: bool = False


class StandingBan(Model):
    user: Snowflake
    reason: str | None = None
    deletes_s: int = 0


class Happening(Model):
    """Something that really changed: delete, timeout, release, kick, ban, unban or tell."""

    what: str
    target: str
    reason: str


class Guild:
    """Messages by channel and id, members, and bans."""

    def __init__(self) -> None:
        self.messages: dict[tuple[str, str], PostedMessage] = {}
        self.members: dict[str, JoinedMember] = {}
        self.bans: dict[str, StandingBan] = {}
        self.happenings: list[Happening] = []

    @property
    def doubled(self) -> list[str]:
        """What happened more than once on one target with the same reason."""
        tally = Counter((each.what, each.target, each.reason) for each in self.happenings)
        return [f"{what} {target}" for (what, target, _), times in tally.items() if times > 1]

    def post(self, message: PostedMessage) -> None:
        self.messages[message.channel, message.message] = message

    def join(self, member: JoinedMember) -> None:
        self.members[member.user] = member

    def delete_message(self, channel: str, message: str, reason: str) -> None:
        del self.messages[channel, message]
        self._note("delete", f"{channel}/{message}", reason)

    def time_out(self, user: str, until: datetime | None, reason: str) -> None:
        changed = self.members[user].model_copy(update={"timed_out_until": until})
        self.members[user] = changed
        self._note("timeout" if until else "release", user, reason)

    def kick(self, user: str, reason: str) -> None:
        del self.members[user]
        self._note("kick", user, reason)

    def ban(self, ban: StandingBan) -> None:
        """Who is banned already stays banned for the first reason."""
        if ban.user in self.bans:
            return
        self.members.pop(ban.user, None)
        self.bans[ban.user] = ban
        self._note("ban", ban.user, ban.reason or "")

    def unban(self, user: str, reason: str) -> None:
        del self.bans[user]
        self._note("unban", user, reason)

    def tell(self, message: PostedMessage, user: str) -> None:
        self.post(message)
        self._note("tell", user, message.content)

    def in_channel(self, channel: str) -> list[PostedMessage]:
        """The newest first."""
        found = (each for each in self.messages.values() if each.channel == channel)
        return sorted(found, key=lambda each: int(each.message), reverse=True)

    def _note(self, what: str, target: str, reason: str) -> None:
        self.happenings.append(Happening(what=what, target=target, reason=reason))
