"""Responses: the fields of the response itself."""

from typing import Any

from .changes import DROP, dropping, edited, setting
from .dialect import Dialect
from .responses import completed, in_response, of
from .stream import Json

GATEWAYS = "gateways that build the Responses API on Chat Completions"


def _missing(name: str, source: str = GATEWAYS) -> Dialect:
    return Dialect(
        f"response without {name}",
        f"The response has no `{name}`.",
        source,
        change=in_response(dropping(name)),
    )


def _odd(name: str, says: str, source: str, **values: Any) -> Dialect:
    return Dialect(name, says, source, change=in_response(setting(**values)))


def _without_response(document: Json) -> None:
    document.pop("response")


MISSING = (
    _missing("id"),
    _missing("object"),
    _missing("created_at"),
    _missing("model"),
    _missing("parallel_tool_calls"),
    _missing("tool_choice"),
    _missing("tools"),
    _missing("status"),
    _missing("error"),
    _missing("metadata"),
    Dialect(
        "response of output alone",
        "The last event's response has an id and an output, nothing else.",
        "small servers of one file",
        change=in_response(
            lambda response: [response.pop(k) for k in {*response} - {"id", "output"}], completed
        ),
    ),
    Dialect(
        "response null until the end",
        "`response.created` and `response.in_progress` have no response.",
        GATEWAYS,
        change=edited(_without_response, of("created", "in_progress")),
    ),
    Dialect(
        "created missing",
        "The stream begins with the first item.",
        GATEWAYS,
        change=edited(lambda _: DROP, of("created", "in_progress")),
    ),
)

ODD = (
    _odd("response id empty", "The response's id is an empty string.", GATEWAYS, id=""),
    _odd("response id null", "The response's id is null.", GATEWAYS, id=None),
    _odd(
        "response id the same each time",
        "Every response has the same id.",
        "small servers that write a constant",
        id="resp_0",
    ),
    _odd("status done", "The response's status is `done`.", GATEWAYS, status="done"),
    _odd(
        "created_at as a string",
        "The time is text.",
        "gateways that write ISO times",
        created_at="2026-11-28T12:00:00Z",
    ),
    _odd("created_at null", "The time is null.", GATEWAYS, created_at=None),
    _odd(
        "object of another name",
        "The response calls itself `realtime.response`.",
        "gateways in front of realtime models",
        object="realtime.response",
    ),
    _odd("model null", "The response's model is null.", GATEWAYS, model=None),
    _odd(
        "tool_choice unknown",
        "`tool_choice` is a word that OpenAI does not have.",
        "vLLM, SGLang: `any`, `named`",
        tool_choice="any",
    ),
    _odd("tool_choice null", "`tool_choice` is null.", "Ollama, LM Studio", tool_choice=None),
    _odd(
        "tools in the Chat API's shape",
        "The response repeats the tools as Chat Completions has them.",
        "LiteLLM's proxy, gateways that translate requests",
        tools=[{"type": "function", "function": {"name": "look_up", "parameters": {}}}],
    ),
    _odd("tools null", "The response's tools are null.", GATEWAYS, tools=None),
    _odd(
        "text.format unknown",
        "`text.format` is of an unknown type.",
        "https://github.com/lmstudio-ai/lmstudio-bug-tracker/issues/1576",
        text={"format": {"type": "plain"}, "verbosity": "normal"},
    ),
    _odd("text a string", "`text` is a word.", GATEWAYS, text="text"),
    _odd(
        "reasoning.effort unknown",
        "`reasoning.effort` is a word that OpenAI does not have.",
        "OpenRouter, Groq: `default`",
        reasoning={"effort": "default", "summary": "brief"},
    ),
    _odd(
        "service_tier unknown",
        "`service_tier` is a word that OpenAI does not have.",
        "Groq: `on_demand`",
        service_tier="on_demand",
    ),
    _odd("truncation unknown", "`truncation` is `none`.", GATEWAYS, truncation="none"),
    _odd(
        "metadata nested",
        "`metadata` holds objects.",
        "gateways that report routing",
        metadata={"routing": {"provider": "x"}, "cost": 0.1},
    ),
    _odd(
        "incomplete_details of another shape",
        "`incomplete_details` is an empty object in a whole response.",
        GATEWAYS,
        incomplete_details={},
    ),
    _odd(
        "error an empty object",
        "`error` is an empty object in a whole response.",
        GATEWAYS,
        error={},
    ),
    _odd(
        "temperature as a string",
        "Numbers are in quotes.",
        "gateways that copy settings from forms",
        temperature="1.0",
        top_p="1.0",
        max_output_tokens="4096",
    ),
    _odd(
        "instructions as a list",
        "`instructions` is a list of messages.",
        "vLLM, LiteLLM",
        instructions=[{"role": "system", "content": "Be brief."}],
    ),
    _odd(
        "vendor's fields",
        "The response carries fields that nobody knows.",
        "Azure OpenAI's `content_filters`, OpenRouter's `provider`",
        content_filters=[{"blocked": False}],
        provider="X",
        billing={"payer": "developer"},
    ),
)
