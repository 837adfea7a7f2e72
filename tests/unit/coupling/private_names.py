"""The table: every name of another package that the product uses though nobody promises to keep it.

A row is private by its underscore, or documented nowhere, or replaced by code of ours. The tests
beside this file take each from a real object. After an upgrade they say in a minute what moved.
"""

from collections.abc import Callable
from typing import TypeVar

from tests.unit.coupling.server_names import SERVER_NAMES
from tests.unit.coupling.use import GUIDE, WORKER, Use

PRIVATE_NAMES = (
    Use(
        "sys",
        "_current_frames",
        f"{WORKER}/failures/code_locations.py",
        "what a thread does now: names the function of an app that blocks the event loop",
    ),
    Use(
        "agents.run_internal.run_loop",
        "get_model",
        f"{WORKER}/sdk/agents_hooks.py",
        "replaced: gives every model a run uses, so that its calls are journaled",
    ),
    Use(
        "agents.run_internal.tool_execution",
        "_invoke_function_tool_with_metadata",
        f"{WORKER}/sdk/agents_hooks.py",
        "replaced: runs every function tool, so that its outcome is journaled",
    ),
    *(
        Use(
            f"agents.run_internal.tool_actions.{action}",
            "execute",
            f"{WORKER}/sdk/native_tools.py",
            "replaced: runs every tool of this kind, so that its outcome is journaled",
        )
        for action in (
            "ApplyPatchAction",
            "ComputerAction",
            "CustomToolAction",
            "LocalShellAction",
            "ShellAction",
        )
    ),
    Use(
        "agents.run_internal.tool_actions.ComputerAction",
        "_execute_action_and_capture",
        f"{WORKER}/sdk/native_tools.py",
        "replaced: does the actions of a call and takes the screenshot",
    ),
    Use(
        "agents.FunctionTool",
        "_output_type_adapter",
        f"{WORKER}/sdk/agents_facts.py",
        "part of what decides how the model reads a function tool's output",
    ),
    Use(
        "agents.tool",
        "_FunctionToolInvocationResult",
        f"{WORKER}/sdk/agents_hooks.py",
        "what that function gives, made anew when an outcome is played back",
    ),
    Use(
        "agents.tool",
        "maybe_invoke_function_tool_failure_error_function",
        f"{WORKER}/sdk/tool_outcomes.py",
        "replaced: words every failure of a function tool, so that failures are known",
    ),
    Use(
        "agents.run_internal.turn_resolution",
        "check_for_final_output_from_tools",
        f"{WORKER}/sdk/tool_outcomes.py",
        "replaced: ends a run by a tool's name, which a failed call must not do",
    ),
    Use(
        "mcp_types.methods",
        "validate_server_result",
        f"{WORKER}/sdk/mcp_reading.py",
        "replaced: refuses an answer of odd form, with everything else that is in it",
    ),
    Use(
        "mcp",
        "session",
        f"{WORKER}/tools/mcp/failures.py",
        "in the text of the error for a server that was restarted: the call was not made",
    ),
    Use(
        "agents.run",
        "AgentRunner",
        f"{WORKER}/sdk/runner.py",
        "subclassed: gives runs the worker's models, and tells the attempt of them",
    ),
    Use(
        "agents.run",
        "get_default_agent_runner",
        f"{WORKER}/sdk/runner.py",
        "tells whether that runner is in place",
    ),
    Use(
        "agents.run",
        "set_default_agent_runner",
        f"{WORKER}/sdk/runner.py",
        "puts it in place",
    ),
    Use(
        "agents.models",
        "_openai_shared",
        f"{WORKER}/sdk/models/openai_defaults.py",
        "what an app set with set_default_openai_client and its siblings, so that it is used",
    ),
    Use(
        "agents.tool",
        "get_function_tool_origin",
        f"{WORKER}/sdk/agents_facts.py",
        "tells agents used as tools and tools of MCP servers from an app's own functions",
    ),
    Use(
        "agents.RunState",
        "_model_responses",
        f"{WORKER}/sdk/agents_facts.py",
        "the call ids of a paused run, which no later response may use again",
    ),
    Use(
        "agents.run_state",
        "_copy_tool_approval_raw_item",
        f"{WORKER}/sdk/paused_states.py",
        "replaced: copies a call that waits, whatever form it has",
    ),
    Use(
        "agents.run_state",
        "_deserialize_message_output_item",
        f"{WORKER}/sdk/paused_states.py",
        "replaced: loads a message of any form",
    ),
    Use(
        "agents.run_state",
        "_deserialize_model_responses",
        f"{WORKER}/sdk/paused_states.py",
        "replaced: loads a model's answers with any items",
    ),
    Use(
        "agents.run_state",
        "ResponseReasoningItem",
        f"{WORKER}/sdk/paused_states.py",
        "replaced there, with five classes beside it: builds an item without a check",
    ),
    Use(
        "agents.usage",
        "deserialize_usage",
        f"{WORKER}/sdk/models/model_answers.py",
        "reads the usage of a record, fields of which may be missing",
    ),
    Use(
        "agents.OpenAIProvider",
        "_client",
        f"{WORKER}/sdk/agents_facts.py",
        "tells a provider that an app configured from the one the SDK makes",
    ),
    Use(
        "agents.OpenAIProvider",
        "_stored_",
        f"{WORKER}/sdk/agents_facts.py",
        "the same: what an app gave the provider",
    ),
    Use(
        "agents.models.fake_id",
        "FAKE_RESPONSES_ID",
        f"{WORKER}/sdk/agents_facts.py",
        "the id that Chat Completions models give every item",
    ),
    Use(
        "agents.Model",
        "_cleanup_on_run_end",
        f"{WORKER}/sdk/models/model_proxy.py",
        "passed on to the app's model",
    ),
    Use(
        "agents.OpenAIChatCompletionsModel",
        "_client",
        f"{WORKER}/sdk/models/complete_answers.py",
        "names the host that a model asks, which its price depends on; of both model classes",
    ),
    Use(
        "agents.OpenAIChatCompletionsModel",
        "_fetch_response",
        f"{WORKER}/sdk/models/complete_answers.py",
        "overridden, as that of the other class: the only method that has the stream as it comes",
    ),
    Use(
        "agents.models.openai_responses._ResponseStreamWithRequestId",
        "_source",
        f"{WORKER}/sdk/models/complete_answers.py",
        "replaced: the client's stream, which is read by ours",
    ),
    Use(
        "agents.exceptions",
        "_mark_error_to_drain_stream_events",
        f"{WORKER}/sdk/models/normalized_streams.py",
        "called: the SDK drops the text that waits in its queue when an error comes",
    ),
    Use(
        "agents",
        "did not produce a final response",
        f"{WORKER}/failures/failure.py",
        "the text of the error for a Responses stream that was cut: its class alone looks final",
    ),
    Use(
        "agents",
        "terminal event",
        f"{WORKER}/failures/model_reports.py",
        "the text of the error for a Responses stream that ended with an event for a failure",
    ),
    Use(
        "chatkit.agents.AgentContext",
        "_events",
        f"{WORKER}/sdk/chatkit_context.py",
        "replaced: the queue of what tools show",
    ),
    Use(
        "chatkit.agents.AgentContext",
        "model_post_init",
        f"{WORKER}/sdk/chatkit_context.py",
        "replaced: gives every new context that queue",
    ),
    Use(
        "chatkit.agents",
        "annotation",
        f"{WORKER}/sdk/models/annotations.py",
        "refuses the client's objects, and takes plain data",
    ),
    Use(
        "chatkit.server",
        "agents_sdk_user_agent_override",
        f"{WORKER}/turns/pump.py",
        "what the stock server does around a response",
    ),
    Use(
        "chatkit.widgets",
        "StrictWidgetComponent",
        f"{GUIDE}/cards/widget_validation.py",
        "the union of all widgets: what a model may make a card of",
    ),
    Use(
        "openai.BaseModel",
        "model_construct",
        f"{WORKER}/sdk/models/model_answers.py",
        "overridden there: builds nested objects without a check, as the client does",
    ),
    Use(
        "openai.AsyncOpenAI",
        "post",
        f"{WORKER}/sdk/models/openai_client.py",
        "overridden: chooses the class of a streamed event by its type",
    ),
    Use(
        "openai.resources.responses.AsyncResponses",
        "extra_body",
        f"{WORKER}/sdk/models/openai_client.py",
        "sent as it is: items and tools need no rewriting",
    ),
    Use(
        "httpx2.Response",
        "stream",
        f"{WORKER}/models/delta_joining.py",
        "replaced in a response hook: deltas are joined before the client reads them",
    ),
    Use(
        "httpx2._client.BoundAsyncStream",
        "_stream",
        f"{WORKER}/models/delta_joining.py",
        "what a transport gave as the body, around which the client has put a clock",
    ),
    Use(
        "openai._vendor.httpx_aiohttp.transport.AiohttpResponseStream",
        "_aiohttp_response",
        f"{WORKER}/models/delta_joining.py",
        "whose buffer is read in windows; without it deltas are joined within a chunk only",
    ),
    *SERVER_NAMES,
)


Test = TypeVar("Test", bound=Callable[..., object])


def takes(*names: str) -> Callable[[Test], Test]:
    """Say which rows a test takes from a real object. A name that has no row is a mistake."""
    rows = {str(use) for use in PRIVATE_NAMES}
    assert set(names) <= rows, f"no row for {set(names) - rows}"
    return lambda test: test
