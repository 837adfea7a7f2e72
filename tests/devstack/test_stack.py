"""The supervisor starts, watches, restarts and stops what it is given."""

import json
import os
import signal
import sys
import time
import urllib.request
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
from turnstream_devstack.files import AlreadyInUse
from turnstream_devstack.processes.child import StartFailed
from turnstream_devstack.processes.waiting import WaitCancelled, wait_until
from turnstream_devstack.services import Service
from turnstream_devstack.stack import Stack

from tests.devstack.fakes import FAKES, on_given_servers
from tests.support.system.successors import is_replaced

SOON = timedelta(seconds=10)


def environment(service: Service) -> dict[str, str]:
    """What a fake service was started with."""
    with urllib.request.urlopen(f"{service.url}/env") as answer:
        return dict(json.load(answer))


def test_every_part_is_ready_after_start(stack: Stack) -> None:
    """`start` returns when a turn can be served."""
    assert list(stack.services) == [
        "store-1",
        "tools-1",
        "agent-worker-1",
        "agent-worker-2",
        "gateway-1",
    ]
    assert stack.service("store-1").is_ready()
    assert stack.gateway_urls == [stack.service("gateway-1").url]


def test_pid_files_name_the_processes(stack: Stack) -> None:
    """Scripts find every process by its file."""
    for child in stack.children:
        assert int((stack.data_dir / "run" / f"{child.name}.pid").read_text()) == child.pid


def test_addresses_are_written_for_our_eyes_only(stack: Stack) -> None:
    """`redis.url` and `postgres.url` say how to reach the servers, with a password."""
    redis, postgres = stack.data_dir / "run/redis.url", stack.data_dir / "run/postgres.url"
    assert redis.read_text().strip() == stack.redis_url
    assert postgres.read_text().strip() == stack.database_url
    assert postgres.stat().st_mode & 0o077 == 0


def test_services_are_told_of_each_other(stack: Stack) -> None:
    """Each knows Redis by a user of its own, the store and its own name; settings pass through."""
    env = environment(stack.service("agent-worker-2"))
    assert stack.valkey is not None
    assert env["TURNSTREAM_REDIS_URL"] == stack.valkey.url_for("agent-worker")
    assert stack.redis_url not in env.values()
    assert env["TURNSTREAM_STORE_URL"] == stack.service("store-1").url
    assert env["TURNSTREAM_INSTANCE"] == "agent-worker-2"
    assert env["FLAVOUR"] == "plain"


def test_the_services_share_a_key_that_outlives_them(stack: Stack) -> None:
    """`run/internal.key` has it beside `run/store.url`, for programs of the same user."""
    key, url = stack.data_dir / "run/internal.key", stack.data_dir / "run/store.url"
    assert len(key.read_text().strip()) >= 32
    assert url.read_text().strip() == stack.service("store-1").url
    for path in (key, url):
        assert path.stat().st_mode & 0o077 == 0
    for name in ("store-1", "tools-1", "agent-worker-1", "gateway-1"):
        assert environment(stack.service(name))["INTERNAL_KEY"] == key.read_text().strip()
    assert Stack(stack.data_dir, specs=FAKES).internal_key == key.read_text().strip()


def test_a_stack_knows_who_may_use_it(tmp_path: Path) -> None:
    """What `make up` shows to try depends on it."""
    assert Stack(tmp_path, specs=FAKES).auth == ["dev"]
    assert Stack(tmp_path, specs=FAKES, env={"AUTH": "jwt, sessions"}).auth == ["jwt", "sessions"]


def test_a_key_that_is_given_is_used(tmp_path: Path) -> None:
    """Of two, the first is what programs beside the stack send."""
    ring = f"{'a' * 32},{'b' * 32}"
    with on_given_servers(tmp_path, env={"INTERNAL_KEY": ring}, workers=1) as stack:
        assert environment(stack.service("gateway-1"))["INTERNAL_KEY"] == ring
        assert (tmp_path / "run/internal.key").read_text() == f"{'a' * 32}\n"


def test_only_the_store_knows_the_database(stack: Stack) -> None:
    """The others have no way round the store."""
    store, gateway = (environment(stack.service(name)) for name in ("store-1", "gateway-1"))
    assert store["TURNSTREAM_DATABASE_URL"] == stack.database_url
    assert stack.database_url not in gateway.values()


def test_variables_of_an_app_reach_it_as_they_are(tmp_path: Path) -> None:
    """An app may use the names of our settings for itself: ours go by longer ones."""
    theirs = {
        "DATABASE_URL": "postgresql://shop/orders",
        "REDIS_URL": "redis://shop",
        "HOST": "shop",
    }
    with on_given_servers(tmp_path, env=theirs, workers=1) as stack:
        env = environment(stack.service("agent-worker-1"))
    assert {name: env[name] for name in theirs} == theirs
    assert env["TURNSTREAM_REDIS_URL"] == "redis://127.0.0.1:1/0"
    assert env["TURNSTREAM_HOST"] == "127.0.0.1"


@pytest.mark.parametrize("name", ["agent-worker-1", "gateway-1"])
def test_a_killed_service_comes_back_at_its_address(stack: Stack, name: str) -> None:
    """A crash costs a moment, and nobody has to be told of a new port."""
    service = stack.service(name)
    pid, url = service.pid, service.url
    os.kill(pid, signal.SIGKILL)
    assert wait_until(lambda: is_replaced(service, pid), SOON)
    assert service.url == url


def test_killed_servers_come_back_too(stack: Stack) -> None:
    """The supervisor tends Valkey and Postgres like any other part."""
    for server in (stack.valkey, stack.postgres):
        assert server is not None
        pid = server.pid
        os.kill(pid, signal.SIGKILL)
        assert wait_until(partial(is_replaced, server, pid), SOON)


def test_a_service_that_was_stopped_on_purpose_stays_down(stack: Stack) -> None:
    """Tests need outages that last; a neighbour's restart shows that there was time for one."""
    held, crashed = stack.service("agent-worker-1"), stack.service("agent-worker-2")
    held.kill(hold=True)
    pid = crashed.pid
    crashed.kill()
    assert wait_until(lambda: is_replaced(crashed, pid), SOON)
    assert not held.alive
    held.start()


def test_a_paused_service_is_alive_but_not_ready(stack: Stack) -> None:
    """A frozen process is not taken for a dead one."""
    service = stack.service("tools-1")
    pid = service.pid
    service.pause()
    assert not service.is_ready()
    service.resume()
    assert wait_until(service.is_ready, SOON)
    assert service.pid == pid


def test_a_worker_can_be_added(stack: Stack) -> None:
    """The fleet grows while it runs."""
    worker = stack.add_worker()
    assert worker.name == "agent-worker-3"
    assert worker.is_ready()


def test_a_second_stack_in_the_same_place_is_refused(stack: Stack) -> None:
    """It says so, and does the first one no harm."""
    with pytest.raises(AlreadyInUse):
        Stack(stack.data_dir, specs=FAKES, migration=None).start()
    assert (stack.data_dir / "run/valkey.pid").exists()
    assert stack.service("gateway-1").is_ready()


def test_given_servers_are_used(tmp_path: Path) -> None:
    """With addresses from outside nothing is embedded; the store gets SQLAlchemy's form."""
    with on_given_servers(tmp_path) as stack:
        assert stack.valkey is None
        assert (
            environment(stack.service("store-1"))["TURNSTREAM_DATABASE_URL"]
            == "postgresql+asyncpg://127.0.0.1:1/x"
        )


def test_nothing_runs_after_stop(tmp_path: Path) -> None:
    """Processes, pid files and addresses are gone; logs stay."""
    stack = Stack(tmp_path, specs=FAKES, migration=None, workers=1)
    stack.start()
    children = stack.children
    stack.stop()
    assert not any(child.alive for child in children)
    assert [path.name for path in (tmp_path / "run").iterdir()] == ["supervisor.lock"]
    assert (tmp_path / "log/gateway-1.log").exists()


def test_without_restart_a_dead_service_stays_dead(tmp_path: Path) -> None:
    """RESTART=0: the supervisor only says what happened."""
    said: list[str] = []
    stack = on_given_servers(tmp_path, restart=False, on_event=said.append)
    with stack:
        stack.service("tools-1").kill()
        assert wait_until(lambda: said, SOON)
        assert "not restarted" in said[0]
        assert not stack.service("tools-1").alive


def test_a_failed_migration_stops_everything_and_shows_why(tmp_path: Path) -> None:
    """The reason is in the error, not only in a file."""
    broken = (sys.executable, "-c", "raise SystemExit('column exists')")
    stack = Stack(tmp_path, specs=FAKES, migration=broken)
    with pytest.raises(StartFailed, match="column exists"):
        stack.start()
    assert not any(child.alive for child in stack.children)


def test_a_service_that_cannot_start_is_named(tmp_path: Path) -> None:
    """With the end of its log."""
    tools = replace(FAKES[1], command=(*FAKES[1].command, "broken"))
    stack = on_given_servers(tmp_path, specs=(FAKES[0], tools), restart=False)
    with pytest.raises(StartFailed, match="no such setting"):
        stack.start()


def test_a_start_can_be_interrupted(tmp_path: Path) -> None:
    """Ctrl-C need not wait until everything is up."""
    stack = Stack(tmp_path, specs=FAKES, migration=None)
    stack.interrupt()
    with pytest.raises(WaitCancelled):
        stack.start()
    assert not any(child.alive for child in stack.children)


def test_a_service_whose_settings_are_wrong_ends_the_start_at_once(tmp_path: Path) -> None:
    """Starting it again would not help, and its own line says what to mend."""
    script = "import sys; print('tools: TOOLS is bad'); sys.exit(78)"
    specs = [replace(FAKES[1], command=(sys.executable, "-c", script)), *FAKES[2:]]
    events: list[str] = []
    stack = on_given_servers(tmp_path, specs=specs, on_event=events.append)
    began = time.monotonic()

    with pytest.raises(StartFailed, match="tools-1: tools: TOOLS is bad"):
        stack.start()

    assert time.monotonic() - began < SOON.total_seconds()
    assert not any("starting it again" in event for event in events if "tools-1" in event)
