"""Answers that were not streamed, as OpenAI would send them."""

from openai.types.chat import ChatCompletion
from openai.types.responses import Response

from turnstream_worker.dialects.chat_chunks import whole_answer
from turnstream_worker.dialects.errors import ContentRefused
from turnstream_worker.dialects.faults import fault_in
from turnstream_worker.dialects.finish_reasons import Ending
from turnstream_worker.dialects.response_items import item_type, mended_item
from turnstream_worker.sdk.mended_streams import made


def mended_completion(completion: ChatCompletion) -> ChatCompletion:
    """The completion as OpenAI would send it. Raises a class of `dialects.errors`."""
    document = completion.to_dict(mode="python", exclude_unset=True, warnings=False)
    mended, chunks = whole_answer(document)
    if chunks.ending is Ending.FILTER:
        raise ContentRefused("The server's content filter stopped the answer.")
    if mended != document:
        right = made(ChatCompletion, mended)
        completion.choices, completion.usage = right.choices, right.usage
    return completion


def mended_response(response: Response) -> Response:
    """The response as OpenAI would send it. Raises a class of `dialects.errors`."""
    document = response.to_dict(mode="python", exclude_unset=True, warnings=False)
    if fault := fault_in(document):
        raise fault
    given = document.get("output")
    output = [
        mended_item(item, kind)
        for item in (given if isinstance(given, list) else [])
        if (kind := item_type(item)) is not None
    ]
    if output != given:
        response.output = made(Response, {**document, "output": output}).output
    return response
