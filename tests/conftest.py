"""What several suites share, started once per test process and only when a test asks for it."""

import gc
import os
import sys
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import structlog
from turnstream_devstack.processes.account import NotInstalled
from turnstream_devstack.services import TURNSTREAM, WITH_GUIDE_MCP, ServiceSpec
from turnstream_devstack.stack import Stack
from turnstream_store.database.schema.migrate import migrate
from turnstream_store.settings import StoreSettings
from xdist.scheduler import LoadScopeScheduling

from tests.support.servers.containers import missing_engine
from tests.support.servers.shared import (
    can_embed,
    empty_database,
    empty_redis,
    needs_engine,
    postgres_server,
    redis_server,
)

ROOT = Path(__file__).parents[1]
ALONE = ("tests/unit", "tests/e2e/own_systems")
"""Where each file has what it needs for itself."""
BROWSER = "tests/browser"
PROXY_SECRET = "the-proxy-in-front-of-these-gateways"
"""By which the demo system knows its proxy; everybody else says who they are themselves."""

# What is logged by a service in a test's own process is not what a command prints there.
structlog.configure(logger_factory=lambda *_: structlog.PrintLogger(sys.stderr))
os.environ["INTERNAL_KEY"] = "a-key-of-services-that-run-in-tests"
os.environ["WEBHOOK_KEYS"] = "a-key-for-secrets-of-webhooks-in-tests"
os.environ["OPENAI_AGENTS_DISABLE_TRACING"] = "1"  # no test sends traces anywhere


def pytest_addoption(parser: pytest.Parser) -> None:
    """Part of pytest: what `make browser`, `make wheels` and `make frameworks` ask for."""
    parser.addoption("--whole-browser", action="store_true", help="all browser tests, not a few")
    parser.addoption(
        "--every-python",
        action="store_true",
        help="all tests of the wheels, in clean environments of each Python, not a few in one",
    )
    parser.addoption(
        "--every-framework",
        action="store_true",
        help="the examples of all frameworks, whose packages are installed for that",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Part of pytest: end the run with one line if it cannot have the servers it asks for."""
    try:
        reason = missing_engine() if needs_engine() else None
    except ValueError as wrong:
        raise pytest.UsageError(str(wrong)) from None
    if reason:
        why = (
            "TEST_SERVERS=containers" if can_embed() else "no wheels with servers for this platform"
        )
        raise pytest.UsageError(f"{why}: {reason}")
    gc.disable()  # see pytest_runtest_teardown


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Part of pytest: the small pieces last, so that all processes have done at the same time."""
    items.sort(key=lambda item: item.path.is_relative_to(ROOT / "tests/unit"))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_setup(item: pytest.Item) -> Generator[None]:
    """Part of pytest: a test is left out where there is not what it needs.

    For one marked `docker` that is an engine. Others need an embedded server of their own.
    """
    if item.get_closest_marker("docker") and (reason := missing_engine()):
        pytest.skip(reason)
    return (yield from embedding())


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call() -> Generator[None]:
    """Part of pytest: the same where the test itself starts an embedded server."""
    return (yield from embedding())


def embedding() -> Generator[None]:
    """Skips a test in which an embedded server was asked for that no wheel has here."""
    try:
        yield
    except NotInstalled as missing:
        pytest.skip(str(missing))


def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> None:
    """Part of pytest: garbage is collected behind each file, and nowhere else.

    Connections that a test left complain when they are collected. In the middle of another test
    that complaint may fail it: CPython 3.11 draws a traceback by parsing code, and can't do that
    while code is being parsed ("AST constructor recursion depth mismatch").
    """
    if nextitem is None or nextitem.path != item.path:
        gc.collect()
        gc.freeze()  # what is left, mostly modules, need not be looked through again


@pytest.fixture(scope="session")
def redis_url() -> Iterator[str]:
    """A Redis server; anyone who writes to it takes an `empty_redis` of it."""
    with redis_server() as url:
        yield url


@pytest.fixture(scope="session")
def database_url() -> Iterator[str]:
    """A Postgres server; anyone who writes to it takes an `empty_database` of it."""
    with postgres_server() as url:
        yield url


@pytest.fixture(scope="session")
def migrated_template(database_url: str) -> Iterator[str]:
    """The name of a database with the store's tables. Copying it is much quicker than a migration.

    All that is done to it is the migration: a copy can't be made while somebody is connected.
    """
    with empty_database(database_url) as template, ThreadPoolExecutor(1) as thread:
        # In a thread, for it runs an event loop, and the browser's tests have one here.
        thread.submit(migrate, StoreSettings(database_url=template)).result()
        yield urlsplit(template).path[1:]


NewStack = Callable[..., AbstractContextManager[Stack]]


@pytest.fixture(scope="session")
def new_stack(
    redis_url: str,
    database_url: str,
    migrated_template: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> NewStack:
    """Starts a system of real processes, with one worker, on servers without a row, for a block's
    time.
    """

    @contextmanager
    def start(
        name: str,
        env: Mapping[str, str],
        *,
        gateways: int = 1,
        specs: Sequence[ServiceSpec] = TURNSTREAM,
    ) -> Iterator[Stack]:
        with (
            empty_redis(redis_url) as redis,
            empty_database(database_url, migrated_template) as database,
            Stack(
                tmp_path_factory.mktemp(name),
                workers=1,
                gateways=gateways,
                env=env,
                redis_url=redis,
                database_url=database,
                specs=specs,
                migration=None,
            ) as stack,
        ):
            yield stack

    return start


@pytest.fixture(scope="session")
def demo(new_stack: NewStack) -> Iterator[Stack]:
    """What `make up` runs, with two gateways: the guide on the keyless demo model."""
    env = {
        "OPENAI_API_KEY": "",
        "OPENAI_BASE_URL": "",
        "DEMO_TOKEN_DELAY": "5ms",
        "WEATHER": "sample",
        "LEASE": "3s",
        "AUTH": "sessions,proxy,dev",
        "PROXY_SECRET": PROXY_SECRET,
    }
    with new_stack("demo", env, gateways=2, specs=WITH_GUIDE_MCP) as stack:
        yield stack


@pytest.fixture(scope="session")
def scripted_stack(new_stack: NewStack) -> Iterator[Stack]:
    """Real processes: store, one worker with the scripted server, gateway.

    The scripted server calls no remote tool, so the tools service stays at home. The local time is
    not UTC, which must not show anywhere.
    """
    env = {
        "ASSISTANT": "tests.support.scripted_server:create",
        "PYTHONPATH": str(ROOT),
        "TZ": "America/New_York",
    }
    specs = [spec for spec in TURNSTREAM if spec.name != "tools"]
    with new_stack("scripted", env, specs=specs) as stack:
        yield stack


class ByWhatIsShared(LoadScopeScheduling):  # type: ignore[misc]  # xdist has no types
    """Keeps in one process what shares a system: the tests of a folder, which start it once.

    Elsewhere files share nothing, so that each may run in any process. All of the browser's tests
    are worth a browser and a system for each process, the few of them are not.

    Not by groups: `--dist loadgroup` of pytest-xdist 3.8 has no effect with pytest 9.2.
    """

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.split("::", 1)[0]
        if file.startswith(BROWSER):
            return file if self.config.option.whole_browser else BROWSER
        return file if file.startswith(ALONE) else file.rpartition("/")[0]


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ByWhatIsShared:
    """Part of pytest-xdist: how tests are shared out."""
    return ByWhatIsShared(config, log)
