"""Short calls to the assistant: answered at once, beside the turns."""

import asyncio
import base64
from datetime import timedelta
from typing import Any

from chatkit.server import ChatKitServer
from chatkit.store import AttachmentStore, NotFoundError
from chatkit.types import (
    AttachmentsCreateReq,
    AttachmentsDeleteReq,
    AudioInput,
    InputTranscribeReq,
    ItemsFeedbackReq,
    ThreadsSyncCustomActionReq,
    WidgetItem,
)
from pydantic import SecretStr
from turnstream.contracts.entities import EntityList
from turnstream.contracts.jobs import CallServer, ServerAnswered, ServerMethod
from turnstream.errors import (
    AssistantFailed,
    BadRequest,
    NotFound,
    TimedOut,
    TurnstreamError,
    Unprocessable,
    Unsupported,
)
from turnstream.http.problems import refusal
from turnstream.logs import context as log_context
from turnstream.secrets.credentials import Credentials
from turnstream.store_client import StoreClient
from turnstream.telemetry import get_logger
from turnstream.thread_status import check_active

from turnstream_worker import callers, chatkit_json
from turnstream_worker.assistant import Assistants
from turnstream_worker.short_calls.entities import MOST_ENTITIES, OffersEntities
from turnstream_worker.spans.attempts import short_call_traced
from turnstream_worker.usage.outside_turns import OutsideTurnMeter

log = get_logger(__name__)

Server = ChatKitServer[Any]


class ServerCalls:
    """Answers each `CallServer` with a method of its assistant."""

    def __init__(
        self,
        assistants: Assistants,
        client: StoreClient,
        limit: int,
        keys: SecretStr | None = None,
    ) -> None:
        self._assistants = assistants
        self._client = client
        self._store = assistants.store
        self._credentials = Credentials(keys)
        self._free = asyncio.Semaphore(limit)

    async def answer(self, call: CallServer, age: timedelta) -> ServerAnswered | None:
        """The answer to a call that is so old, also if it fails; None if nobody waits for it."""
        log_context.enter(
            tenant=call.context.owner.tenant, call_id=call.call_id, thread_id=_thread_of(call)
        )
        left = (call.timeout - age).total_seconds()
        if left <= 0:
            log.warning("call came too late", method=call.method, age=age.total_seconds())
            return None
        try:
            async with asyncio.timeout(left), self._free:
                with short_call_traced(call):
                    body = await self._dispatch(self._opened(call))
            return ServerAnswered(call_id=call.call_id, body=body.decode())
        except TurnstreamError as error:
            return ServerAnswered(
                call_id=call.call_id,
                error=error.code,
                detail=error.detail,
                extra={"status": error.status, "retry_after": error.retry_after},
            )
        except TimeoutError:
            return ServerAnswered(call_id=call.call_id, error=TimedOut.code)

    def _opened(self, call: CallServer) -> CallServer:
        context = self._credentials.put_back(call.context, call.credentials, call.call_id)
        return call.model_copy(update={"context": context, "credentials": None})

    async def _dispatch(self, call: CallServer) -> bytes:
        """The answer. Raises `BudgetExhausted` for a call in which a model was wanted and not
        called, whatever the assistant made of that.
        """
        caller = callers.begin(call.context)
        meter = OutsideTurnMeter(self._client, caller.owner, _thread_of(call))
        caller.meter = meter
        try:
            answered = await self._answered(call, caller)
        except TurnstreamError as error:
            raise meter.exhausted or error from error
        finally:
            caller.end()
        if meter.exhausted is not None:
            raise meter.exhausted
        return answered

    async def _answered(self, call: CallServer, caller: callers.Caller) -> bytes:
        method = {
            ServerMethod.SYNC_ACTION: self._sync_action,
            ServerMethod.ADD_FEEDBACK: self._add_feedback,
            ServerMethod.TRANSCRIBE: self._transcribe,
            ServerMethod.CREATE_ATTACHMENT: self._create_attachment,
            ServerMethod.DELETE_ATTACHMENT: self._delete_attachment,
            ServerMethod.SEARCH_ENTITIES: self._search_entities,
            ServerMethod.PREVIEW_ENTITY: self._preview_entity,
        }[call.method]
        assistant = self._assistants.of(call.context)
        try:
            context = await assistant.context_for(call.context)
            caller.recognize(context)
            return await callers.contained(method(call, assistant.server, context))
        except TurnstreamError:
            raise
        except NotFoundError as error:
            raise NotFound(str(error)) from error
        except NotImplementedError as error:  # a method of ChatKitServer that the app does not have
            raise Unsupported(str(error)) from error
        except Exception as error:  # whatever an app raises: its caller is told, and nobody else
            if (refused := refusal(error)) is not None:
                raise refused from error
            log.exception("assistant failed in a short call", method=call.method)
            raise AssistantFailed(f"{call.method} failed.") from error

    async def _sync_action(self, call: CallServer, server: Server, context: object) -> bytes:
        params = ThreadsSyncCustomActionReq.model_validate(call.request).params
        thread = await self._store.load_thread(params.thread_id, call.context)
        check_active(thread.model_dump(mode="json", include={"status"}))
        sender = None
        if params.item_id is not None:
            item = await self._store.load_item(params.thread_id, params.item_id, call.context)
            if not isinstance(item, WidgetItem):
                raise Unprocessable("An action can only come from a widget.")
            sender = item
        result = await server.sync_action(thread, params.action, sender, context)
        return chatkit_json.dump_public(result)

    async def _add_feedback(self, call: CallServer, server: Server, context: object) -> bytes:
        params = ItemsFeedbackReq.model_validate(call.request).params
        await server.add_feedback(params.thread_id, params.item_ids, params.kind, context)
        return b"{}"

    async def _transcribe(self, call: CallServer, server: Server, context: object) -> bytes:
        params = InputTranscribeReq.model_validate(call.request).params
        try:
            audio = base64.b64decode(params.audio_base64, validate=True)
        except ValueError as error:  # also raised for text that is not ASCII
            raise BadRequest("audio_base64 is not base64.") from error
        heard = AudioInput(data=audio, mime_type=params.mime_type)
        return chatkit_json.dump_public(await server.transcribe(heard, context))

    async def _create_attachment(self, call: CallServer, server: Server, context: object) -> bytes:
        params = AttachmentsCreateReq.model_validate(call.request).params
        attachments = _attachments(server)
        attachment = await attachments.create_attachment(params, context)
        await self._store.save_attachment(attachment, call.context)
        return chatkit_json.dump_public(attachment)

    async def _delete_attachment(self, call: CallServer, server: Server, context: object) -> bytes:
        """Check first whose it is: the stock server deletes the bytes before it checks."""
        params = AttachmentsDeleteReq.model_validate(call.request).params
        await self._store.load_attachment(params.attachment_id, call.context)
        await _attachments(server).delete_attachment(params.attachment_id, context)
        await self._store.delete_attachment(params.attachment_id, call.context)
        return b"{}"

    async def _search_entities(self, call: CallServer, server: Server, context: Any) -> bytes:
        found = await _entities(server).search_entities(call.request["query"], context)
        return chatkit_json.dump_public(EntityList(entities=list(found)[:MOST_ENTITIES]))

    async def _preview_entity(self, call: CallServer, server: Server, context: Any) -> bytes:
        shown = await _entities(server).preview_entity(call.request["entity_id"], context)
        return b'{"preview":%b}' % (b"null" if shown is None else chatkit_json.dump_public(shown))


def _thread_of(call: CallServer) -> str:
    """The thread that a call names, if it does. The assistant's store checks whose it is."""
    params = call.request.get("params")
    named = params.get("thread_id") if isinstance(params, dict) else None
    return named if isinstance(named, str) else ""


def _entities(server: Server) -> OffersEntities:
    if not isinstance(server, OffersEntities):
        raise Unsupported("This assistant has nothing to mention.")
    return server


def _attachments(server: Server) -> AttachmentStore[Any]:
    if server.attachment_store is None:
        raise Unsupported("This assistant takes no attachments.")
    return server.attachment_store
