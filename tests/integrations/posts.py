"""A notice channel and its other end, whichever it is."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from casework.ports import NoticeChannel
from integrations.inbox.letters import Letters
from integrations.scripted import ScriptedChannel


@dataclass
class Post:
    """A channel, and what the other end has by now: account, subject and body."""

    channel: NoticeChannel
    arrived: Callable[[], list[tuple[str | None, str, str]]]


def to_fake(fake: ScriptedChannel) -> Post:
    return Post(fake, lambda: [(one.account.id, one.subject, one.body) for one in fake.sent])


def to_inbox(channel: NoticeChannel, folder: Path) -> Post:
    """Read from the inbox's files: what is not there would not outlive a restart."""
    return Post(
        channel,
        lambda: [
            (one.account, one.subject, one.body) for one in reversed(Letters(folder).newest_first())
        ],
    )
