"""The ten request types that are answered with a document."""

from typing import TypedDict, assert_never
from unicodedata import category

from chatkit.types import (
    AttachmentsCreateReq,
    AttachmentsDeleteReq,
    InputTranscribeReq,
    ItemsFeedbackReq,
    ItemsListParams,
    ItemsListReq,
    NonStreamingReq,
    ThreadListParams,
    ThreadsDeleteReq,
    ThreadsGetByIdReq,
    ThreadsListReq,
    ThreadsSyncCustomActionReq,
    ThreadsUpdateReq,
)
from prometheus_client import Counter
from turnstream.contracts.identity import SessionLimits
from turnstream.contracts.jobs import ServerMethod
from turnstream.contracts.owner import Owner
from turnstream.contracts.pages import PageRequest
from turnstream.contracts.store_api import GiveFeedback, ThreadPatch
from turnstream.contracts.turns import RequestContext
from turnstream.errors import TurnstreamError, Unprocessable, Unsupported
from turnstream.store_client.feedback import Ratings
from turnstream.store_client.threads.of_owner import Threads
from turnstream.telemetry import get_logger

from turnstream_gateway.admission.incoming import to_json
from turnstream_gateway.files.attachments import Attachments
from turnstream_gateway.short_calls import ServerCaller

log = get_logger(__name__)

UNHEARD = Counter(
    "turnstream_feedback_unheard_total", "Feedback that was kept and did not reach the assistant."
)

TITLE_LIMIT = 200
"""Characters of a title that a user gives: several lines of a list of threads."""
_CONTROLS = frozenset({"Cc", "Zl", "Zp"})
"""Unicode's control characters and separators of lines. Joiners inside an emoji are neither."""

UNLIMITED = SessionLimits()
NO_THREADS = b'{"data":[],"has_more":false}'
"""What a session without history sees of the list."""

_PAGE = 20
"""What the stock server sends when a client names no limit."""
_MAX_PAGE = 100


class NonStreamingRequests:
    """Answers short requests: from the store where it knows, else from the assistant."""

    def __init__(
        self,
        threads: Threads,
        ratings: Ratings,
        caller: ServerCaller,
        attachments: Attachments | None,
    ) -> None:
        self._threads = threads
        self._ratings = ratings
        self._caller = caller
        self._attachments = attachments

    async def answer(
        self,
        request: NonStreamingReq,
        context: RequestContext,
        base_url: str,
        limits: SessionLimits = UNLIMITED,
    ) -> bytes:
        """The JSON document that answers a request: of threads, as many as the session may list."""
        threads, owner = self._threads, context.owner
        match request:
            case ThreadsGetByIdReq():
                return await threads.show(owner, request.params.thread_id)
            case ThreadsListReq():
                return await self._list(owner, request.params, limits)
            case ItemsListReq():
                params = request.params
                return await threads.items(owner, params.thread_id, **_page(params))
            case ThreadsUpdateReq():
                # The title and nothing else: a status that a client sends is ignored.
                patch = ThreadPatch(fields={"title": _title(request.params.title)})
                return await threads.patch(owner, request.params.thread_id, patch)
            case ThreadsDeleteReq():
                await threads.delete(owner, request.params.thread_id)
                return b"{}"
            case ItemsFeedbackReq():
                return await self._give_feedback(request, context)
            case ThreadsSyncCustomActionReq():
                return await self._ask(ServerMethod.SYNC_ACTION, request, context)
            case InputTranscribeReq():
                return await self._ask(ServerMethod.TRANSCRIBE, request, context)
            case AttachmentsCreateReq():
                return await self._create_attachment(request, context, base_url)
            case AttachmentsDeleteReq():
                return await self._delete_attachment(request, context)
            case _:
                assert_never(request)

    async def _list(self, owner: Owner, params: ThreadListParams, limits: SessionLimits) -> bytes:
        page = _page(params)
        if not limits.history:
            return NO_THREADS
        if limits.recent_threads is None:
            return await self._threads.page(owner, **page)
        return await self._threads.newest(owner, limits.recent_threads, PageRequest(**page))

    async def _ask(
        self, method: ServerMethod, request: NonStreamingReq, context: RequestContext
    ) -> bytes:
        return await self._caller.call(method, to_json(request), context)

    async def _give_feedback(self, request: ItemsFeedbackReq, context: RequestContext) -> bytes:
        """Keep the rating, then tell the assistant.

        The answer is `{}` once the rating is committed, whatever becomes of the assistant's hook:
        sending the rating again would change nothing. What the hook missed is counted here.
        """
        params = request.params
        rating = GiveFeedback(item_ids=params.item_ids, kind=params.kind)
        await self._ratings.give(context.owner, params.thread_id, rating)
        try:
            await self._ask(ServerMethod.ADD_FEEDBACK, request, context)
        except TurnstreamError as error:
            UNHEARD.inc()
            thread_id = params.thread_id
            log.warning("assistant not told of feedback", thread_id=thread_id, error=str(error))
        return b"{}"

    async def _create_attachment(
        self, request: AttachmentsCreateReq, context: RequestContext, base_url: str
    ) -> bytes:
        """Create an attachment by the assistant's attachment store, or by ours when it has none."""
        try:
            return await self._ask(ServerMethod.CREATE_ATTACHMENT, request, context)
        except Unsupported:
            if self._attachments is None:
                raise
        return await self._attachments.announce(context.owner, request.params, base_url)

    async def _delete_attachment(
        self, request: AttachmentsDeleteReq, context: RequestContext
    ) -> bytes:
        """Delete an attachment by the store that keeps its bytes."""
        attachment_id = request.params.attachment_id
        ours = self._attachments
        if ours is not None and await ours.delete(context.owner, attachment_id):
            return b"{}"
        return await self._ask(ServerMethod.DELETE_ATTACHMENT, request, context)


class _Page(TypedDict):
    """The page that a client asks for."""

    limit: int
    order: str
    after: str | None


def _title(text: str) -> str:
    """A title that fits a list of threads. Raises `Unprocessable` for one that does not."""
    if not text.strip() or len(text) > TITLE_LIMIT:
        raise Unprocessable(f"A title holds 1 to {TITLE_LIMIT} characters.")
    if any(category(character) in _CONTROLS for character in text):
        raise Unprocessable("A title holds no line breaks and no other control characters.")
    return text


def _page(params: ThreadListParams | ItemsListParams) -> _Page:
    limit = params.limit or _PAGE
    if limit < 1:
        raise Unprocessable("limit must be at least 1.")
    return {"limit": min(limit, _MAX_PAGE), "order": params.order, "after": params.after}
