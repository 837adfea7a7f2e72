"""Responses: messages, their parts, and the deltas of their text."""

from .changes import all_of, before, dropping, edited, replaced, setting, without
from .dialect import Dialect, Fails
from .responses import event, in_items, in_parts, of, text_delta
from .stream import Event, Json, Part

GATEWAYS = "gateways that build the Responses API on Chat Completions"
CITED = {"type": "url_citation", "url": "https://example.com", "title": "There"}


def _content_as_text(item: Json) -> None:
    if isinstance(item.get("content"), list):
        item["content"] = "".join(part.get("text", "") for part in item["content"])


def _refusals(parts: list[Part]) -> list[Part]:
    """Every text is a refusal."""

    def edit(document: Json) -> None:
        document["type"] = document["type"].replace("output_text", "refusal")
        if "text" in document:
            document["refusal"] = document.pop("text")

    def renamed(part: Part) -> Part:
        if not isinstance(part, Event):
            return part
        return Event(part.data, part.document.get("type"), part.delta, part.terminal)

    whole = all_of(
        edited(edit, of("output_text.delta", "output_text.done")),
        in_parts(
            lambda part: (
                part.update(type="refusal", refusal=part.pop("text")),
                part.pop("annotations"),
                part.pop("logprobs"),
            )
        ),
    )
    return [renamed(part) for part in whole(parts)]


def _in_one_delta(parts: list[Part]) -> list[Part]:
    """The whole text in one delta, where the text is done."""

    def delta(done: Event) -> list[Part]:
        fields = {k: v for k, v in done.document.items() if k not in ("type", "text")}
        return [
            event("response.output_text.delta", **(fields | {"delta": done.document["text"]})),
            done,
        ]

    return all_of(without(text_delta), replaced(of("output_text.done"), delta))(parts)


TEXT = (
    Dialect(
        "annotations missing",
        "Texts have no annotations.",
        "https://github.com/lmstudio-ai/lmstudio-bug-tracker/issues/1089",
        change=in_parts(dropping("annotations")),
    ),
    Dialect(
        "annotations null",
        "Annotations are null.",
        "https://github.com/openai/openai-agents-python/issues/1616",
        change=in_parts(setting(annotations=None)),
    ),
    Dialect(
        "annotations of an unknown type",
        "A text has an annotation that OpenAI does not have.",
        "OpenRouter, xAI: citations of posts",
        change=in_parts(setting(annotations=[{"type": "x_post_citation", "post_id": "1"}])),
    ),
    Dialect(
        "annotations without their places",
        "A citation does not say which characters it is about.",
        "Perplexity, LiteLLM's proxy",
        change=in_parts(setting(annotations=[CITED])),
    ),
    Dialect(
        "logprobs missing",
        "Texts and deltas have no `logprobs`.",
        "vLLM, Ollama, LM Studio",
        change=all_of(in_parts(dropping("logprobs")), edited(dropping("logprobs"))),
    ),
    Dialect(
        "logprobs null",
        "`logprobs` is null in texts and deltas.",
        "LiteLLM's proxy",
        change=all_of(
            in_parts(setting(logprobs=None)),
            edited(setting(logprobs=None), of("output_text.delta", "output_text.done")),
        ),
    ),
    Dialect(
        "part of the type text",
        "Parts call themselves `text`.",
        GATEWAYS,
        change=in_parts(setting(type="text")),
    ),
    Dialect(
        "content a string",
        "A message's content is text, not a list of parts.",
        GATEWAYS,
        change=in_items(_content_as_text, "message"),
    ),
    Dialect(
        "content null until done",
        "A message begins with `content: null`.",
        GATEWAYS,
        change=in_items(lambda item: item.get("content") or item.update(content=None), "message"),
    ),
    Dialect(
        "deltas without item_id",
        "Text events do not say of which item they are.",
        GATEWAYS,
        change=edited(dropping("item_id"), lambda each: "content_index" in each.document),
    ),
    Dialect(
        "deltas without content_index",
        "Text events do not say of which part they are.",
        GATEWAYS,
        change=edited(dropping("content_index"), lambda each: "content_index" in each.document),
    ),
    Dialect(
        "events without output_index",
        "No event says of which place in the output it is.",
        GATEWAYS,
        change=edited(dropping("output_index")),
    ),
    Dialect(
        "output_index all 0",
        "Every item has the place 0.",
        "https://github.com/teabranch/open-responses-server/pull/63",
        change=edited(
            lambda document: document.update(output_index=0) if "output_index" in document else None
        ),
    ),
    Dialect(
        "deltas empty",
        "Deltas without text stand between the others.",
        "vLLM, SGLang",
        change=replaced(
            text_delta, lambda each: [each.with_data({**each.document, "delta": ""}), each]
        ),
    ),
    Dialect(
        "text in one delta",
        "The whole text comes in one delta at the end.",
        "gateways in front of models that do not stream",
        change=_in_one_delta,
    ),
    Dialect(
        "text without deltas",
        "The text comes in `output_text.done` and in the item, not in deltas.",
        "gateways in front of models that do not stream",
        change=without(text_delta),
    ),
    Dialect(
        "text in the item alone",
        "No event of the text comes; the last event of the item holds it.",
        "gateways in front of models that do not stream",
        change=without(
            of("output_text.delta", "output_text.done", "content_part.added", "content_part.done")
        ),
    ),
    Dialect(
        "role missing",
        "Messages do not say who speaks.",
        GATEWAYS,
        change=in_items(dropping("role"), "message"),
    ),
    Dialect(
        "item status missing",
        "Items have no status.",
        "Ollama, LM Studio",
        change=in_items(dropping("status")),
    ),
    Dialect(
        "item status done",
        "Items' status is `done`.",
        GATEWAYS,
        change=in_items(setting(status="done")),
    ),
    Dialect(
        "item status null",
        "Items' status is null.",
        "LiteLLM's proxy",
        change=in_items(setting(status=None)),
    ),
    Dialect(
        "phase",
        "Messages say in which phase they were written.",
        "OpenAI's newest models: `commentary`, `final_answer`",
        change=in_items(setting(phase="final_answer"), "message"),
    ),
    Dialect(
        "refusal",
        "The model refuses, in a part of its own.",
        "OpenAI's own API",
        change=_refusals,
        outcome=Fails("refused"),
    ),
    Dialect(
        "annotation event of an unknown type",
        "An event brings an annotation that OpenAI does not have.",
        "xAI: citations of posts",
        change=before(
            of("output_text.done"),
            event(
                "response.output_text.annotation.added",
                item_id="x",
                output_index=0,
                content_index=0,
                annotation_index=0,
                annotation={"type": "x_post_citation", "post_id": "1"},
            ),
        ),
    ),
)
