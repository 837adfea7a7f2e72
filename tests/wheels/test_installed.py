"""`turnstream dev` and the other commands, in a folder with nothing but an app in it."""

import asyncio
import signal
import subprocess
from collections.abc import AsyncIterator, Callable
from contextlib import ExitStack, asynccontextmanager
from functools import partial
from pathlib import Path

import aiohttp
import psutil
import pytest
from turnstream_devstack.processes.ports import free_port, is_free

from tests.support.chat_client import ChatClient, assert_transcript_matches
from tests.support.servers.shared import empty_database, empty_redis
from tests.support.system.new_projects import check
from tests.support.waiting import wait_until_async
from tests.wheels.environments import Environment
from tests.wheels.running import START, Running, System

Edit = Callable[[str, str], None]
pytestmark = pytest.mark.timeout(900)


@asynccontextmanager
async def chatting(url: str) -> AsyncIterator[ChatClient]:
    async with ChatClient(url, timeout=START) as client:
        yield client


def has_ended(pid: int) -> bool:
    return not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE


def new_project(environment: Environment, project: Path) -> Path:
    """A project that `turnstream new` has made, whose tests have passed. It stays installed in the
    environment, so that no other one there may have its name.
    """
    environment.run("new", str(project))
    environment.install_project(project)
    check(project, "pytest", python=str(environment.python), PYTHONPATH="")
    return project


def answer(client: ChatClient) -> list[str]:
    """The texts that the last answer has."""
    said = [item["content"][0]["text"] for item in client.items_of_type("assistant_message")]
    return said[-2:]


@pytest.mark.short
async def test_what_is_saved_answers_and_no_answer_is_lost(
    environment: Environment, folder: Path, edit: Edit
) -> None:
    """The answer that is under way while the code changes ends whole, by the code that began it.
    Code that can't be loaded is told, and replaces nothing. Ctrl-C leaves nothing behind.
    """
    with System(environment, folder, "dev", "my_app:create", "--workers", "1") as system:
        old = int((folder / ".data/run/agent-worker-1.pid").read_text())
        async with chatting(system.url) as client:
            (folder / "wait").touch()
            turn = asyncio.create_task(client.send_message("hello"))
            await wait_until_async(lambda: client.items_of_type("assistant_message"), START)
            edit('CODE = "old"', 'CODE = "new"')
            await asyncio.to_thread(system.wait_for, "the new code answers")
            (folder / "wait").unlink()
            await turn
            assert answer(client) == ["an answer begins", "the old code ends"]
            await wait_until_async(partial(has_ended, old), START)  # it hears of it a moment later
            await client.send_message("hello again")
            assert answer(client) == ["an answer begins", "the new code ends"]

            edit('CODE = "new"', 'CODE = "newest')
            await asyncio.to_thread(system.wait_for, "the old one goes on")
            assert "SyntaxError: unterminated string literal" in system.said
            await client.send_message("still there?")
            assert answer(client) == ["an answer begins", "the new code ends"]
            await assert_transcript_matches(client)

        assert system.stop() == 0
        assert is_free(system.port)
        assert [each.name for each in (folder / ".data/run").iterdir()] == ["supervisor.lock"]


async def test_an_answer_that_takes_too_long_goes_on_with_the_new_code(
    environment: Environment, folder: Path, edit: Edit
) -> None:
    """Its worker has `DRAIN` to end it, and then gives it back. Code that fails when it is imported
    is told with its place.
    """
    arguments = ("dev", "my_app:create", "--workers", "1")
    with System(environment, folder, *arguments, DRAIN="100ms") as system:
        async with chatting(system.url) as client:
            (folder / "wait").touch()
            turn = asyncio.create_task(client.send_message("hello"))
            await wait_until_async(lambda: client.items_of_type("assistant_message"), START)
            edit('Path("wait").exists()', "False")
            edit('CODE = "old"', 'CODE = "new"')
            await turn

            assert answer(client)[-1] == "the new code ends"
            await assert_transcript_matches(client)

            edit('CODE = "new"', "CODE = new")
            failed = "NameError: name 'new' is not defined (my_app.py, line 9)"
            await asyncio.to_thread(system.wait_for, failed)
        assert system.stop() == 0


async def test_everything_runs_without_reload(environment: Environment, folder: Path) -> None:
    """The options win over the environment, and the data is where it was asked for."""
    arguments = ("up", "my_app:create", "--workers", "1", "--data-dir", "here")
    with System(environment, folder, *arguments, WORKERS="4", ASSISTANT="none:such") as system:
        async with chatting(system.url) as client:
            await client.send_message("hello")
            assert answer(client) == ["an answer begins", "the old code ends"]
            page = await client.get_thread(client.thread_id or "")
            assert page
        async with aiohttp.ClientSession() as session, session.get(system.url) as page_of_chat:
            assert "<turnstream-chat" in await page_of_chat.text()
        assert "agent-worker-1 " in system.said
        assert "agent-worker-2" not in system.said
        assert system.stop(signal.SIGTERM) == 0

    assert (folder / "here/log/agent-worker-1.log").exists()
    assert not (folder / ".data").exists()


@pytest.mark.short
def test_the_guide_finds_its_guides(environment: Environment) -> None:
    """What it answers from is in its package."""
    code = "from turnstream_guide.settings import GuideSettings as G; print(G().docs_dir)"
    python = [str(environment.directory / "bin/python"), "-c", code]
    told = subprocess.run(
        python, cwd="/", env=environment.variables, check=True, capture_output=True, text=True
    )
    guides = Path(told.stdout.strip())

    assert guides.is_relative_to(environment.directory)
    assert (guides / "zh-TW/tools.md").exists()


async def test_each_service_runs_by_itself(
    environment: Environment, folder: Path, redis_url: str, database_url: str
) -> None:
    """As in production: the database is migrated, then each is started with its settings."""
    store, gateway = free_port(), free_port()
    with ExitStack() as stack:
        common = {
            "INTERNAL_KEY": "a-key-of-services-that-are-installed",
            "REDIS_URL": stack.enter_context(empty_redis(redis_url)),
            "DATABASE_URL": stack.enter_context(empty_database(database_url)),
            "STORE_URL": f"http://127.0.0.1:{store}",
            "HOST": "127.0.0.1",
            "AUTH": "dev",
        }
        run = partial(Running, environment, folder)
        with run("migrate", **common) as migration:
            assert migration.process.wait(START) == 0, migration.said
        services = [
            stack.enter_context(run("store", **common, PORT=str(store))),
            stack.enter_context(run("tools", **common, HEALTH_PORT=str(free_port()))),
            stack.enter_context(
                run("worker", "my_app:create", **common, HEALTH_PORT=str(free_port()))
            ),
            stack.enter_context(run("gateway", **common, PORT=str(gateway))),
        ]
        for service in services:
            await asyncio.to_thread(service.wait_for, "Application startup complete")
        async with chatting(f"http://127.0.0.1:{gateway}") as client:
            await client.send_message("hello")
            assert answer(client) == ["an answer begins", "the old code ends"]
        for service in reversed(services):
            assert service.stop(signal.SIGTERM) in (0, -signal.SIGTERM), service.said


@pytest.mark.short
def test_a_new_project_passes_its_own_tests(environment: Environment, tmp_path: Path) -> None:
    """As a newcomer runs them, with the files that the wheel brings."""
    new_project(environment, tmp_path / "shop-bot")


async def test_a_new_project_answers(environment: Environment, tmp_path: Path) -> None:
    """`turnstream dev` alone, in its folder: its settings name the app and its tools."""
    folder = new_project(environment, tmp_path / "order-bot")
    with System(environment, folder, "dev", "--workers", "1") as system:
        async with chatting(system.url) as client:
            await client.send_message("Where is my order A-1042?")
            assert [each["text"] for each in client.progress] == ["Looking for order A-1042"]
            assert client.items_of_type("widget")
            assert answer(client) == ["Order A-1042 (two cups) is on its way."]
        assert system.stop() == 0


def test_the_command_has_all_that_the_wheels_bring(environment: Environment) -> None:
    """Each package brings its own."""
    said = environment.run("--help")
    for command in (
        "dev",
        "up",
        "new",
        "gateway",
        "worker",
        "tools",
        "store",
        "migrate",
        "check",
        "keys",
    ):
        assert f"    {command} " in said
