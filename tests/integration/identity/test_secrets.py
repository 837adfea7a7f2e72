"""Who gets in with a client secret or a server key, and who does not any more."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
import asyncpg
import orjson
import pytest
from turnstream.conformance.requests import message
from turnstream.contracts.identity import Scope
from turnstream.contracts.owner import Owner
from turnstream.contracts.turns import CancelReason, TurnStatus
from turnstream.secrets.issued import KEY_PREFIX, SESSION_PREFIX, digest, new_secret

from tests.integration.identity.conftest import HOME, Deployment
from tests.support.waiting import wait_until_async

pytestmark = pytest.mark.asyncio(loop_scope="module")

LET_IN = (200, "")
UNAUTHORIZED = (401, "unauthorized")
CANCELLED = (401, "session_cancelled")
MINTED = 200
SECOND = 1.2
"""The second that is promised, and what a busy machine takes to ask."""


class TestGettingIn:
    """A secret is enough, and nothing else is."""

    async def test_a_new_secret_works_at_every_gateway_at_once(
        self, deployment: Deployment
    ) -> None:
        """All of 200 sessions, each used elsewhere as soon as it is made."""
        first, second = deployment.gateways
        answers = []
        for number in range(MINTED):
            secret, _ = await deployment.mint(user=f"user-{number}")
            answers.append(await deployment.ask(second if number % 2 else first, secret))

        assert answers == [LET_IN] * MINTED

    @pytest.mark.parametrize("prefix", [SESSION_PREFIX, KEY_PREFIX])
    async def test_a_secret_that_nobody_has_is_refused(
        self, deployment: Deployment, prefix: str
    ) -> None:
        """Invented, cut off, or with one letter changed."""
        invented = new_secret(prefix)
        changed = invented[:-1] + ("a" if invented[-1] != "a" else "b")

        for secret in (invented, invented[:-1], changed, prefix):
            assert await deployment.ask(deployment.gateways[0], secret) == UNAUTHORIZED

    async def test_a_session_is_of_its_user_whatever_else_a_request_says(
        self, deployment: Deployment
    ) -> None:
        """`X-User-Id` beside a client secret means nothing, nor does another tenant's name."""
        secret, _ = await deployment.mint(user="ann")
        headers = {"X-User-Id": "bob", "X-Tenant-Id": "other"}
        async with opened(deployment, deployment.gateways[0], secret, headers) as (_, turn_id):
            turn = await deployment.store.turns.show(Owner(HOME, "ann"), turn_id)

        assert turn.turn_id == turn_id

    async def test_users_of_one_name_in_two_tenants_share_nothing(
        self, deployment: Deployment
    ) -> None:
        """Each sees their own turn, and the other's is not there."""
        gateway = deployment.gateways[0]
        ours, _ = await deployment.mint()
        theirs, _ = await deployment.mint("other")
        async with opened(deployment, gateway, ours) as (_, turn_id):
            for secret, status in ((ours, 200), (theirs, 404)):
                bearer = {"Authorization": f"Bearer {secret}"}
                url = f"{gateway}/turns/{turn_id}"
                async with deployment.http.get(url, headers=bearer) as answer:
                    assert answer.status == status

    async def test_a_key_chats_for_the_user_it_names(self, deployment: Deployment) -> None:
        """With the scope `chat` and `X-User-Id`; one without is told what it lacks."""
        gateway, named = deployment.gateways[0], {"X-User-Id": "ann"}
        chatting, _ = await deployment.make_key(Scope.CHAT)
        reading, _ = await deployment.make_key(Scope.THREADS_READ)

        assert await deployment.ask(gateway, chatting, named) == LET_IN
        assert await deployment.ask(gateway, chatting) == (403, "forbidden")
        assert await deployment.ask(gateway, reading, named) == (403, "forbidden")

    async def test_the_database_holds_no_secret(self, deployment: Deployment) -> None:
        """Anyone who steals a dump of it can ask for nothing."""
        key, key_id = await deployment.make_key(Scope.CHAT, name="shop")
        secret, session = await deployment.mint(key_id=key_id)
        connection = await asyncpg.connect(deployment.database.replace("+asyncpg", "", 1))
        await connection.execute("SET search_path TO turnstream")
        names = await connection.fetch(
            "SELECT tablename FROM pg_tables WHERE schemaname = 'turnstream'"
        )
        rows = [
            row[0]
            for name in names
            for row in await connection.fetch(f"SELECT t::text FROM {name[0]} AS t")
        ]
        await connection.close()
        dump = "\n".join(rows)

        assert session.id in dump
        assert digest(secret) in dump
        assert secret not in dump
        assert key not in dump


class TestGettingOut:
    """What ends, ends everywhere within a second; a stream within five."""

    async def test_an_expired_session_is_refused_by_its_name(self, deployment: Deployment) -> None:
        """A page asks its server for another secret when it hears this code."""
        gateway = deployment.gateways[0]
        secret, _ = await deployment.mint(expires_after=1)
        assert await deployment.ask(gateway, secret) == LET_IN

        await told(deployment, gateway, secret, (401, "session_expired"), within=1 + SECOND)

    async def test_a_cancelled_session_is_refused_everywhere_within_a_second(
        self, deployment: Deployment
    ) -> None:
        """By the gateways that a message reaches, and by one that none can reach."""
        secret, session = await deployment.mint()
        everywhere = [*deployment.gateways, deployment.deaf]
        for gateway in everywhere:
            assert await deployment.ask(gateway, secret) == LET_IN

        await deployment.store.sessions.cancel(HOME, session.id)

        ended = time.monotonic() + SECOND
        for gateway in everywhere:
            await told(deployment, gateway, secret, CANCELLED, within=ended - time.monotonic())

    async def test_a_revoked_key_ends_what_it_made(self, deployment: Deployment) -> None:
        """The key itself and its sessions, everywhere within a second."""
        key, key_id = await deployment.make_key(Scope.CHAT)
        secret, _ = await deployment.mint(key_id=key_id)
        named = {"X-User-Id": "ann"}
        everywhere = [*deployment.gateways, deployment.deaf]
        for gateway in everywhere:
            assert await deployment.ask(gateway, key, named) == LET_IN
            assert await deployment.ask(gateway, secret) == LET_IN

        await deployment.store.keys.revoke(HOME, key_id)

        ended = time.monotonic() + SECOND
        for gateway in everywhere:
            left = ended - time.monotonic()
            await told(deployment, gateway, key, UNAUTHORIZED, within=left, headers=named)
            await told(deployment, gateway, secret, CANCELLED, within=ended - time.monotonic())

    async def test_a_session_that_was_erased_does_not_come_back(
        self, deployment: Deployment
    ) -> None:
        """Its secret, sent again, is one that nobody has."""
        secret, session = await deployment.mint()
        assert await deployment.ask(deployment.deaf, secret) == LET_IN
        connection = await asyncpg.connect(deployment.database.replace("+asyncpg", "", 1))
        await connection.execute("DELETE FROM turnstream.sessions WHERE id = $1", session.id)
        await connection.close()

        await told(deployment, deployment.deaf, secret, UNAUTHORIZED, within=SECOND)

    async def test_a_stream_ends_with_its_session_and_the_turn_goes_on(
        self, deployment: Deployment
    ) -> None:
        """Within five seconds, with Redis and without: a plain client shows an error, a resumable
        one is told by name. A cancelled session is not a Stop.
        """
        secret, session = await deployment.mint()
        resumable = {"Turnstream-Client": "resumable"}
        streams = (
            opened(deployment, deployment.gateways[0], secret),
            opened(deployment, deployment.deaf, secret, resumable),
        )
        async with streams[0] as (plain, turn_id), streams[1] as (named, _):
            started = time.monotonic()
            await deployment.store.sessions.cancel(HOME, session.id)
            last_words = [await stream.text() for stream in (plain, named)]
            took = time.monotonic() - started
        turn = await deployment.store.turns.show(Owner(HOME, "ann"), turn_id)

        event = orjson.loads(last_words[0].rpartition("data: ")[2].partition("\n")[0])
        assert (event["type"], event["allow_retry"]) == ("error", False)
        assert last_words[0].endswith("\n\n: revoked\n\n")
        assert last_words[1].endswith("event: revoked\ndata: {}\n\n")
        assert took < 5
        assert turn.status is TurnStatus.QUEUED

    async def test_a_session_that_only_expires_cuts_no_stream(self, deployment: Deployment) -> None:
        """The answer that has begun is read to its end; the next request is refused."""
        gateway = deployment.gateways[0]
        secret, _ = await deployment.mint(expires_after=1)
        async with opened(deployment, gateway, secret) as (stream, turn_id):
            await told(deployment, gateway, secret, (401, "session_expired"), within=1 + SECOND)
            await deployment.store.turns.cancel(Owner(HOME, "ann"), turn_id, CancelReason.STOP)
            text = await stream.text()

        assert "end cancelled" in text
        assert "revoked" not in text


@asynccontextmanager
async def opened(
    deployment: Deployment, gateway: str, secret: str, headers: dict[str, str] | None = None
) -> AsyncIterator[tuple[aiohttp.ClientResponse, str]]:
    """A stream that waits for an answer which no worker makes, and its turn."""
    type_, params = message("Hello")
    async with deployment.http.post(
        f"{gateway}/chatkit",
        json={"type": type_, "params": params},
        headers={"Authorization": f"Bearer {secret}", **(headers or {})},
    ) as stream:
        assert stream.status == 200, await stream.text()
        yield stream, stream.headers["Turn-Id"]


async def told(
    deployment: Deployment,
    gateway: str,
    secret: str,
    answer: tuple[int, str],
    *,
    within: float,
    headers: dict[str, str] | None = None,
) -> None:
    """Wait until a gateway answers so."""

    async def answered() -> bool:
        return await deployment.ask(gateway, secret, headers) == answer

    await wait_until_async(answered, within, f"{gateway} to answer {answer}")
