"""Redis and Postgres as production has them: TLS, passwords, and for each service its own rights.

Redis has the users of `deploy/redis/users.acl`. In Postgres one user owns the tables and migrates;
another one, which the store connects as, can only read and write rows.
"""

import ssl
from collections.abc import AsyncIterator, Iterator

import asyncpg
import pytest
import trustme
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.retry import Retry

from tests.deployment.locked_stack import LockedStack, locked_stack
from tests.support.chat_client import ChatClient, assert_transcript_matches


@pytest.fixture(scope="module")
def locked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LockedStack]:
    """The guide on the keyless model, and row-level security that must hold."""
    directory = tmp_path_factory.mktemp("locked")
    with locked_stack(directory, ROW_SECURITY="require", DEMO_TOKEN_DELAY="5ms") as stack:
        yield stack


@pytest.fixture
async def client(locked: LockedStack) -> AsyncIterator[ChatClient]:
    """A frontend."""
    async with ChatClient(locked.gateway_urls[0], resumable=True) as chat:
        yield chat


async def connect(locked: LockedStack, user: str) -> asyncpg.Connection:
    """A connection as psql would make it from the same URL."""
    return await asyncpg.connect(locked.database_url_of(user).replace("+asyncpg", ""))


async def test_a_turn_calls_a_tool_and_is_answered(client: ChatClient) -> None:
    """Store, job, log, tool call, replies and announcements: all of it is allowed."""
    turn = await client.send_message("weather in Oslo")

    assert turn.ends == ["completed"]
    assert any("Oslo" in progress["text"] for progress in client.progress)
    await assert_transcript_matches(client)


async def test_a_short_call_is_answered(client: ChatClient) -> None:
    """The gateway's call and the worker's answer go by Redis."""
    assert (await client.call("GET", "/entities?q=entities"))["entities"]


async def test_a_stream_is_resumed_and_the_turn_cancelled_inside_a_tool(client: ChatClient) -> None:
    """Reading a log again, the message to the worker, and its message to the tools service."""
    request = {"content": [{"type": "input_text", "text": "run a long task for 20 seconds"}]}
    message = {**request, "attachments": [], "inference_options": {}}
    async with client.stream("threads.create", {"input": message}) as turn:
        await turn.until_type("progress_update")
    async with client.following() as turn:
        await turn.until_type("progress_update")
        await client.cancel()
        await turn.to_end()

    assert client.ended == "cancelled"


def test_nobody_was_refused_anything(locked: LockedStack) -> None:
    """What the tests before did needed no right that a service has not."""
    for log in (locked.data_dir / "log").glob("*-*.log"):
        text = log.read_text()
        assert "NOPERM" not in text
        assert "o permission" not in text  # no, No
        assert "no row-level security" not in text


async def test_the_stores_user_changes_no_table(locked: LockedStack) -> None:
    """It makes none, alters none, and without a tenant it sees no row."""
    connection = await connect(locked, "store")
    for statement in (
        "CREATE TABLE turnstream.mine (id int)",
        "CREATE SCHEMA mine",
        "ALTER TABLE turnstream.turns ADD COLUMN mine int",
        "DROP TABLE turnstream.turns",
        "TRUNCATE turnstream.turns",
        "ALTER TABLE turnstream.turns DISABLE ROW LEVEL SECURITY",
        "SELECT * FROM turnstream.alembic_version",
    ):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute(statement)
    assert await connection.fetchval("SELECT count(*) FROM turnstream.turns") == 0
    await connection.execute("SET turnstream.tenant = 'default'")
    assert await connection.fetchval("SELECT count(*) FROM turnstream.turns") > 0
    await connection.close()


async def test_postgres_is_reached_by_tls_alone(locked: LockedStack) -> None:
    """A server with another authority's certificate is not believed either."""
    where = {"host": "127.0.0.1", "port": locked.postgres_port, "database": "turnstream"}
    with pytest.raises(asyncpg.PostgresConnectionError):
        await asyncpg.connect(**where, user="store", password="of-the-store", ssl=False)
    stranger = ssl.create_default_context()
    trustme.CA().configure_trust(stranger)
    with pytest.raises(ssl.SSLCertVerificationError):
        await asyncpg.connect(**where, user="store", password="of-the-store", ssl=stranger)


def test_redis_is_reached_by_tls_alone(locked: LockedStack) -> None:
    """A service that trusts another authority does not send it a password."""
    once = Retry(NoBackoff(), 0)
    own = locked.redis_url_of("gateway")
    plain = own.replace("rediss:", "redis:").split("?")[0]
    without_authority = own.split("?")[0]
    for url in (plain, without_authority):
        with Redis.from_url(url, retry=once) as redis, pytest.raises(RedisConnectionError):
            redis.ping()
    with Redis.from_url(own, retry=once) as redis:
        assert redis.ping()
