"""Chat Completions: arguments of tool calls, and tools that do not exist."""

import json

from .changes import all_of, before, dropping, ending_at, last_of_all, only_if, setting, without
from .chat import calls, chunk, ends, in_call, is_call, opens_call, says, whole_calls
from .chat_calls import ARGUMENTS, NO_SUCH_TOOL, NOT_RUN, in_function
from .chat_ends import DONE
from .dialect import ANSWER, PREFACE, Dialect, Right
from .stream import Change, Event, Part


def _arguments(arguments: object) -> Change:
    """The call in one chunk, with these arguments."""
    return all_of(whole_calls, in_call(in_function(setting(arguments=arguments))))


def _in_text(parts: list[Part]) -> list[Part]:
    """The call as text, in the model's own words."""
    call = json.dumps({"name": "look_up", "arguments": {"city": "Oslo"}})
    said = chunk({"content": f"<tool_call>\n{call}\n</tool_call>"})
    stopped = all_of(without(calls), before(ends, said))(parts)
    return in_choice_stop(stopped)


def in_choice_stop(parts: list[Part]) -> list[Part]:
    """The same answer, ending with `stop`."""
    return all_of(ending_at(ends), last_of_all(chunk({}, "stop"), DONE))(parts)


def _legacy(parts: list[Part]) -> list[Part]:
    """The call as `function_call`, the form before tools."""
    pieces = (
        chunk({"function_call": {"name": "look_up", "arguments": ""}}),
        chunk({"function_call": {"arguments": ARGUMENTS}}),
    )
    legacy = all_of(without(calls), ending_at(ends))(parts)
    return [*legacy, *pieces, chunk({}, "function_call"), DONE]


CALL_ARGUMENTS = (
    Dialect(
        "arguments an object",
        "Arguments are an object, not text.",
        "https://github.com/ggml-org/llama.cpp/issues/20198",
        change=only_if(is_call, _arguments({"city": "Oslo"})),
    ),
    Dialect(
        "arguments null",
        "A call's arguments are null: the model is told that they are missing.",
        "https://github.com/AstrBotDevs/AstrBot/issues/6661",
        change=only_if(is_call, _arguments(None)),
        outcome=NOT_RUN,
    ),
    Dialect(
        "arguments missing",
        "A call has no arguments.",
        "https://github.com/langchain-ai/langchainjs/pull/8581",
        change=only_if(is_call, all_of(whole_calls, in_call(in_function(dropping("arguments"))))),
        outcome=NOT_RUN,
    ),
    Dialect(
        "arguments empty",
        "A call's arguments are an empty string.",
        "https://github.com/openai/openai-agents-js/pull/499",
        change=only_if(is_call, _arguments("")),
        outcome=NOT_RUN,
    ),
    Dialect(
        "arguments encoded twice",
        "Arguments are JSON text inside JSON text: the model is told so.",
        "https://github.com/ollama/ollama/pull/12413",
        change=only_if(is_call, _arguments(json.dumps(ARGUMENTS))),
        outcome=NOT_RUN,
    ),
    Dialect(
        "arguments cut short",
        "Arguments are no whole JSON: the model is told so.",
        "small models on every server",
        change=only_if(is_call, _arguments(ARGUMENTS[:-4])),
        outcome=NOT_RUN,
    ),
    Dialect(
        "arguments a list",
        "Arguments are a list: the model is told so.",
        "small models on every server",
        change=only_if(is_call, _arguments('["Oslo"]')),
        outcome=NOT_RUN,
    ),
    Dialect(
        "arguments with more than was asked",
        "Arguments hold a field that the tool does not have.",
        "small models on every server",
        change=only_if(is_call, _arguments('{"city": "Oslo", "country": "Norway"}')),
    ),
    Dialect(
        "arguments with blanks around",
        "Arguments stand between line breaks.",
        "vLLM's and SGLang's parsers of XML-like calls",
        change=only_if(is_call, _arguments(f"\n  {ARGUMENTS}\n")),
    ),
    Dialect(
        "tool unknown",
        "The model calls a tool that does not exist.",
        "small models on every server",
        change=only_if(is_call, in_call(in_function(setting(name="find_weather")), opens_call)),
        outcome=NO_SUCH_TOOL,
    ),
    Dialect(
        "tool name with a prefix",
        "The model calls `functions.look_up`.",
        "gpt-oss and Kimi models on vLLM and SGLang",
        change=only_if(
            is_call, in_call(in_function(setting(name="functions.look_up")), opens_call)
        ),
        outcome=NO_SUCH_TOOL,
    ),
    Dialect(
        "tool name empty",
        "The model calls a tool without a name.",
        "https://github.com/earendil-works/pi/issues/4854",
        change=only_if(is_call, in_call(in_function(setting(name="")), opens_call)),
        outcome=NO_SUCH_TOOL,
    ),
    Dialect(
        "tool name and id empty",
        "A call has arguments, and neither a name nor an id.",
        "https://github.com/earendil-works/pi/issues/4854",
        change=only_if(
            is_call,
            all_of(
                whole_calls,
                in_call(in_function(setting(name="")), opens_call),
                in_call(setting(id="")),
            ),
        ),
        outcome=NO_SUCH_TOOL,
    ),
    Dialect(
        "tool name after the arguments",
        "The name comes with the last piece of the call.",
        "small gateways",
        change=only_if(
            is_call,
            all_of(
                in_call(in_function(setting(name=None)), opens_call),
                before(
                    ends,
                    chunk({"tool_calls": [{"index": 0, "function": {"name": "look_up"}}]}),
                ),
            ),
        ),
    ),
    Dialect(
        "call in the text",
        "The model writes its call as text, which the server does not parse.",
        "Qwen and Hermes models on servers without a parser",
        change=only_if(is_call, _in_text),
        outcome=Right(
            texts=(
                f'{PREFACE}<tool_call>\n{{"name": "look_up", "arguments": '
                '{"city": "Oslo"}}\n</tool_call>',
            ),
            cities=(),
        ),
    ),
    Dialect(
        "legacy function_call",
        "The call comes as `function_call`, with that reason to stop, although tools were sent.",
        "text-generation-webui, FastChat, older gateways",
        change=only_if(is_call, _legacy),
    ),
    Dialect(
        "custom call",
        "A call of the type `custom`, for a tool that was declared as a function.",
        "gateways in front of models with free-form tools",
        change=only_if(
            is_call,
            all_of(
                without(calls),
                before(
                    ends,
                    chunk(
                        {
                            "tool_calls": [
                                {
                                    "index": 0,
                                    "id": "call_custom",
                                    "type": "custom",
                                    "custom": {"name": "look_up", "input": ARGUMENTS},
                                }
                            ]
                        }
                    ),
                ),
                lambda parts: [p for p in parts if not (isinstance(p, Event) and says(p))],
            ),
        ),
        outcome=Right(texts=(ANSWER,)),
    ),
)
