"""Signing in at a real provider: what is let in, and every way in which it is not."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from pydantic import SecretStr

from casework.errors import Nonsense, TurnedDown, Unavailable
from casework.identities import Answer, Identity, Question
from integrations.http import Limits, Outbound
from integrations.oidc.client import Oidc
from integrations.oidc.settings import OidcSettings
from tests.gateway.oidc import NEEDED, SECRET, RealProvider, provider, walk_through
from workers.probes import free_ports

BACK = "http://127.0.0.1:9/console/sign-in/oidc/callback"
SOON = Limits(deadline=timedelta(seconds=10))
Clock = Callable[[], datetime]

pytestmark = NEEDED


def now() -> datetime:
    return datetime.now(UTC)


@asynccontextmanager
async def us(
    issuer: str, client_id: str = "casework", clock: Clock = now, secret: str = SECRET
) -> AsyncIterator[Oidc]:
    settings = OidcSettings(issuer=issuer, client_id=client_id, client_secret=SecretStr(secret))
    async with Outbound(SOON) as http:
        yield Oidc(http, settings, clock)


@asynccontextmanager
async def running(**more: str) -> AsyncIterator[RealProvider]:
    [port] = free_ports(1)
    async with provider(port, BACK, **more) as real:
        yield real


async def answered(oidc: Oidc, question: Question, login: str = "ann") -> Answer:
    """What comes back of a sign-in in which everything is right."""
    async with httpx.AsyncClient(trust_env=False) as client:
        back = await walk_through(client, await oidc.address(question, BACK), login, BACK)
    said = parse_qs(urlsplit(back).query)
    assert said["state"] == [question.state]
    return Answer(code=said["code"][0], issuer=said["iss"][0])


async def test_whoever_signs_in_there_is_told_by_issuer_and_subject() -> None:
    async with running() as real, us(real.issuer) as oidc:
        question = Question.new()

        found = await oidc.identity(question, await answered(oidc, question), BACK)

    assert found.identity == Identity(issuer=real.issuer, subject="ann")


async def test_a_client_may_show_its_secret_in_the_body() -> None:
    async with running(auth="client_secret_post") as real, us(real.issuer, "by-post") as oidc:
        question = Question.new()

        found = await oidc.identity(question, await answered(oidc, question), BACK)

    assert found.identity.subject == "ann"


async def test_a_code_is_worth_something_once() -> None:
    async with running() as real, us(real.issuer) as oidc:
        question = Question.new()
        answer = await answered(oidc, question)
        await oidc.identity(question, answer, BACK)

        with pytest.raises(TurnedDown):
            await oidc.identity(question, answer, BACK)


async def test_what_was_asked_by_somebody_else_is_refused() -> None:
    async with running() as real, us(real.issuer) as oidc:
        question = Question.new()
        other_nonce = question.model_copy(update={"nonce": "another"})
        other_verifier = question.model_copy(update={"verifier": Question.new().verifier})

        with pytest.raises(Nonsense, match="not for us: InvalidClaimError"):
            await oidc.identity(other_nonce, await answered(oidc, question), BACK)
        with pytest.raises(TurnedDown):
            await oidc.identity(other_verifier, await answered(oidc, question), BACK)


async def test_an_answer_of_another_provider_is_refused_before_its_code_is_used() -> None:
    async with running() as real, us(real.issuer) as oidc:
        question = Question.new()
        answer = await answered(oidc, question)

        for issuer in ("https://evil.test", None):
            with pytest.raises(Nonsense, match="from another provider"):
                await oidc.identity(question, answer.model_copy(update={"issuer": issuer}), BACK)

        assert (await oidc.identity(question, answer, BACK)).identity.subject == "ann"


async def test_a_token_that_is_over_or_not_yet_made_is_refused() -> None:
    for away in (timedelta(hours=1), timedelta(hours=-1)):
        async with running() as real, us(real.issuer, clock=lambda: now() + away) as oidc:  # noqa: B023
            question = Question.new()
            answer = await answered(oidc, question)

            with pytest.raises(Nonsense, match="not for us"):
                await oidc.identity(question, answer, BACK)


async def test_a_token_for_another_client_is_refused() -> None:
    async with running() as real, us(real.issuer, "another") as theirs, us(real.issuer) as ours:
        question = Question.new()
        answer = await answered(theirs, question)

        with pytest.raises(TurnedDown):  # the provider itself knows whose code it is
            await ours.identity(question, answer, BACK)


async def test_a_token_signed_with_a_shared_secret_is_refused() -> None:
    async with running() as real, us(real.issuer, "shared-key") as oidc:
        question = Question.new()
        answer = await answered(oidc, question)

        with pytest.raises(Nonsense, match="cannot be verified: UnsupportedAlgorithmError"):
            await oidc.identity(question, answer, BACK)


async def test_a_wrong_secret_gets_nothing() -> None:
    async with running() as real, us(real.issuer, secret="wrong" * 10) as oidc:
        question = Question.new()
        answer = await answered(oidc, question)

        with pytest.raises(TurnedDown):
            await oidc.identity(question, answer, BACK)


async def test_a_new_key_of_the_provider_is_fetched_when_a_token_names_it() -> None:
    [port] = free_ports(1)
    async with us(f"http://127.0.0.1:{port}") as oidc:
        for kid in ("first", "second"):
            async with provider(port, BACK, kid=kid):
                question = Question.new()
                found = await oidc.identity(question, await answered(oidc, question), BACK)

                assert found.identity.subject == "ann"


async def test_a_key_that_only_calls_itself_the_same_is_refused() -> None:
    [port] = free_ports(1)
    async with us(f"http://127.0.0.1:{port}") as oidc:
        async with provider(port, BACK):
            question = Question.new()
            await oidc.identity(question, await answered(oidc, question), BACK)
        async with provider(port, BACK):
            question = Question.new()
            answer = await answered(oidc, question)

            with pytest.raises(Nonsense, match="cannot be verified: BadSignatureError"):
                await oidc.identity(question, answer, BACK)


async def test_a_provider_that_is_down_is_unavailable_and_found_again() -> None:
    [port] = free_ports(1)
    async with us(f"http://127.0.0.1:{port}") as oidc:
        with pytest.raises(Unavailable):
            await oidc.address(Question.new(), BACK)

        async with provider(port, BACK) as real:
            assert (await oidc.address(Question.new(), BACK)).startswith(real.issuer)


async def test_a_provider_by_another_name_is_refused() -> None:
    async with running() as real, us(real.issuer.replace("127.0.0.1", "localhost")) as oidc:
        with pytest.raises(Nonsense, match="calls itself by another name"):
            await oidc.address(Question.new(), BACK)
