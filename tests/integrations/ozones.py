"""A simulated Ozone, the adapter that acts through it, and a clock that only we move."""

from datetime import timedelta
from typing import Any

import httpx
from pydantic import SecretStr

from casework.detection import AccountRef, ItemRef
from casework.records import ActionRecord
from casework.words import ActionKind
from integrations.http import Limits, Outbound
from integrations.ozone.client import Ozone
from integrations.ozone.settings import OzoneSettings
from integrations.ozone.simulator import OzoneSimulatorSettings, app
from tests.integrations.cases import action
from tests.integrations.guilds import Clock

MODERATOR = "did:plc:moderator"
LABELER = "did:plc:labeler"
AUTHOR = AccountRef(id="did:plc:author")
OTHER = AccountRef(id="did:plc:other")
URI = f"at://{AUTHOR.id}/app.bsky.feed.post/3k2yihcrp6f2c"
CID = "bafyreidfayvfuwqa7qlnopdjiqrxzs6blmoeu4rujcjtnci5beludirz2a"
OTHER_CID = "bafyreib2rxk3rybk3aobmv5cjuql3bm2twh4jo5uxgf5cpmzcl2dcmlfny"
RECORD = ItemRef(type="post", id=f"{URI}#{CID}")
PASSWORD = "app-password-of-the-tests"
BASE = "http://pds.example"
SOON = Limits(deadline=timedelta(milliseconds=500))


def settings(base: str = BASE, **given: Any) -> OzoneSettings:
    usual = {
        "base_url": base,
        "identifier": "casework.example",
        "password": SecretStr(PASSWORD),
        "labeler": LABELER,
    }
    return OzoneSettings(**{**usual, **given})


def simulation(**given: Any) -> OzoneSimulatorSettings:
    return OzoneSimulatorSettings(
        identifier="casework.example",
        password=PASSWORD,
        moderator=MODERATOR,
        labeler=LABELER,
        **given,
    )


def ordered(
    kind: ActionKind, *, action_id: str = "a-1", lasts: timedelta | None = None, **more: Any
) -> ActionRecord:
    """An action on a record, or its author."""
    given = action(kind, action_id=action_id, lasts=lasts, item=RECORD, account=AUTHOR)
    return given.model_copy(update=more)


class Network:
    """The adapter, and a simulated Ozone whose events can be looked at. It knows one account, and
    a record of theirs."""

    def __init__(
        self,
        *,
        base: str = BASE,
        transport: httpx.AsyncBaseTransport | None = None,
        clock: Clock | None = None,
        **given: Any,
    ) -> None:
        self.clock = clock or Clock()
        self.transport = transport
        self.http = Outbound(SOON, transport=transport)
        self.ozone = Ozone(self.http, settings(base, **given), clock=self.clock)
        self.client = httpx.AsyncClient(base_url=base, transport=transport, trust_env=False)

    async def settle(self) -> None:
        await self.tell("accounts", did=AUTHOR.id)
        await self.tell("records", uri=URI, cid=CID)

    async def tell(self, what: str, **said: Any) -> None:
        answer = await self.client.post(f"/simulator/{what}", json=said)
        answer.raise_for_status()

    async def breaks(self, mode: str, times: int = 1) -> None:
        await self.tell("faults", mode=mode, next=times)

    async def by_hand(self, event: str, *, record: bool = False, **said: Any) -> None:
        """Another moderator emits an event about the account or its record."""
        account = {"$type": "com.atproto.admin.defs#repoRef", "did": AUTHOR.id}
        post = {"$type": "com.atproto.repo.strongRef", "uri": URI, "cid": CID}
        await self.tell(
            "events",
            event={"$type": f"tools.ozone.moderation.defs#{event}", **said},
            subject=post if record else account,
            createdBy="did:plc:human",
            modTool={"name": "ozone/workspace"},
        )

    async def summary(self) -> dict[str, Any]:
        summary: dict[str, Any] = (await self.client.get("/simulator/summary")).json()
        return summary

    async def happened(self) -> list[str]:
        """The events, without whom they are about."""
        return [each.split()[0] for each in (await self.summary())["happenings"]]

    async def aclose(self) -> None:
        await self.http.aclose()
        await self.client.aclose()


async def simulated(*, page: int = 100, session_s: float = 7_200.0, **given: Any) -> Network:
    """In this process, through the simulator's front door."""
    clock = Clock()
    served = app(simulation(page=page, session_s=session_s), clock=clock)
    network = Network(transport=httpx.ASGITransport(served), clock=clock, **given)
    await network.settle()
    return network
