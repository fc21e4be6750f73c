"""Notices over Matrix: what the fake and a real Synapse both keep, and lost answers."""

import json
from collections.abc import AsyncIterator

import httpx
import pytest
from pydantic import SecretStr

from casework.detection import AccountRef
from casework.errors import Gone, TurnedDown, Unavailable
from casework.records import Statement
from casework.words import ActionKind
from integrations.matrix.fake import FakeMatrixNotices
from integrations.matrix.homeserver import NOTICES, Homeserver
from integrations.matrix.notices import MatrixNotices
from integrations.matrix.settings import MatrixSettings
from tests.integrations.cases import ACCOUNT, statement
from tests.integrations.homeservers import Neighbourhood, Person, part
from tests.integrations.homeservers import ordered as action_on
from tests.integrations.strangers import outbound_to

ANN = "@ann:casework.example"


@pytest.fixture
async def here(homeserver: Homeserver) -> AsyncIterator[Neighbourhood]:
    here = await Neighbourhood.settled(homeserver)
    yield here
    await here.aclose()


@pytest.fixture
def channel(here: Neighbourhood) -> MatrixNotices:
    return MatrixNotices(here.http, here.settings())


def to(person: Person, notice_id: str) -> Statement:
    """With an id that no other test has: the homeserver is the same for all."""
    account = AccountRef(id=person.id)
    return statement(notice_id=f"{notice_id}.{person.id[1:].partition(':')[0]}", account=account)


async def read(here: Neighbourhood) -> list[str]:
    notices = await here.ann.notices(here.homeserver.full_id(NOTICES))
    return [each["body"] for each in notices]


# -- what both keep ------------------------------------------------------------------------------


async def test_a_notice_arrives_as_it_is_and_sent_twice_is_seen_once(
    here: Neighbourhood, channel: MatrixNotices
) -> None:
    await channel.send(to(here.ann, "n-1"))
    await channel.send(to(here.ann, "n-1"))

    assert channel.name == "matrix"
    assert await read(here) == [
        "We removed your message\n\nGood day,\n\nwe removed a message of yours.\n"
    ]


async def test_the_fake_keeps_the_same() -> None:
    fake = FakeMatrixNotices(fails_first=[Unavailable("not now")])

    with pytest.raises(Unavailable):
        await fake.send(statement())
    await fake.send(statement())
    await fake.send(statement())

    assert fake.name == "matrix"
    assert [each.account for each in fake.sent] == [ACCOUNT]


async def test_two_notices_are_two_even_with_the_same_words(
    here: Neighbourhood, channel: MatrixNotices
) -> None:
    await channel.send(to(here.ann, "n-1"))
    await channel.send(to(here.ann, "n-2"))

    assert len(await read(here)) == 2


# -- who can be reached ----------------------------------------------------------------------------


async def test_a_suspended_account_reads_why(here: Neighbourhood, channel: MatrixNotices) -> None:
    item = here.message("$none")
    await here.matrix.carry_out(action_on(ActionKind.SUSPEND_ACCOUNT, item, here.ann.id))

    await channel.send(to(here.ann, "n-1"))

    assert len(await read(here)) == 1


async def test_a_banned_account_reads_why_once_it_is_let_in_again(
    here: Neighbourhood, channel: MatrixNotices
) -> None:
    ban = action_on(ActionKind.BAN_ACCOUNT, here.message("$none"), here.ann.id)
    await here.matrix.carry_out(ban)

    await channel.send(to(here.ann, "n-1"))
    await here.matrix.revert(ban)

    assert len(await read(here)) == 1


async def test_an_account_that_is_not_there_is_gone(
    here: Neighbourhood, channel: MatrixNotices
) -> None:
    nobody = AccountRef(id=here.homeserver.full_id("nobody.at.all"))

    with pytest.raises(Gone):
        await channel.send(statement(account=nobody))


async def test_an_account_nobody_can_use_any_more_is_gone(
    here: Neighbourhood, channel: MatrixNotices
) -> None:
    path = f"/_synapse/admin/v1/deactivate/{part(here.ann.id)}"
    await here.moderator.does("POST", path, {"erase": False})

    with pytest.raises(Gone):
        await channel.send(to(here.ann, "n-1"))


@pytest.mark.parametrize("account", ["@ann:elsewhere.example", "ann", "acct_0042"])
async def test_an_account_that_is_not_of_this_homeserver_is_turned_down(
    channel: MatrixNotices, account: str
) -> None:
    with pytest.raises(TurnedDown):
        await channel.send(statement(account=AccountRef(id=account)))


# -- a homeserver that forgets ---------------------------------------------------------------------


class Forgetful:
    """Tells whatever it is asked to, loses its first answer, and remembers no transaction."""

    def __init__(self) -> None:
        self.told: list[dict[str, object]] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path
        if "send_server_notice" in path:
            self.told.append(json.loads(request.content)["content"])
            if len(self.told) == 1:
                raise httpx.ReadError("the connection broke")
            return httpx.Response(200, json={"event_id": f"${len(self.told)}"})
        if path.endswith("/memberships"):
            rooms = {"!a:casework.example": "join", "!n:casework.example": "invite"}
            return httpx.Response(200, json={"memberships": {**rooms, "!l:x": "leave"}})
        if path.endswith("/messages"):
            return self._page(request.url.params.get("from"))
        if "/rooms/" in path:
            creator = "@notices:casework.example" if "!n" in path else ANN
            return httpx.Response(200, json={"creator": creator})
        return httpx.Response(200, json=_user())

    def _page(self, since: str | None) -> httpx.Response:
        """An older notice first: what is looked for is on the second page."""
        if since is None:
            return httpx.Response(200, json={"chunk": [{"content": {}}], "end": "older"})
        return httpx.Response(200, json={"chunk": [{"content": each} for each in self.told]})


def _user() -> dict[str, object]:
    off = dict.fromkeys(("admin", "deactivated", "suspended", "locked", "shadow_banned"), False)
    return {"name": ANN, **off}


async def test_a_notice_whose_answer_was_lost_is_looked_for_before_it_is_sent_again() -> None:
    homeserver = Forgetful()
    owed = statement(account=AccountRef(id=ANN))
    settings = MatrixSettings(
        base_url="http://matrix.example", access_token=SecretStr("of the tests")
    )

    async with outbound_to(homeserver) as http:
        channel = MatrixNotices(http, settings)
        with pytest.raises(Unavailable):
            await channel.send(owed)
        await channel.send(owed)

    assert len(homeserver.told) == 1


async def test_another_notice_is_not_taken_for_the_one_whose_answer_was_lost() -> None:
    homeserver = Forgetful()
    account = AccountRef(id=ANN)
    settings = MatrixSettings(
        base_url="http://matrix.example", access_token=SecretStr("of the tests")
    )

    async with outbound_to(homeserver) as http:
        channel = MatrixNotices(http, settings)
        with pytest.raises(Unavailable):
            await channel.send(statement(notice_id="n-1", account=account))
        await channel.send(statement(notice_id="n-2", account=account))

    assert [each["casework.ref"] for each in homeserver.told] == ["n-1", "n-2"]
