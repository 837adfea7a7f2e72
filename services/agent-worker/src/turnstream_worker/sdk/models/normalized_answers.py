"""Answers that were not streamed, as OpenAI would send them."""

from openai.types.chat import ChatCompletion
from openai.types.responses import Response
from turnstream.contracts.turns import Json

from turnstream_worker.dialects.chat_chunks import whole_answer
from turnstream_worker.dialects.errors import ContentRefused, CutByLength, UnreadableAnswer
from turnstream_worker.dialects.faults import fault_in
from turnstream_worker.dialects.finish_reasons import FinishReason
from turnstream_worker.dialects.response_items import item_type, normalized_item
from turnstream_worker.dialects.response_outline import unique_call_id
from turnstream_worker.dialects.usage import whole_counts
from turnstream_worker.sdk.models.normalized_streams import made


def normalized_completion(completion: ChatCompletion) -> ChatCompletion:
    """The completion as OpenAI would send it. Raises a class of `dialects.errors`."""
    document = completion.to_dict(mode="python", exclude_unset=True, warnings=False)
    normalized, chunks = whole_answer(document)
    if chunks.ending is FinishReason.FILTER:
        raise ContentRefused("The server's content filter stopped the answer.")
    if chunks.ending is FinishReason.LENGTH and not chunks.spoke:
        raise CutByLength("The model reached its length limit and said nothing.")
    if not normalized["choices"]:
        raise UnreadableAnswer(f"The model's answer has no choice: {document}"[:500])
    if normalized != document:
        right = made(ChatCompletion, normalized)
        completion.choices, completion.usage = right.choices, right.usage
    return completion


def normalized_response(response: Response) -> Response:
    """The response as OpenAI would send it. Raises a class of `dialects.errors`."""
    document = response.to_dict(mode="python", exclude_unset=True, warnings=False)
    if fault := fault_in(document):
        raise fault
    right = {**document, "output": _output(document), "usage": _usage(document)}
    if any(right[name] != document.get(name) for name in ("output", "usage")):
        normalized = made(Response, right)
        response.output, response.usage = normalized.output, normalized.usage
    return response


def _output(document: Json) -> list[Json]:
    """The items that the SDK knows, each call with an id of its own."""
    given = document.get("output")
    output: list[Json] = []
    taken: set[object] = set()
    for item in given if isinstance(given, list) else []:
        if (kind := item_type(item)) is None:
            continue
        normalized = normalized_item(item, kind)
        if kind == "function_call":
            normalized["call_id"] = unique_call_id(normalized["call_id"], len(output), taken)
            taken.add(normalized["call_id"])
        output.append(normalized)
    return output


def _usage(document: Json) -> Json | None:
    usage = document.get("usage")
    return whole_counts(usage) if isinstance(usage, dict) else None
