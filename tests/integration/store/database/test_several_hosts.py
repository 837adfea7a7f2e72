"""A database that is one of several hosts: found, and found again."""

import socket
from collections.abc import Iterator
from contextlib import closing
from urllib.parse import urlsplit

import pytest
from sqlmodel import select
from turnstream.errors import Unavailable
from turnstream_store.database import address
from turnstream_store.database.pools import Database
from turnstream_store.settings import StoreSettings
from turnstream_store.turns.tables import TurnRow

from tests.support.waiting import free_port


@pytest.fixture
def silent() -> Iterator[str]:
    """A host that takes connections and says nothing, as one whose machine hangs."""
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        yield f"127.0.0.1:{listener.getsockname()[1]}"


@pytest.fixture(autouse=True)
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    """A host has little time to answer."""
    monkeypatch.setattr(address, "_EACH_HOST", 0.5)
    address._good.clear()


def before(hosts: str, url: str) -> StoreSettings:
    """Settings that name other hosts before the one of a URL."""
    place = urlsplit(url).netloc.rpartition("@")[2]
    return StoreSettings(database_url=url.replace(place, f"{hosts},{place}"))


async def test_a_host_that_hangs_keeps_nobody_from_the_next(silent: str, emptied: str) -> None:
    """For both kinds of connections; and it is not asked first again."""
    async with Database(before(silent, emptied)) as database:
        async with database.all_tenants().connection() as connection:
            assert await connection.fetch("SELECT 1")
        assert {f"{host}:{port}" for host, port in address._good} == {
            urlsplit(emptied).netloc.rpartition("@")[2]
        }
        async with database.all_tenants().session() as session:
            assert (await session.exec(select(TurnRow.id))).all() == []


async def test_hosts_that_are_all_away_are_a_failure_that_passes(silent: str) -> None:
    """Callers are told to try again."""
    url = f"postgresql+asyncpg://u:p@127.0.0.1:{free_port()},{silent}/db"
    async with Database(StoreSettings(database_url=url)) as database:
        with pytest.raises(Unavailable):
            async with database.all_tenants().session() as session:
                await session.exec(select(TurnRow.id))
        with pytest.raises(Unavailable):
            async with database.all_tenants().connection():
                pass
