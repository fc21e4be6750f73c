"""The homeserver that demos and tests start: who may live there, and whom it listens to."""

import json
from pathlib import Path

import pytest
from pydantic import BaseModel, SecretStr

from casework.errors import TurnedDown
from integrations.addresses import below
from integrations.http import Outbound, Request
from integrations.matrix.homeserver import (
    Homeserver,
    Newcomer,
    Resident,
    Secrets,
    configuration,
    register,
)


class Standing(BaseModel):
    name: str
    admin: bool


async def standing(http: Outbound, homeserver: Homeserver, of: Resident, to: Resident) -> Standing:
    url = below(homeserver.url, "_synapse", "admin", "v2", "users", of.user_id)
    headers = {"Authorization": f"Bearer {to.access_token.get_secret_value()}"}
    return (await http.get(Request(url=url, headers=headers))).parsed_as(Standing)


async def test_an_administrator_is_one_and_anybody_else_is_not(homeserver: Homeserver) -> None:
    async with Outbound() as http:
        admin = await register(http, homeserver, Newcomer(name="standing.admin", admin=True))
        ann = await register(http, homeserver, Newcomer(name="standing.ann"))

        of_the_admin = await standing(http, homeserver, admin, to=admin)
        of_ann = await standing(http, homeserver, ann, to=admin)
        with pytest.raises(TurnedDown):
            await standing(http, homeserver, admin, to=ann)

    assert of_the_admin == Standing(name="@standing.admin:casework.example", admin=True)
    assert of_ann == Standing(name=homeserver.full_id("standing.ann"), admin=False)


async def test_a_name_is_given_once(homeserver: Homeserver) -> None:
    async with Outbound() as http:
        await register(http, homeserver, Newcomer(name="given.once"))

        with pytest.raises(TurnedDown):
            await register(http, homeserver, Newcomer(name="given.once"))


async def test_nobody_registers_with_another_secret(homeserver: Homeserver) -> None:
    stranger = homeserver.model_copy(update={"registration": SecretStr("another")})

    async with Outbound() as http:
        with pytest.raises(TurnedDown):
            await register(http, stranger, Newcomer(name="stranger", admin=True))


def test_it_listens_on_this_machine_alone_and_asks_nobody_else(tmp_path: Path) -> None:
    homeserver = Homeserver(folder=tmp_path, port=1234, registration=SecretStr("r"))

    told = json.loads(configuration(homeserver, Secrets.fresh()))

    [listener] = told["listeners"]
    assert listener["bind_addresses"] == ["127.0.0.1"]
    assert listener["resources"] == [{"names": ["client"], "compress": False}]
    assert told["federation_domain_whitelist"] == []
    assert told["trusted_key_servers"] == []
    assert told["enable_registration"] is False
