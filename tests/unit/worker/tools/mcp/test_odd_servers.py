"""One odd tool of an MCP server, or an odd answer, never costs a deployment its turns."""

import asyncio
import re
import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from agents import Agent, FunctionTool, Runner, StopAtTools, Tool, function_tool
from agents.mcp import MCPServerStreamableHttp
from agents.testing import ModelStep, ScriptedModel, assistant_message, function_call
from chatkit.agents import AgentContext, stream_agent_response
from chatkit.types import GeneratedImageItem, ThreadItemDoneEvent, ThreadMetadata
from jsonschema import Draft202012Validator  # type: ignore[import-untyped] # it has no stubs here
from mcp.server import MCPServer
from pydantic import SecretStr
from turnstream.settings import Settings
from turnstream.testing import MemoryStore
from turnstream_worker.replay.install import install
from turnstream_worker.tools.made_images import keep_images_with
from turnstream_worker.tools.mcp import servers as module
from turnstream_worker.tools.mcp.calls import SHOWN
from turnstream_worker.tools.mcp.config import McpServerConfig
from turnstream_worker.tools.mcp.names import offered_name
from turnstream_worker.tools.mcp.schemas import LARGEST, usable_schema
from turnstream_worker.tools.mcp.servers import McpServers
from turnstream_worker.tools.tool_limit import MOST_TOOLS, within_limit

from tests.support.mcp.odd_server import ODD_NAMES, ODD_SCHEMAS, PNG, UNUSABLE, WELL_BEHAVED
from tests.support.mcp.server import serving
from tests.support.stock import MemoryStore as ChatKitStore
from tests.support.waiting import wait_until_async
from tests.unit.worker.journaling import begin_attempt, end_attempts
from tests.unit.worker.tools.mcp.connecting import ODD, call, connected, odd_config, offered_by


@pytest.fixture(autouse=True)
def _surroundings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    install()
    monkeypatch.setenv("ODD_EFFECTS", str(tmp_path / "effects"))
    monkeypatch.setattr(module, "REFRESH_SECONDS", 0.2)
    monkeypatch.setattr(module, "RETRY_SECONDS", 0.2)
    yield
    end_attempts()


def refused(tool: FunctionTool) -> str:
    """Why OpenAI would refuse a whole request for this tool; empty for one it takes."""
    schema = tool.params_json_schema
    if not re.fullmatch(r"[a-zA-Z0-9_-]{1,64}", tool.name):
        return "name"
    if len(tool.description) > 1024:
        return "description"
    if schema.get("type") != "object" or not isinstance(schema.get("properties"), dict):
        return "no object"
    if {"anyOf", "oneOf", "allOf", "enum", "not", "$ref"} & set(schema):
        return "alternatives at the top"
    Draft202012Validator.check_schema(schema)
    return "array without items" if _has_bare_array(schema) else ""


def _has_bare_array(node: Any) -> bool:
    if isinstance(node, dict):
        bare = node.get("type") == "array" and "items" not in node
        return bare or any(_has_bare_array(each) for each in node.values())
    return isinstance(node, list) and any(_has_bare_array(each) for each in node)


async def test_odd_tools_are_renamed_adapted_or_left_out_and_the_others_work(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Each with one warning that says which and why; what is renamed is called by its real name."""
    async with connected(odd_config()) as servers:
        tools = await offered_by(servers)
        assert {name: refused(tool) for name, tool in tools.items() if refused(tool)} == {}
        assert {f"odd_{name}" for name in ODD_SCHEMAS} <= set(tools)
        assert not {f"odd_{name}" for name in UNUSABLE} & set(tools)
        (report,) = servers.report()
        done = {(note["tool"], note["done"]) for note in report["notes"]}
        assert {(name, "renamed") for name in ODD_NAMES} <= done
        assert {(name, "left out") for name in [*UNUSABLE, "twice"]} <= done
        assert {(name, "adapted") for name in [*ODD_SCHEMAS, "wordy"]} <= done
        assert await call(tools[f"odd_{WELL_BEHAVED}"], text="hello") == "echo: hello"

        renamed = [note["why"] for note in report["notes"] if note["tool"] == "files.read"]
        name = renamed[0].removeprefix("offered as ")
        assert await call(tools[name], text="x") == "files.read: x"

        listed = servers.report()
        await wait_until_async(lambda: servers.report() == listed)
    logged = capsys.readouterr().err
    assert logged.count("mcp tool renamed") == len(ODD_NAMES)


def test_a_name_depends_on_the_configuration_and_not_on_who_answers() -> None:
    """Two servers that could give one name never do; neither does a tool of the tools service."""
    servers = ["a", "a_b"]
    names = [offered_name("a", "b_c", servers, ()), offered_name("a_b", "c", servers, ())]
    assert names[1] == "a_b_c"
    assert names[0] != names[1]
    assert names[0].startswith("a_b_c_")
    assert offered_name("crm", "x", ["crm"], {"crm_x"}) != "crm_x"
    assert offered_name("crm", "x", ["crm"], ()) == "crm_x"
    longest = offered_name("s" * 32, "n" * 200, ["s" * 32], ())
    assert len(longest) == 64
    assert longest != offered_name("s" * 32, "n" * 201, ["s" * 32], ())


def test_a_schema_that_fits_stays_as_it_is() -> None:
    """With references, bounds and texts."""
    given = {
        "type": "object",
        "title": "Args",
        "properties": {"a": {"$ref": "#/$defs/A"}, "b": {"type": ["string", "null"]}},
        "required": ["a"],
        "additionalProperties": False,
        "$defs": {"A": {"type": "array", "items": {"type": "integer", "minimum": 1}}},
    }
    assert usable_schema(given) == (given, [])


def test_alternatives_are_merged_and_required_is_what_all_of_them_require() -> None:
    """So a model may give what any branch takes."""
    branch = {"type": "object", "properties": {"id": {}, "a": {}}, "required": ["id", "a"]}
    other = {"type": "object", "properties": {"id": {}, "b": {}}, "required": ["id", "b"]}
    schema, _ = usable_schema({"anyOf": [branch, other]})
    assert set(schema["properties"]) == {"id", "a", "b"}
    assert schema["required"] == ["id"]


def test_a_schema_that_doubles_with_each_level_is_cut_at_once() -> None:
    """References are replaced, and this would never end."""
    levels = {
        f"L{i}": {
            "type": "object",
            "properties": {side: {"$ref": f"#/$defs/L{i + 1}"} for side in "ab"},
        }
        for i in range(60)
    }
    schema, changes = usable_schema({"$ref": "#/$defs/L0", "$defs": levels})
    assert "nesting cut" in changes
    assert len(str(schema)) < 10 * LARGEST


async def test_no_request_names_more_tools_than_an_api_takes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The app's own stay; the servers' have what is left, in turns."""
    monkeypatch.setenv("MANY", "300")

    @function_tool(name_override="odd_echo")
    async def echo() -> str:
        """An app's own tool with a server's name."""
        return "mine"

    many = odd_config(env=("ODD_EFFECTS", "MANY"))
    async with connected(many, odd_config("few", tools=("echo",))) as servers:
        both = {"few_echo", "odd_many_299"}
        await wait_until_async(lambda: both <= {tool.name for tool in servers.tools}, timeout=30)
        offered: list[Tool] = [*servers.tools, echo]
        await begin_attempt(MemoryStore(), 1)
        model = ScriptedModel([ModelStep(output=[assistant_message("hi")])])
        await Runner.run(Agent(name="a", model=model, tools=offered), "hello")
    names = [tool.name for tool in model.calls[0].tools]
    assert len(names) == MOST_TOOLS
    assert {"few_echo", "odd_echo"} <= set(names)
    assert len(set(names)) == len(names)
    assert within_limit([echo], []) == [echo]


async def told(servers: McpServers, name: str) -> tuple[str, Any]:
    """What the model reads of a call in a turn, and the output of the run, which a success ends."""
    return await told_by((await offered_by(servers))[name])


async def told_by(tool: FunctionTool) -> tuple[str, Any]:
    """The same of a tool that may be offered no longer."""
    name = tool.name
    model = ScriptedModel(
        [
            ModelStep(output=[function_call(name, {}, call_id="call_1")]),
            ModelStep(output=[assistant_message("I see.")]),
        ]
    )
    ends = StopAtTools(stop_at_tool_names=[name])
    agent = Agent(name="a", model=model, tools=[tool], tool_use_behavior=ends)
    await begin_attempt(MemoryStore(), 1)
    result = await Runner.run(agent, "hello")
    end_attempts()
    read = str(model.calls[1].input[-1]) if len(model.calls) > 1 else ""
    return read, result.final_output


async def test_results_of_any_form_reach_the_model() -> None:
    """As text that it can read, and never as something that an API refuses."""
    async with connected(odd_config()) as servers:
        tools = await offered_by(servers)
        assert await call(tools["odd_structured"]) == '{"orders":3}'
        assert "image/svg+xml" in await call(tools["odd_vector"])
        assert "without an output" in await call(tools["odd_nothing"])
        odd = await call(tools["odd_odd_content"])
        assert all(part in odd for part in ("hologram", "bare words", "a file", "audio/wav"))
        assert PNG in await call(tools["odd_picture"])


async def test_an_error_that_a_server_tells_is_the_models_to_read_and_ends_no_run() -> None:
    """A success of the same server ends it."""
    async with connected(odd_config()) as servers:
        read, output = await told(servers, "odd_refuses")
        assert "no such order" in read
        assert output == "I see."
        assert (await told(servers, "odd_echo"))[0] == ""


async def test_an_image_reaches_the_user_too(tmp_path: Path) -> None:
    """As an item whose file is kept like those of other tools; the model reads that it was shown.

    A second attempt shows the same item, and does not call the tool again.
    """
    client, shown = MemoryStore(), list[GeneratedImageItem]()
    settings = Settings(url_signing_key=SecretStr("k" * 32), blobs_url=f"file:{tmp_path}/blobs")
    keep_images_with(client, settings)
    async with connected(odd_config()) as servers:
        tools = await offered_by(servers)
        for number in (1, 2):
            await begin_attempt(client, number)
            thread = ThreadMetadata(id="thr_1", created_at=datetime.now())
            store = ChatKitStore()
            await store.save_thread(thread, {})
            context: AgentContext[Any] = AgentContext(
                thread=thread, store=store, request_context={}
            )
            picture = [ModelStep(output=[function_call("odd_picture", {}, call_id="call_1")])]
            said = [ModelStep(output=[assistant_message("Nice.")])]
            model = ScriptedModel([*picture, *said] if number == 1 else [])
            agent = Agent[AgentContext[Any]](name="a", model=model, tools=[tools["odd_picture"]])
            result = Runner.run_streamed(agent, "hello", context=context)
            async for event in stream_agent_response(context, result):
                if isinstance(event, ThreadItemDoneEvent):
                    shown.extend([event.item] if event.item.type == "generated_image" else [])
            if number == 1:
                read = str(model.calls[1].input[-1])
                assert PNG in read
                assert SHOWN in read
    assert len(shown) == 2
    assert shown[0].id == shown[1].id
    assert shown[0].image
    assert shown[0].image.url.startswith("turnstream://files/img_")
    assert len(list((tmp_path / "blobs").rglob("img_*.png"))) == 1
    assert (tmp_path / "effects").read_text() == "picture\n"


async def test_over_http_a_server_may_be_absent_at_first_and_come_back_later(
    unused_tcp_port: int, tmp_path: Path
) -> None:
    """The odd one again, killed and started anew: no call of it waits for long, no start fails."""
    url = f"http://127.0.0.1:{unused_tcp_port}/mcp"
    config = McpServerConfig.model_validate({"name": "odd", "url": url, "timeout": "2s"})
    async with connected(config) as servers:
        await servers.listed()
        assert servers.tools == []
        for _ in range(2):
            process = await asyncio.create_subprocess_exec(
                sys.executable, ODD, str(unused_tcp_port)
            )
            try:
                tools = await offered_by(servers)
                assert {name for name, tool in tools.items() if refused(tool)} == set()
                assert await call(tools["odd_echo"], text="hello") == "echo: hello"
                assert "broken inside" in (await told(servers, "odd_breaks"))[0]
            finally:
                process.kill()
                await process.wait()
            await wait_until_async(lambda: not servers.tools)
            assert "not made" in (await told_by(tools["odd_echo"]))[0]


@pytest.mark.parametrize(
    ("name", "reason"),
    [("odd_slow", "in time"), ("odd_dies", "lost"), ("odd_breaks", "broken inside")],
)
async def test_the_outcome_of_a_call_that_was_cut_off_is_told_as_unknown(
    name: str, reason: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """Nobody asks the model to try again, and it was made once. The log has the reason."""
    async with connected(odd_config(timeout="300ms")) as servers:
        read, output = await told(servers, name)
    assert "outcome_unknown" in read
    assert "Do not repeat it without checking" in read
    assert "try again" not in read
    assert reason in read
    assert output == "I see."
    assert (tmp_path / "effects").read_text() == f"{name.removeprefix('odd_')}\n"
    logged = capsys.readouterr().err
    assert "tool failed" in logged
    assert "turn_1" in logged


async def test_a_call_that_changes_nothing_may_be_repeated() -> None:
    """Its server says so."""
    async with connected(odd_config(timeout="300ms")) as servers:
        read, _ = await told(servers, "odd_slow_read")
    assert "may be tried again" in read
    assert "unknown" not in read


async def test_a_server_that_died_in_a_call_is_used_again_soon_after() -> None:
    """The call that lost it has it started anew at once."""
    async with connected(odd_config()) as servers:
        await told(servers, "odd_dies")
        await wait_until_async(lambda: not servers.report()[0]["answers"] or bool(servers.tools))
        tools = await offered_by(servers)

        async def echoes() -> bool:
            return await call(tools["odd_echo"], text="back") == "echo: back"

        await wait_until_async(echoes)


async def test_a_server_that_an_app_connects_itself_is_told_of_in_the_same_words(
    unused_tcp_port: int,
) -> None:
    """`Agent(mcp_servers=...)`: the SDK's own words would ask to try again."""
    bank = MCPServer("bank")

    @bank.tool()
    async def pay() -> str:
        """Pay."""
        await asyncio.sleep(2)
        return "paid"

    async with (
        serving(bank, unused_tcp_port) as url,
        MCPServerStreamableHttp({"url": url}, client_session_timeout_seconds=0.3) as server,
    ):
        model = ScriptedModel(
            [
                ModelStep(output=[function_call("pay", {}, call_id="call_1")]),
                ModelStep(output=[assistant_message("I see.")]),
            ]
        )
        await begin_attempt(MemoryStore(), 1)
        await Runner.run(Agent(name="a", model=model, mcp_servers=[server]), "hello")
    read = str(model.calls[1].input[-1])
    assert "outcome_unknown" in read
    assert "try again" not in read
