"""Responses: thoughts that are streamed, with a summary or with their own text."""

from .changes import all_of, before, edited, without
from .dialect import Dialect
from .responses import completed, event, item_added, item_done
from .responses_items import REASONING, into_output, rotated
from .stream import Change, Json


def _thought(*events: tuple[str, Json], item: Json) -> Change:
    """A thought that is streamed before everything else."""
    first = event("response.output_item.added", output_index=7, item={**item, "summary": []})
    last = event("response.output_item.done", output_index=7, item=item)
    middle = [
        event(f"response.{kind}", item_id=item["id"], output_index=7, **fields)
        for kind, fields in events
    ]
    return all_of(
        before(item_added, first, *middle, last),
        edited(lambda document: into_output(document, item), completed),
    )


SUMMARY_TEXT = "The user wants the weather."
SUMMARY_EVENTS: tuple[tuple[str, Json], ...] = (
    (
        "reasoning_summary_part.added",
        {"summary_index": 0, "part": {"type": "summary_text", "text": ""}},
    ),
    ("reasoning_summary_text.delta", {"summary_index": 0, "delta": "The user wants "}),
    ("reasoning_summary_text.delta", {"summary_index": 0, "delta": "the weather."}),
    ("reasoning_summary_text.done", {"summary_index": 0, "text": SUMMARY_TEXT}),
    (
        "reasoning_summary_part.done",
        {"summary_index": 0, "part": {"type": "summary_text", "text": SUMMARY_TEXT}},
    ),
)
TEXT_EVENTS: tuple[tuple[str, Json], ...] = (
    ("reasoning_part.added", {"content_index": 0, "part": {"type": "reasoning_text", "text": ""}}),
    ("reasoning_text.delta", {"content_index": 0, "delta": "The user wants "}),
    ("reasoning_text.delta", {"content_index": 1, "delta": "the weather."}),
    ("reasoning_text.done", {"content_index": 1, "text": SUMMARY_TEXT}),
    (
        "reasoning_part.done",
        {"content_index": 0, "part": {"type": "reasoning_text", "text": SUMMARY_TEXT}},
    ),
)


def _without_kinds(*kinds: str) -> tuple[tuple[str, Json], ...]:
    return tuple(each for each in SUMMARY_EVENTS if each[0] not in kinds)


THOUGHTS = (
    Dialect(
        "summary streamed",
        "A thought's summary is streamed.",
        "OpenAI's own API",
        change=_thought(*SUMMARY_EVENTS, item=REASONING),
    ),
    Dialect(
        "summary with ids that rotate",
        "Every event of a thought calls it otherwise.",
        "https://github.com/BerriAI/litellm/pull/36375",
        change=all_of(
            _thought(*SUMMARY_EVENTS, item=REASONING),
            rotated(lambda each: "summary_index" in each.document),
        ),
    ),
    Dialect(
        "summary without part events",
        "A summary's text comes without the events of its part.",
        "LM Studio, LiteLLM's proxy",
        change=_thought(
            *_without_kinds("reasoning_summary_part.added", "reasoning_summary_part.done"),
            item=REASONING,
        ),
    ),
    Dialect(
        "summary without its end",
        "A summary's text has no last event.",
        "LiteLLM's proxy",
        change=_thought(
            *_without_kinds("reasoning_summary_text.done", "reasoning_summary_part.done"),
            item=REASONING,
        ),
    ),
    Dialect(
        "reasoning_text streamed",
        "A thought's text itself is streamed, each delta as a part of its own.",
        "https://github.com/vllm-project/vllm/pull/35184",
        change=_thought(
            *TEXT_EVENTS,
            item={
                **REASONING,
                "summary": [],
                "content": [{"type": "reasoning_text", "text": SUMMARY_TEXT}],
            },
        ),
    ),
    Dialect(
        "thought that is never done",
        "A thought begins and has no last event; the response holds it.",
        "https://github.com/BerriAI/litellm/pull/36375",
        change=all_of(
            _thought(*SUMMARY_EVENTS, item=REASONING),
            without(lambda each: item_done(each) and each.document["item"]["type"] == "reasoning"),
        ),
    ),
    Dialect(
        "thought that is never done, without the ends of its parts",
        "A thought begins and nothing of it ends.",
        "https://github.com/BerriAI/litellm/pull/36375",
        change=all_of(
            _thought(
                *_without_kinds("reasoning_summary_text.done", "reasoning_summary_part.done"),
                item=REASONING,
            ),
            without(lambda each: item_done(each) and each.document["item"]["type"] == "reasoning"),
        ),
    ),
)
