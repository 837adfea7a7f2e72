"""Habits of apps that were written for one process are found, on their lines."""

from pathlib import Path

import pytest
from turnstream_worker.checks import habits
from turnstream_worker.checks.rules import our_settings
from turnstream_worker.checks.sessions import session_findings

from tests.unit.worker.checks.reading import Rule, lines, sources


def found(rule: Rule, folder: Path, app: str) -> list[str]:
    return lines(rule(sources(folder, app=app)))


@pytest.mark.parametrize("call", ["asyncio.create_task(title())", "task = create_task(title())"])
def test_a_task_that_nobody_waits_for(call: str, tmp_path: Path) -> None:
    head = "import asyncio\nfrom asyncio import create_task\nasync def respond():\n"
    assert found(habits.task_findings, tmp_path, f"{head}    {call}\n") == [call]


@pytest.mark.parametrize(
    "lines_of_it",
    [
        "    task = asyncio.create_task(title())\n    await task\n",
        "    task = asyncio.create_task(title())\n    await asyncio.gather(task)\n",
        "    await asyncio.create_task(title())\n",
        "    return asyncio.create_task(title())\n",
    ],
)
def test_a_task_that_is_waited_for(lines_of_it: str, tmp_path: Path) -> None:
    app = f"import asyncio\nasync def respond():\n{lines_of_it}"
    assert found(habits.task_findings, tmp_path, app) == []


@pytest.mark.parametrize(
    ("call", "naive"),
    [
        ("datetime.now()", True),
        ("datetime.utcnow()", True),
        ("datetime.fromtimestamp(0)", True),
        ("datetime.now(UTC)", False),
        ("datetime.now(tz=UTC)", False),
        ("datetime.fromtimestamp(0, UTC)", False),
    ],
)
def test_a_time_without_a_zone(call: str, naive: bool, tmp_path: Path) -> None:
    app = f"from datetime import UTC, datetime\nAT = {call}\n"
    assert found(habits.time_findings, tmp_path, app) == ([f"AT = {call}"] if naive else [])


@pytest.mark.parametrize(
    "read",
    [
        "os.environ['DATABASE_URL']",
        "os.environ.get('LOG_LEVEL')",
        "getenv('MODEL')",
        "os.getenv('SLOTS', '1')",
    ],
)
def test_a_variable_that_is_a_setting_of_ours(read: str, tmp_path: Path) -> None:
    app = f"import os\nfrom os import getenv\nX = {read}\nY = os.environ['ORDERS_URL']\n"
    source = sources(tmp_path, app=app)
    assert lines(habits.setting_findings(source, our_settings())) == [f"X = {read}"]


def test_a_field_of_an_apps_own_settings_class(tmp_path: Path) -> None:
    app = "from pydantic_settings import BaseSettings\nclass S(BaseSettings):\n    port: int = 1\n"
    source = sources(tmp_path, app=app)
    assert lines(habits.setting_findings(source, our_settings())) == ["class S(BaseSettings):"]


@pytest.mark.parametrize(
    ("use", "wrong"),
    [
        ("context['request']", True),
        ("context.get('user')", True),
        ("ctx.context.request_context.article_id", True),
        ("ctx.context.request_context['user']", True),
        ("context.user_id", False),
        ("ctx.context.request_context.headers", False),
    ],
)
def test_a_context_that_is_taken_for_something_else(use: str, wrong: bool, tmp_path: Path) -> None:
    app = f"async def respond(thread, item, context, ctx):\n    {use}\n"
    assert found(habits.context_findings, tmp_path, app) == ([use] if wrong else [])


def test_routes_of_an_apps_own(tmp_path: Path) -> None:
    app = "from fastapi import FastAPI\napp = FastAPI()\n"
    assert found(habits.route_findings, tmp_path, app) == ["app = FastAPI()"]


@pytest.mark.parametrize(
    ("call", "elsewhere"),
    [
        ("Runner.run_streamed(a, 'hi', conversation_id='c')", True),
        ("Runner.run(a, 'hi', previous_response_id=last)", True),
        ("SQLiteSession('ann')", True),
        ("SQLiteSession('ann', 'file.db')", True),
        ("OpenAIConversationsSession()", False),  # held to its attempt, and every worker sees it
        ("Runner.run(a, 'hi', previous_response_id=None)", False),
        ("Runner.run(a, 'hi')", False),
    ],
)
def test_a_conversation_kept_where_a_second_attempt_or_worker_does_not_find_it(
    call: str, elsewhere: bool, tmp_path: Path
) -> None:
    app = f"from agents import OpenAIConversationsSession, Runner, SQLiteSession\n{call}\n"
    assert found(session_findings, tmp_path, app) == ([call] if elsewhere else [])


@pytest.mark.parametrize("call", ["await session.add_items([])", "await session.clear_session()"])
def test_a_session_that_an_app_changes_outside_a_run(call: str, tmp_path: Path) -> None:
    """What a run does is held to its attempt; what the app does itself happens in each attempt."""
    app = (
        "from agents import OpenAIConversationsSession\n"
        "async def respond():\n"
        "    session = OpenAIConversationsSession()\n"
        f"    {call}\n"
    )
    assert found(session_findings, tmp_path, app) == [call]
    assert found(session_findings, tmp_path, f"async def other(session):\n    {call}\n") == []
