"""docker-compose.yml as it is: it starts, it answers, and nothing that is hurt loses a word."""

import asyncio
import re
import socket
import subprocess

import aiohttp
import pytest

from tests.containers.conftest import AWKWARD, ROOT
from tests.containers.deployment import EVERYTHING, OURS, Deployment, counting, numbers
from tests.containers.engine import Engine
from tests.support.chat_client import ChatClient
from tests.support.waiting import wait_until

SECONDS_TO_COME_BACK = 240


def test_without_secrets_it_says_what_to_do(engine: Engine, checkout: str) -> None:
    said = engine.docker(
        "compose", "--env-file", "/dev/null", "config", "-q", inside=checkout, check=False
    )
    assert 'make one with "sh deploy/secrets.sh >> .env"' in said


def test_everything_becomes_healthy(deployment: Deployment) -> None:
    """With two workers, unless told otherwise, and passwords of any characters."""
    assert deployment.all_healthy()
    assert len(deployment.containers("agent-worker")) == 2
    environment = deployment.run(deployment.containers("store")[0], "env")
    assert f"REDIS_PASSWORD={AWKWARD}\n" in environment
    assert f"PGPASSWORD={AWKWARD}\n" in environment


def test_the_request_of_the_readme_is_answered(deployment: Deployment) -> None:
    """Word for word, but for the port."""
    [command] = re.findall(
        r"^\$ (curl -N .*?)\n```", (ROOT / "README.md").read_text(), re.MULTILINE | re.DOTALL
    )
    there = command.replace("http://127.0.0.1:8000", deployment.url)
    said = subprocess.run(["sh", "-c", there], capture_output=True, text=True, timeout=90)
    assert "Oslo" in said.stdout
    assert said.returncode == 0


async def test_its_thread_is_kept(deployment: Deployment) -> None:
    assert await titles(deployment)


async def titles(deployment: Deployment) -> list[str]:
    """Of all threads of a user."""
    async with ChatClient(deployment.url, "anonymous") as client:
        page = await client.request("threads.list", {"limit": 100})
        return [each["title"] for each in page["data"]]


def test_only_loopback_is_published(deployment: Deployment) -> None:
    """Another address of this machine takes no connection."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as routed:
        routed.connect(("192.0.2.1", 9))
        address = routed.getsockname()[0]
    assert not address.startswith("127.")
    with pytest.raises(OSError, match="refused"):
        socket.create_connection((address, deployment.port), 1)


async def test_a_page_of_another_origin_gets_in_where_it_is_named(deployment: Deployment) -> None:
    """A setting of the environment reaches the service that reads it."""
    asked = {"Origin": "https://page.example", "Access-Control-Request-Method": "POST"}
    async with (
        aiohttp.ClientSession() as session,
        session.options(f"{deployment.url}/chatkit", headers=asked) as answer,
    ):
        assert answer.headers["Access-Control-Allow-Origin"] == "https://page.example"


@pytest.mark.parametrize("name", OURS)
def test_a_service_can_do_nothing_to_its_container(deployment: Deployment, name: str) -> None:
    """It is not root, has no capability, and writes to /tmp and its volume alone."""
    [first, *_] = deployment.containers(name)
    assert deployment.run(first, "id", "-u") == "10001\n"
    status = deployment.run(first, "sh", "-c", "cat /proc/[0-9]*/status")
    assert set(re.findall(r"^CapEff:\t(\w+)$", status, re.MULTILINE)) == {"0" * 16}
    assert set(re.findall(r"^NoNewPrivs:\t(\d)$", status, re.MULTILINE)) == {"1"}
    said = deployment.run(first, "sh", "-c", "touch /tmp/x /blobs/x && touch /venv/x", check=False)
    assert "Read-only file system" in said
    assert "/venv/x" in said


def test_logs_are_bounded(deployment: Deployment, engine: Engine) -> None:
    for name in EVERYTHING:
        for each in deployment.containers(name):
            said = engine.docker("inspect", "--format", "{{json .HostConfig.LogConfig}}", each)
            assert '"max-file":"3"' in said
            assert '"max-size":"10m"' in said


def test_an_operator_gives_commands_in_the_store(deployment: Deployment) -> None:
    made = deployment.compose(
        *("exec", "-T", "store", "turnstream", "keys", "create"),
        *("--tenant", "default", "--scope", "sessions:write"),
    )
    assert made.splitlines()[-1].startswith("tsk_")
    deployment.compose("exec", "-T", "store", "turnstream", "dead-letters", "list")


async def test_a_third_worker_joins_in_the_middle_of_an_answer(deployment: Deployment) -> None:
    async with counting(deployment):
        await asyncio.to_thread(deployment.up, "--scale", "agent-worker=3")


async def test_a_worker_is_killed_in_the_middle_of_an_answer(deployment: Deployment) -> None:
    """Another one goes on, and the engine starts the dead one again."""
    async with counting(deployment):
        busy = await asyncio.to_thread(deployment.busy_worker)
        await asyncio.to_thread(deployment.crash, busy)
    wait_until(deployment.all_healthy, SECONDS_TO_COME_BACK)


@pytest.mark.parametrize("name", [*("store", "valkey", "postgres"), "gateway", "agent-worker"])
async def test_a_service_is_restarted_in_the_middle_of_an_answer(
    deployment: Deployment, name: str
) -> None:
    """All containers of it. Workers and the gateway end what they do first."""
    async with counting(deployment):
        await asyncio.to_thread(deployment.compose, "restart", name)
    wait_until(deployment.all_healthy, SECONDS_TO_COME_BACK)


async def test_everything_is_killed_at_once(deployment: Deployment) -> None:
    """As when the power fails. It comes back by itself, and the answer goes on."""
    every = [each for name in EVERYTHING for each in deployment.containers(name)]
    async with counting(deployment):
        await asyncio.to_thread(deployment.crash, *every)
    wait_until(deployment.all_healthy, SECONDS_TO_COME_BACK)


async def test_down_and_up_in_the_middle_of_an_answer(deployment: Deployment) -> None:
    """The answer ends first; then everything stops, the tools after the workers; threads stay."""
    before = await titles(deployment)
    async with counting(deployment):
        await asyncio.to_thread(deployment.compose, "stop")
    assert last_to_end(deployment, "agent-worker") <= first_to_end(deployment, "tools")
    assert last_to_end(deployment, "gateway") <= first_to_end(deployment, "store")
    deployment.compose("down")
    deployment.up()
    assert await titles(deployment) == before


def ends(deployment: Deployment, service: str) -> list[str]:
    ids = deployment.containers(service, "--all")
    said = deployment.engine.docker("inspect", "--format", "{{.State.FinishedAt}}", *ids)
    return sorted(said.split())


def last_to_end(deployment: Deployment, service: str) -> str:
    return ends(deployment, service)[-1]


def first_to_end(deployment: Deployment, service: str) -> str:
    return ends(deployment, service)[0]


async def test_a_new_answer_comes_after_all_of_that(deployment: Deployment) -> None:
    async with ChatClient(deployment.url, "bob") as client:
        await client.send_message("Please count to 5")
        assert numbers(client) == [1, 2, 3, 4, 5]
