"""Every test of ChatKit's store and server, by its name: it holds, or it says why it does not."""

import inspect
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from types import ModuleType
from typing import Any

import pytest
from chatkit.server import ChatKitServer

from tests.integration.upstream.archive import upstream_tests
from tests.integration.upstream.names import DIFFERENT, SERVER_TESTS, STORE_TESTS
from tests.integration.upstream.shims import upstream_modules
from tests.integration.upstream.standin import process
from tests.integration.upstream.system import System, a_system
from tests.support.servers.shared import empty_database, empty_redis

OF_IDS = {
    "TestSqliteStore": "test_default_id_generators_use_default_prefixes",
    "TestSqliteStoreCustomIds": "test_overridden_id_generators_are_used",
}
"""Each class of store tests has all of them, and one about ids."""
STORE, SERVER = "tests.test_store", "tests.test_chatkit_server"


@pytest.fixture(scope="module")
def upstream() -> Iterator[dict[str, ModuleType]]:
    folder = upstream_tests()
    if folder is None:
        pytest.skip("no registry has the source archive of openai-chatkit")
    with upstream_modules(folder) as modules:
        yield modules


@pytest.fixture(scope="module")
def whole_system(
    upstream: object, database_url: str, redis_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[System]:
    folder = tmp_path_factory.mktemp("upstream")
    with (
        empty_database(database_url) as database,
        empty_redis(redis_url) as redis,
        a_system(database, redis, folder) as system,
    ):
        yield system


@pytest.fixture
def system(whole_system: System) -> System:
    whole_system.empty()
    return whole_system


@pytest.fixture
def over_http(system: System, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server of ChatKit's tests sends its requests to the system."""

    async def processed(server: ChatKitServer[Any], request: str, context: Any) -> Any:
        return await process(system.url, server, request, context)

    monkeypatch.setattr(ChatKitServer, "process", processed)


def holds(system: System, name: str, test: Callable[[], Any]) -> None:
    """Run a test. One that is listed as different must differ in the way that is said."""
    different = DIFFERENT.get(name)
    differs = pytest.raises(different.kind, match=different.seen) if different else nullcontext()
    with differs:
        made = test()
        if inspect.iscoroutine(made):
            system.run(made)


def test_no_test_of_chatkit_is_left_out(upstream: dict[str, ModuleType]) -> None:
    """Nor does a difference name one that is not there."""
    kinds = (upstream[STORE].TestSqliteStore, upstream[STORE].TestSqliteStoreCustomIds)
    found = {name for kind in kinds for name in dir(kind) if name.startswith("test_")}
    assert found == {*STORE_TESTS, *OF_IDS.values()}
    assert {each for each in vars(upstream[SERVER]) if each.startswith("test_")} == {*SERVER_TESTS}
    assert DIFFERENT.keys() <= {*STORE_TESTS, *SERVER_TESTS}


@pytest.mark.parametrize("kind", OF_IDS)
def test_the_store_gives_ids_as_chatkit_does(
    kind: str, system: System, upstream: dict[str, ModuleType]
) -> None:
    run_of_store(system, getattr(upstream[STORE], kind)(), OF_IDS[kind])


@pytest.mark.parametrize("name", STORE_TESTS)
def test_the_store_of_an_app(name: str, system: System, upstream: dict[str, ModuleType]) -> None:
    run_of_store(system, upstream[STORE].TestSqliteStore(), name)


@pytest.mark.parametrize("name", SERVER_TESTS)
@pytest.mark.usefixtures("over_http")
def test_the_server_of_an_app(name: str, system: System, upstream: dict[str, ModuleType]) -> None:
    holds(system, name, getattr(upstream[SERVER], name))


def run_of_store(system: System, tests: Any, name: str) -> None:
    test = getattr(tests, name)
    tests.setup_method(test)
    try:
        holds(system, name, test)
    finally:
        tests.teardown_method(test)
