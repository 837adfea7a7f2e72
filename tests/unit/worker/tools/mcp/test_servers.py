"""MCP servers: connected once, watched, called with the user's credential and nobody else's."""

import asyncio
import sys
from pathlib import Path

import pytest
from pydantic import ValidationError
from turnstream.contracts.turns import RequestContext
from turnstream_worker.attempt import Attempt
from turnstream_worker.callers import current_attempt
from turnstream_worker.settings import WorkerSettings
from turnstream_worker.tools.mcp import servers as module
from turnstream_worker.tools.mcp.config import McpServerConfig, parse_servers

from tests.support.mcp.server import server_of, serving
from tests.support.waiting import wait_until_async
from tests.unit.worker.attempts import an_attempt
from tests.unit.worker.tools.mcp.connecting import call, connected

UNITS = McpServerConfig(
    name="units", command=sys.executable, args=("-m", "turnstream_guide.demo_mcp_server")
)


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "REFRESH_SECONDS", 0.1)
    monkeypatch.setattr(module, "RETRY_SECONDS", 0.1)


def asked_with(headers: dict[str, str]) -> Attempt:
    return an_attempt(context=RequestContext(user_id="ann", headers=headers))


async def test_a_command_is_run_and_its_tools_are_offered_under_its_name() -> None:
    async with connected(UNITS) as servers:
        await wait_until_async(lambda: bool(servers.tools), message="no tools", timeout=30)
        (tool,) = servers.tools

        assert tool.name == "units_convert_length"
        assert await call(tool, value=5, unit="miles", to="kilometres") == "8.047 kilometres"
        assert "parsec" in await call(tool, value=5, unit="parsec", to="miles")


async def test_a_server_that_is_away_keeps_nobody_waiting_and_is_found_when_it_comes(
    unused_tcp_port: int,
) -> None:
    """Its tools are offered while it answers; the other servers never notice."""
    url = f"http://127.0.0.1:{unused_tcp_port}/mcp"
    crm = McpServerConfig.model_validate({"name": "crm", "url": url, "timeout": "2s"})

    def offered(*names: str) -> bool:
        return sorted(tool.name for tool in servers.tools) == sorted(names)

    async with connected(crm, UNITS) as servers:
        await wait_until_async(lambda: offered("units_convert_length"), timeout=30)
        for _ in range(2):
            async with serving(server_of([]), unused_tcp_port):
                await wait_until_async(
                    lambda: offered("crm_count_orders", "units_convert_length"), timeout=30
                )
                tool = servers.tools[0]
                assert await call(tool) == "3 orders"
            await wait_until_async(lambda: offered("units_convert_length"), timeout=30)
            assert "error" in (await call(tool)).lower()


async def test_a_users_credential_goes_in_a_header_of_that_users_calls(
    unused_tcp_port: int, caplog: pytest.LogCaptureFixture
) -> None:
    """Taken from the header of the request that the deployment names; others' calls lack it."""
    seen: list[str | None] = []
    async with serving(server_of(seen), unused_tcp_port) as url:
        crm = McpServerConfig(name="crm", url=url, headers_from_request={"X-CRM-Token": "X-My-Crm"})
        async with connected(crm) as servers:
            await wait_until_async(lambda: bool(servers.tools), message="no tools", timeout=30)
            (tool,) = servers.tools

            async def called_by(headers: dict[str, str]) -> str:
                current_attempt.set(asked_with(headers))
                return await call(tool)

            outputs = await asyncio.gather(
                called_by({"x-my-crm": "ann's secret"}),
                called_by({"x-my-crm": "bob's secret"}),
                called_by({"x-other": "nothing"}),
            )

    assert set(outputs) == {"3 orders"}
    assert sorted(str(token) for token in seen) == ["None", "ann's secret", "bob's secret"]
    assert "secret" not in caplog.text


async def test_a_deployments_credential_comes_from_the_environment(
    unused_tcp_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str | None] = []
    monkeypatch.setenv("CRM_TOKEN", "ours")
    async with serving(server_of(seen), unused_tcp_port) as url:
        crm = McpServerConfig(name="crm", url=url, headers_from_env={"X-CRM-Token": "CRM_TOKEN"})
        async with connected(crm) as servers:
            await wait_until_async(lambda: bool(servers.tools), message="no tools", timeout=30)
            await call(servers.tools[0])

    assert seen == ["ours"]


async def test_only_the_tools_that_are_named_are_offered() -> None:
    some = UNITS.model_copy(update={"tools": ("another",), "name": "some"})
    async with connected(some, UNITS) as servers:
        await wait_until_async(lambda: bool(servers.tools), message="no tools", timeout=30)

        assert [tool.name for tool in servers.tools] == ["units_convert_length"]


def test_the_setting_is_json_or_the_path_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    document = '[{"name": "crm", "url": "https://crm.example/mcp", "timeout": "5s"}]'
    path = tmp_path / "servers.json"
    path.write_text(document)

    for value in (document, str(path)):
        monkeypatch.setenv("MCP_SERVERS", value)
        (server,) = WorkerSettings().mcp_servers
        assert server.url == "https://crm.example/mcp"
        assert server.timeout.total_seconds() == 5


@pytest.mark.parametrize(
    "wrong",
    [
        '[{"name": "a"}]',
        '[{"name": "a", "url": "http://a", "command": "b"}]',
        '[{"name": "a", "command": "b", "headers_from_request": {"A": "B"}}]',
        '[{"name": "A!", "command": "b"}]',
        '[{"name": "a", "command": "b", "token": "secret"}]',
    ],
)
def test_a_setting_that_can_mean_nothing_is_refused(wrong: str) -> None:
    (server,) = parse_servers(wrong)
    with pytest.raises(ValidationError):
        McpServerConfig.model_validate(server)
