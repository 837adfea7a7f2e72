"""Chat Completions: how a stream ends, and the reason it names."""

from .changes import (
    all_of,
    before,
    ending_at,
    last_of_all,
    only_if,
    replaced,
    setting,
    without,
)
from .chat import chunk, done, ends, in_choice, is_answer, opens, says, usage
from .dialect import Dialect, Fails, Right
from .stream import Change, Event, Part

RETRIED = 3
"""Attempts of a turn whose failure may pass and does not."""


def _reason(reason: str | None) -> Change:
    return in_choice(setting(finish_reason=reason), ends)


def _nothing_but(reason: str) -> Change:
    """No text and no call, only a reason."""
    return all_of(ending_at(says), last_of_all(chunk({"content": ""}), chunk({}, reason), DONE))


def _half_and(reason: str) -> Change:
    """The first piece of text, then a reason."""

    def change(parts: list[Part]) -> list[Part]:
        first = next(n for n, p in enumerate(parts) if isinstance(p, Event) and says(p))
        return [*parts[: first + 1], chunk({}, reason), DONE]

    return change


def _unended(parts: list[Part]) -> list[Part]:
    """The last frame lacks its blank line."""
    *frames, last = without(done)(parts)
    assert isinstance(last, Event)
    return [*frames, f"data: {last.text}".encode()]


DONE = Event("[DONE]", terminal=True)

ENDS = (
    Dialect(
        "no [DONE]",
        "The stream ends without `[DONE]`.",
        "https://github.com/perplexityai/api-discussion/issues/209",
        change=without(done),
    ),
    Dialect(
        "no finish_reason",
        "No chunk names a reason to stop, but `[DONE]` and the counts come.",
        "https://github.com/eclipse-theia/theia/issues/16055",
        change=in_choice(setting(finish_reason=None)),
    ),
    Dialect(
        "no finish_reason and no usage",
        "No chunk names a reason to stop; only `[DONE]` says that this was all.",
        "https://github.com/vllm-project/vllm/issues/27572",
        change=all_of(in_choice(setting(finish_reason=None)), without(usage)),
    ),
    Dialect(
        "no finish_reason and no [DONE]",
        "The body ends after the last text as if it were cut: nobody can tell that it was all.",
        "proxies that end a body properly when their upstream is gone",
        change=all_of(in_choice(setting(finish_reason=None)), without(usage), without(done)),
        outcome=Fails("model_unreachable", tries=RETRIED),
    ),
    Dialect(
        "finish_reason empty before the end",
        'Every chunk has `finish_reason: ""` until the last.',
        "DashScope, several gateways written in Go",
        change=in_choice(setting(finish_reason=""), lambda event: not ends(event)),
    ),
    Dialect(
        "finish_reason stop for calls",
        "An answer that calls tools ends with `stop`.",
        "https://github.com/googleapis/python-genai/issues/2868",
        change=_reason("stop"),
    ),
    Dialect(
        "finish_reason function_call for calls",
        "An answer that calls tools ends with the legacy reason.",
        "older text-generation-webui and FastChat",
        change=_reason("function_call"),
    ),
    Dialect(
        "finish_reason eos",
        "The reason is the model's own end token.",
        "Together AI, text-generation-inference (`eos_token`)",
        change=_reason("eos"),
    ),
    Dialect(
        "finish_reason in capitals",
        "The reason is `STOP`.",
        "gateways in front of Google Vertex AI",
        change=_reason("STOP"),
    ),
    Dialect(
        "finish_reason end_turn",
        "The reason is Anthropic's.",
        "gateways in front of Anthropic and Bedrock",
        change=_reason("end_turn"),
    ),
    Dialect(
        "finish_reason unknown",
        "The reason is the word `unknown`.",
        "LM Studio, GitHub Copilot's proxy",
        change=_reason("unknown"),
    ),
    Dialect(
        "finish_reason twice",
        "Two chunks in a row name the reason.",
        "vLLM behind gateways that add an end of their own",
        change=replaced(ends, lambda event: [event, event]),
    ),
    Dialect(
        "finish_reason with the last text",
        "The last piece of text comes in the chunk that names the reason.",
        "Groq, Fireworks",
        change=only_if(
            is_answer,
            all_of(
                before(ends, chunk({"content": ""})),
                replaced(ends, lambda event: [chunk({"content": ""}, "stop")]),
            ),
        ),
    ),
    Dialect(
        "last frame without a blank line",
        "The body ends right after the last frame's data, and there is no `[DONE]`.",
        "small servers that join frames by blank lines",
        change=_unended,
    ),
    Dialect(
        "bytes after [DONE]",
        "Comments and another frame follow `[DONE]`.",
        "OpenRouter, Cloudflare's AI gateway",
        change=last_of_all(b": end\n\n", b"data: {}\n\n"),
    ),
    Dialect(
        "[done] in small letters",
        "The end mark is written otherwise, as text that is no JSON.",
        "small servers of one file",
        change=replaced(done, lambda event: [event.with_data("[done]")]),
    ),
    Dialect(
        "finish_reason network_error, nothing said",
        "The server lost its own connection, and ends the stream properly with status 200.",
        "https://github.com/NousResearch/hermes-agent/pull/92161",
        change=_nothing_but("network_error"),
        outcome=Fails("model_unavailable", tries=RETRIED),
    ),
    Dialect(
        "finish_reason network_error after half",
        "The same in the middle of a text.",
        "https://github.com/anomalyco/opencode/issues/44358",
        change=_half_and("network_error"),
        outcome=Fails("model_unavailable", tries=RETRIED),
    ),
    Dialect(
        "finish_reason network_error once",
        "The same, and the next try is answered.",
        "https://github.com/NousResearch/hermes-agent/pull/92161",
        change=_half_and("network_error"),
        once=True,
        outcome=Right(tries=2),
    ),
    Dialect(
        "finish_reason insufficient_system_resource",
        "The server runs out of capacity in the middle of an answer.",
        "DeepSeek's API reference, `finish_reason`",
        change=_half_and("insufficient_system_resource"),
        outcome=Fails("model_unavailable", tries=RETRIED),
    ),
    Dialect(
        "finish_reason error",
        "The reason is `error`, without any error.",
        "https://github.com/damianvtran/local-operator/pull/223",
        change=_half_and("error"),
        outcome=Fails("model_unavailable", tries=RETRIED),
    ),
    Dialect(
        "finish_reason sensitive, nothing said",
        "The provider's content policy stopped the answer before its first word.",
        "https://github.com/promptfoo/promptfoo/pull/9905",
        change=_nothing_but("sensitive"),
        outcome=Fails("content_filtered"),
    ),
    Dialect(
        "finish_reason content_filter, nothing said",
        "The content filter stopped the answer before its first word.",
        "Azure OpenAI's content filter",
        change=_nothing_but("content_filter"),
        outcome=Fails("content_filtered"),
    ),
    Dialect(
        "finish_reason content_filter after half",
        "The content filter stopped the answer in the middle.",
        "Azure OpenAI's content filter",
        change=_half_and("content_filter"),
        outcome=Fails("content_filtered"),
    ),
    Dialect(
        "finish_reason length after half",
        "The answer reached the limit of its length.",
        "every server with `max_tokens`",
        change=_half_and("length"),
        outcome=Fails("answer_cut_by_length"),
    ),
    Dialect(
        "finish_reason length, nothing said",
        "The model thought until the limit of its length and said nothing.",
        "reasoning models behind vLLM and SGLang",
        change=_nothing_but("length"),
        outcome=Fails("answer_cut_by_length"),
    ),
    Dialect(
        "empty answer",
        "The model stops properly without a word.",
        "Google Gemini, small models on Ollama",
        change=_nothing_but("stop"),
        outcome=Fails("empty_answer"),
    ),
    Dialect(
        "answer of blanks",
        "The model says a line break, and nothing else.",
        "small models on llama.cpp and Ollama",
        change=all_of(
            ending_at(says), last_of_all(chunk({"content": "\n"}), chunk({}, "stop"), DONE)
        ),
        outcome=Fails("empty_answer"),
    ),
    Dialect(
        "nothing but [DONE]",
        "The stream holds `[DONE]` and nothing else.",
        "gateways whose upstream is gone",
        change=lambda _: [DONE],
        outcome=Fails("model_unreachable", tries=RETRIED),
    ),
    Dialect(
        "no frame at all",
        "The body of the stream is empty.",
        "gateways whose upstream is gone",
        change=lambda _: [],
        outcome=Fails("model_unreachable", tries=RETRIED),
    ),
    Dialect(
        "only the role",
        "The first chunk comes, then the body ends.",
        "gateways whose upstream is gone",
        change=lambda parts: [p for p in parts if isinstance(p, Event) and opens(p)],
        outcome=Fails("model_unreachable", tries=RETRIED),
    ),
)
