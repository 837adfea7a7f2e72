"""The ten request types that are answered with a document."""

from typing import Any, assert_never
from unicodedata import category

from chatkit.types import (
    AttachmentsCreateReq,
    AttachmentsDeleteReq,
    InputTranscribeReq,
    ItemsFeedbackReq,
    ItemsListReq,
    NonStreamingReq,
    ThreadsDeleteReq,
    ThreadsGetByIdReq,
    ThreadsListReq,
    ThreadsSyncCustomActionReq,
    ThreadsUpdateReq,
)
from prometheus_client import Counter
from turnstream.contracts.jobs import ServerMethod
from turnstream.contracts.store_api import GiveFeedback, ThreadPatch
from turnstream.contracts.turns import RequestContext
from turnstream.errors import TurnstreamError, Unprocessable, Unsupported
from turnstream.telemetry import get_logger

from turnstream_gateway.admission.requests import to_json
from turnstream_gateway.state import State

log = get_logger(__name__)

UNHEARD = Counter(
    "turnstream_feedback_unheard_total", "Feedback that was kept and did not reach the assistant."
)

TITLE_LIMIT = 200
"""Characters of a title that a user gives: several lines of a list of threads."""
_CONTROLS = frozenset({"Cc", "Zl", "Zp"})
"""Unicode's control characters and separators of lines. Joiners inside an emoji are neither."""

_PAGE = 20
"""What the stock server sends when a client names no limit."""
_MAX_PAGE = 100


async def answer_short(
    parts: State, request: NonStreamingReq, context: RequestContext, base: str
) -> bytes:
    """The JSON answer: from the store where it knows, from the assistant where only it does."""
    threads, caller, user = parts.client.threads, parts.caller, context.user_id
    match request:
        case ThreadsGetByIdReq():
            return await threads.show(user, request.params.thread_id)
        case ThreadsListReq():
            return await threads.page(user, **_page(request.params))
        case ItemsListReq():
            return await threads.items(user, request.params.thread_id, **_page(request.params))
        case ThreadsUpdateReq():
            # The title and nothing else: a status that a client sends is not even looked at.
            patch = ThreadPatch(fields={"title": _title(request.params.title)})
            return await threads.patch(user, request.params.thread_id, patch)
        case ThreadsDeleteReq():
            await threads.delete(user, request.params.thread_id)
            return b"{}"
        case ItemsFeedbackReq():
            return await _give_feedback(parts, request, context)
        case ThreadsSyncCustomActionReq():
            return await caller.call(ServerMethod.SYNC_ACTION, to_json(request), context)
        case InputTranscribeReq():
            return await caller.call(ServerMethod.TRANSCRIBE, to_json(request), context)
        case AttachmentsCreateReq():
            return await _create_attachment(parts, request, context, base)
        case AttachmentsDeleteReq():
            return await _delete_attachment(parts, request, context)
        case _:
            assert_never(request)


def _title(text: str) -> str:
    """A title that fits a list of threads. Raises `Unprocessable` for one that does not."""
    if not text.strip() or len(text) > TITLE_LIMIT:
        raise Unprocessable(f"A title holds 1 to {TITLE_LIMIT} characters.")
    if any(category(character) in _CONTROLS for character in text):
        raise Unprocessable("A title holds no line breaks and no other control characters.")
    return text


async def _give_feedback(parts: State, request: ItemsFeedbackReq, context: RequestContext) -> bytes:
    """Keep the verdict, then tell the assistant.

    From the commit on the user is told yes, whatever becomes of the assistant's hook: the verdict
    is kept, and sending it again would change nothing. What the hook missed is counted here.
    """
    params = request.params
    verdict = GiveFeedback(item_ids=params.item_ids, kind=params.kind)
    await parts.client.feedback.give(context.user_id, params.thread_id, verdict)
    try:
        await parts.caller.call(ServerMethod.ADD_FEEDBACK, to_json(request), context)
    except TurnstreamError as error:
        UNHEARD.inc()
        log.warning("assistant not told of feedback", thread_id=params.thread_id, error=str(error))
    return b"{}"


async def _create_attachment(
    parts: State, request: AttachmentsCreateReq, context: RequestContext, base: str
) -> bytes:
    """By the assistant's attachment store, or by ours when the assistant has none."""
    try:
        return await parts.caller.call(ServerMethod.CREATE_ATTACHMENT, to_json(request), context)
    except Unsupported:
        if parts.files is None:
            raise
    return await parts.files.attachments.announce(context.user_id, request.params, base)


async def _delete_attachment(
    parts: State, request: AttachmentsDeleteReq, context: RequestContext
) -> bytes:
    """By whoever keeps its bytes."""
    attachment_id = request.params.attachment_id
    if parts.files and await parts.files.attachments.delete(context.user_id, attachment_id):
        return b"{}"
    return await parts.caller.call(ServerMethod.DELETE_ATTACHMENT, to_json(request), context)


def _page(params: Any) -> dict[str, Any]:
    limit = params.limit or _PAGE
    if limit < 1:
        raise Unprocessable("limit must be at least 1.")
    return {"limit": min(limit, _MAX_PAGE), "order": params.order, "after": params.after}
