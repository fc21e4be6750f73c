"""What the doors of the inbox share."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from integrations.inbox.faults import Doors
from integrations.inbox.letters import Letters
from integrations.inbox.pages import Pages
from integrations.webhooks.signing import SigningKeys


@dataclass(frozen=True)
class Mailroom:
    """Without `keys` every notice is believed."""

    letters: Letters
    pages: Pages
    doors: Doors
    keys: SigningKeys | None
    clock: Callable[[], datetime]
