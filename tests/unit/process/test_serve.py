"""A setting that can't be used ends a service: one line that names it, and status 78."""

import json
import os
import signal
import subprocess
import sys
import urllib.request
from datetime import timedelta

import pytest
from pydantic import SecretStr, field_validator
from turnstream.process.bad_settings import EX_CONFIG, bad_settings, exit_on_bad_settings
from turnstream.process.serve import read_settings
from turnstream.settings import (
    ConfigurationError,
    Count,
    Duration,
    EnvironmentSettings,
    PositiveDuration,
    Settings,
)
from turnstream_gateway.settings import GatewaySettings
from turnstream_store.settings import StoreSettings
from turnstream_tools.settings import ToolsSettings
from turnstream_worker.settings import WorkerSettings

from tests.support.waiting import free_port, wait_until

PROCESSES = [
    ("turnstream_gateway", [], "gateway", {"AUTH": "no.such:one"}, "AUTH=no.such:one: Module"),
    ("turnstream_worker", [], "agent-worker", {"ASSISTANT": "no.such:one"}, "ASSISTANT="),
    ("turnstream_worker", [], "agent-worker", {"MODEL_API": "smoke"}, "MODEL_API"),
    ("turnstream_tools", [], "tools", {"WEATHER": "fine"}, "WEATHER"),
    ("turnstream_tools", [], "tools", {"TOOLS": "no.such.module"}, "TOOLS"),
    ("turnstream_store", [], "store", {"LOG_LEVEL": "loud"}, "LOG_LEVEL='LOUD'"),
    ("turnstream_store", ["migrate"], "store", {"DATABASE_URL": "nothing"}, "DATABASE_URL"),
]


@pytest.mark.parametrize(("module", "arguments", "service", "bad", "named"), PROCESSES)
def test_a_bad_setting_ends_a_service_with_one_line(
    module: str, arguments: list[str], service: str, bad: dict[str, str], named: str
) -> None:
    """Of every service, and of the migration, as a process."""
    ended = subprocess.run(
        [sys.executable, "-m", module, *arguments],
        env={**os.environ, **bad},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert ended.returncode == EX_CONFIG == 78
    assert_refused(ended.stderr, service, named)


@pytest.mark.parametrize(
    ("service", "settings", "bad", "named"),
    [
        ("gateway", GatewaySettings, {"HEARTBEAT": "soon"}, "HEARTBEAT"),
        ("gateway", GatewaySettings, {"AUTH": "magic"}, "AUTH=magic"),
        ("gateway", GatewaySettings, {"WHEN_BUSY": "no"}, "WHEN_BUSY='no': Input should be"),
        ("agent-worker", WorkerSettings, {"SLOTS": "many"}, "SLOTS"),
        ("tools", ToolsSettings, {"TOOL_SLOTS": "none"}, "TOOL_SLOTS"),
        ("store", StoreSettings, {"DATABASE_URL": "mysql://db/x"}, "DATABASE_URL"),
        ("store", StoreSettings, {"LEASES": "3s"}, "LEASES is no setting"),
    ],
)
def test_a_value_that_cannot_be_meant_is_refused(
    service: str,
    settings: type[Settings],
    bad: dict[str, str],
    named: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Of every kind, before anything of the service is loaded."""
    for name, value in bad.items():
        monkeypatch.setenv(name, value)

    with pytest.raises(SystemExit) as ended:
        read_settings(service, settings)

    assert ended.value.code == EX_CONFIG
    assert_refused(capsys.readouterr().err, service, named)


def assert_refused(printed: str, service: str, named: str) -> None:
    """One line of the log says which setting, and of which service."""
    [line] = map(json.loads, printed.splitlines())
    assert (line["event"], line["level"]) == ("setting refused", "critical")
    assert line["service"] == service
    assert line["problem"].startswith(named)


class SomeSettings(Settings):
    """Two settings of which one is a secret."""

    timeout: Duration = timedelta(seconds=1)
    password: SecretStr = SecretStr("")

    @field_validator("password")
    @classmethod
    def _long(cls, value: SecretStr) -> SecretStr:
        raise ValueError("it is too short")


class OtherSettings(EnvironmentSettings):
    """Of each kind one."""

    timeout: Duration = timedelta(seconds=1)
    heartbeat: PositiveDuration = timedelta(seconds=1)
    many: Count = 1


def test_every_problem_has_a_line_and_no_secret_is_shown(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Anyone who mends two settings need not start the service twice; a secret stays one."""
    monkeypatch.setenv("TIMEOUT", "for ever")
    monkeypatch.setenv("PASSWORD", "hunter2")
    monkeypatch.setenv("LOG_FORMAT", "console")
    with pytest.raises(SystemExit) as ended:
        read_settings("some", SomeSettings)

    assert ended.value.code == EX_CONFIG
    lines = capsys.readouterr().err.splitlines()
    assert [line.split(": ")[1] for line in lines] == ["TIMEOUT='for ever'", "PASSWORD"]
    assert lines[1] == "some: PASSWORD: it is too short"


def test_a_named_error_of_configuration_fits_on_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    """Whatever the text of the exception behind it, as an object of JSON like every other line."""
    with pytest.raises(SystemExit), exit_on_bad_settings("some"):
        raise ConfigurationError("ASSISTANT could not be loaded:\n  two\n  lines")
    [line] = capsys.readouterr().err.splitlines()
    assert json.loads(line)["problem"] == "ASSISTANT could not be loaded: two lines"


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("TIMEOUT", "for ever", "write a duration as 500ms, 15s, 2m, 1h or 30d"),
        ("TIMEOUT", "-3s", "write a duration as"),
        ("HEARTBEAT", "0", "it must be longer than 0"),
        ("MANY", "0", "greater than or equal to 1"),
    ],
)
def test_a_problem_says_what_is_allowed(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, says: str
) -> None:
    """In the words of who writes it."""
    monkeypatch.setenv(name, value)
    [problem] = [each for each in bad_settings([OtherSettings]) if each.startswith(name)]
    assert says in problem
    assert "pydantic" not in problem


def test_a_migration_without_a_database_says_where_it_looked() -> None:
    """Without the password, and with a status of its own: a later try may help."""
    url = "postgresql+asyncpg://me:hunter2@127.0.0.1:1/chats"
    ended = subprocess.run(
        [sys.executable, "-m", "turnstream_store", "migrate"],
        env={**os.environ, "DATABASE_URL": url},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode == 69
    last = ended.stderr.splitlines()[-1]
    assert last.startswith(
        "store: DATABASE_URL: no database answers at postgresql+asyncpg://me:***"
    )
    assert "127.0.0.1:1/chats" in last
    assert "hunter2" not in ended.stderr


def test_another_error_is_not_the_settings_fault() -> None:
    """It goes on as it is, with its trace."""
    with pytest.raises(KeyError), exit_on_bad_settings("some"):
        raise KeyError


def test_a_longer_name_wins_over_one_that_an_app_may_use(monkeypatch: pytest.MonkeyPatch) -> None:
    """`TURNSTREAM_<NAME>` is ours alone. Empty it is unset, and the plain name counts."""
    monkeypatch.setenv("STORE_URL", "http://theirs")
    monkeypatch.setenv("TURNSTREAM_STORE_URL", "http://ours")
    assert Settings().store_url == "http://ours"
    monkeypatch.setenv("TURNSTREAM_STORE_URL", "")
    assert Settings().store_url == "http://theirs"


LEAVING = """
import asyncio, sys
from datetime import timedelta
from fastapi import FastAPI
from turnstream import telemetry
from turnstream.http.server import ServerOptions
from turnstream.process.serve import serve
from turnstream.settings import Settings

telemetry.set_up("test", Settings())
app = FastAPI()

async def leave() -> None:
    sys.exit(3)

@app.get("/leave")
async def begin_to_leave() -> str:
    app.state.leaving = asyncio.create_task(leave())
    asyncio.get_running_loop().call_soon(sys.exit, 4)
    return "on the way"

@app.get("/")
async def left() -> str:
    return repr(app.state.leaving.exception())

serve(app, ServerOptions("127.0.0.1", int(sys.argv[1]), timedelta(seconds=1)))
"""
"""A service with code that asks for the end of the process."""


def test_code_on_the_event_loop_cannot_end_the_process() -> None:
    """An app's `sys.exit()` ends its task; a signal ends the process, as ever."""
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    process = subprocess.Popen([sys.executable, "-c", LEAVING, str(port)], stderr=subprocess.PIPE)
    try:
        assert wait_until(lambda: _get(f"{address}/leave"), timeout=30) == b'"on the way"'
        assert _get(f"{address}/") == b'"SystemExit(3)"'
    finally:
        process.terminate()
        _, errors = process.communicate(timeout=30)
    assert b"code asked the process to exit, which it does not" in errors
    assert process.returncode in (0, -signal.SIGTERM)


def _get(url: str) -> bytes | None:
    """The body; None while nobody listens there."""
    try:
        with urllib.request.urlopen(url, timeout=10) as answer:
            return bytes(answer.read())
    except OSError:
        return None


def test_an_app_that_fails_at_its_start_ends_its_worker_with_the_same_status() -> None:
    """Its factory is async: that it can't be used is known after the worker has begun to log."""
    app = "tests.unit.worker.late_app:create"
    ended = subprocess.run(
        [sys.executable, "-m", "turnstream_worker"],
        env={**os.environ, "ASSISTANT": app, "HEALTH_PORT": "0"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert ended.returncode == EX_CONFIG
    last = json.loads(ended.stderr.splitlines()[-1])
    assert last["problem"] == f"ASSISTANT='{app}' made a str, not a ChatKitServer."
