"""Chat Completions: what a model thinks, and the many fields in which it comes."""

from .changes import all_of, before, before_each, edited, only_if, replaced, setting
from .chat import chunk, in_delta, is_answer, opens, says
from .dialect import ANSWER, PREFACE, SECOND_ANSWER, Dialect, Right
from .stream import Change, Event, Json, Part

THOUGHT = "The user wants the weather."
IN_TAGS = f"<think>\n{THOUGHT}\n</think>\n\n"


def _thinking(**delta: object) -> Change:
    """Two pieces of thought before the first text."""
    return before(says, chunk(dict(delta)), chunk(dict(delta)))


def _content_of_parts(parts: list[Part]) -> list[Part]:
    """Thoughts and text as a list of parts."""
    thought = {"type": "thinking", "thinking": [{"type": "text", "text": THOUGHT}]}

    def listed(event: Event) -> list[Part]:
        text = event.document["choices"][0]["delta"]["content"]
        return [chunk({"content": [{"type": "text", "text": text}]})]

    return [*_thinking(content=[thought])(replaced(says, listed)(parts))]


def _in_the_middle(parts: list[Part]) -> list[Part]:
    """A thought before the last piece of text."""
    texts = [at for at, part in enumerate(parts) if isinstance(part, Event) and says(part)]
    if len(texts) < 2:
        return parts
    thought = chunk({"reasoning_content": THOUGHT})
    return [*parts[: texts[-1]], thought, *parts[texts[-1] :]]


def _beside(delta: Json) -> None:
    if delta.get("content"):
        delta["reasoning_content"] = ""


REASONING = (
    Dialect(
        "reasoning_content",
        "Thoughts come in `reasoning_content`.",
        "DeepSeek's API, vLLM, SGLang",
        change=_thinking(reasoning_content=THOUGHT),
    ),
    Dialect(
        "reasoning_content with content null",
        "While the model thinks, the text is null.",
        "https://github.com/sgl-project/sglang/issues/18335",
        change=_thinking(role=None, reasoning_content=THOUGHT, content=None),
    ),
    Dialect(
        "reasoning_content with content empty",
        "While the model thinks, the text is empty; while it speaks, the thought is.",
        "DashScope, GLM",
        change=all_of(_thinking(reasoning_content=THOUGHT, content=""), in_delta(_beside)),
    ),
    Dialect(
        "reasoning",
        "Thoughts come in `reasoning`.",
        "OpenRouter, Groq with parsed reasoning, newer vLLM",
        change=_thinking(reasoning=THOUGHT),
    ),
    Dialect(
        "reasoning and reasoning_content",
        "Thoughts come twice, under both names.",
        "gateways that please every client",
        change=_thinking(reasoning=THOUGHT, reasoning_content=THOUGHT),
    ),
    Dialect(
        "reasoning null everywhere",
        "Every delta has `reasoning: null` and `reasoning_content: null`.",
        "https://github.com/sgl-project/sglang/issues/7243",
        change=in_delta(setting(reasoning=None, reasoning_content=None)),
    ),
    Dialect(
        "reasoning_details",
        "Thoughts come as a list of blocks, some of them encrypted.",
        "OpenRouter's `reasoning_details`",
        change=_thinking(
            reasoning=THOUGHT,
            reasoning_details=[
                {"type": "reasoning.text", "text": THOUGHT, "format": "unknown", "index": 0},
                {"type": "reasoning.encrypted", "data": "c2VjcmV0", "id": "r1", "index": 1},
            ],
        ),
    ),
    Dialect(
        "thinking_blocks",
        "Thoughts come as Anthropic's blocks with signatures.",
        "LiteLLM in front of Anthropic",
        change=_thinking(
            reasoning_content=THOUGHT,
            thinking_blocks=[{"type": "thinking", "thinking": THOUGHT, "signature": "c2ln"}],
        ),
    ),
    Dialect(
        "reasoning as an object",
        "`reasoning` is an object, not text.",
        "small gateways",
        change=_thinking(reasoning={"content": THOUGHT}),
    ),
    Dialect(
        "thoughts in tags",
        "Thoughts stand in the text between tags, which are shown as they come.",
        "DeepSeek R1 and Qwen on servers without a reasoning parser",
        change=before(says, chunk({"content": IN_TAGS})),
        outcome=Right(texts=(IN_TAGS + PREFACE, IN_TAGS + ANSWER), second=IN_TAGS + SECOND_ANSWER),
    ),
    Dialect(
        "content as a list of parts",
        "Thoughts and text come as a list of parts.",
        "https://github.com/n8n-io/n8n/issues/37352",
        change=_content_of_parts,
    ),
    Dialect(
        "thoughts after the text",
        "A thought comes behind the text, before the end.",
        "models that think between their calls, behind OpenRouter",
        change=only_if(
            is_answer,
            lambda parts: [
                *parts[:-3],
                chunk({"reasoning_content": THOUGHT}),
                *parts[-3:],
            ],
        ),
    ),
    Dialect(
        "thought in the middle of the text",
        "The model speaks, thinks, and speaks on.",
        "MiniMax and Kimi with interleaved thinking",
        change=_in_the_middle,
    ),
    Dialect(
        "thoughts between the pieces of text",
        "Thoughts and text take turns.",
        "MiniMax and Kimi with interleaved thinking",
        change=before_each(says, chunk({"reasoning_content": "Hm. "})),
    ),
    Dialect(
        "refusal null everywhere",
        "Every delta has `refusal: null`.",
        "Azure OpenAI, vLLM",
        change=in_delta(setting(refusal=None)),
    ),
    Dialect(
        "citations",
        "Every chunk has the addresses that the answer rests on.",
        "Perplexity's API",
        change=edited(setting(citations=["https://example.com"], search_results=[])),
    ),
    Dialect(
        "audio null",
        "The first delta has `audio: null` and `annotations: []`.",
        "vLLM, Azure OpenAI",
        change=in_delta(setting(audio=None, annotations=[]), opens),
    ),
)
