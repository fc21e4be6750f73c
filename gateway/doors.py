"""Everything the gateway is given by whoever builds the process."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import cast

from starlette.requests import HTTPConnection

from activities.whoever_asked import WhoeverAsked
from casework.duties import Duties
from gateway.lookout import Lookout
from gateway.ports import Callback, Codec, IdentityProvider, Stories
from gateway.settings import GatewaySettings
from storage.appeal_links import AppealTokens
from storage.engine import utc_now
from storage.keys import Keyring
from storage.store import Store


@dataclass(frozen=True)
class Doors:
    """`codec` is None where nobody may read payloads through this gateway."""

    store: Store
    stories: Stories
    keyring: Keyring
    settings: GatewaySettings
    codec: Codec | None = None
    callbacks: Mapping[str, Callback] = field(default_factory=dict)
    """By the name in `/v1/callbacks/<name>`."""
    identities: IdentityProvider | None = None
    """Where staff may sign in besides here."""
    duties: Duties = field(default_factory=Duties)
    """What law asks, by place; the appeal page tells where else one can turn."""
    clock: Callable[[], datetime] = utc_now

    @property
    def whoever_asked(self) -> WhoeverAsked:
        return WhoeverAsked(self.store, self.stories, self.clock)

    @cached_property
    def lookout(self) -> Lookout:
        return Lookout(self.store, self.settings, self.clock)

    @property
    def appeal_tokens(self) -> AppealTokens:
        return AppealTokens(self.keyring.tokens, self.settings.public_url)


def doors_of(connection: HTTPConnection) -> Doors:
    return cast(Doors, connection.app.state.doors)
