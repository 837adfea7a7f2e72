"""What users hand in: attachments bound to a thread, answers to structured inputs."""

from collections.abc import Sequence
from typing import NamedTuple

import orjson
from sqlalchemy.ext.asyncio import AsyncConnection
from turnstream.contracts.store_api import StoredAttachment, StoredItem
from turnstream.contracts.turns import Json
from turnstream.errors import NotFound, NothingPending, Unprocessable

from turnstream_store.files import attachment_queries as attachments
from turnstream_store.files import queries as files


class Bound(NamedTuple):
    """An attachment of a message: as the assistant sees it, and as the client does."""

    full: Json
    public: Json


async def bind_attachments(
    connection: AsyncConnection, owner: str, thread_id: str, attachment_ids: Sequence[str]
) -> list[Bound]:
    """Bind attachments of the owner's to a thread, in the order of their ids.

    Raises `NotFound` for an unknown or foreign id and `Unprocessable` for one that another
    thread has already, or whose bytes have not come yet.
    """
    bound = []
    for attachment_id in attachment_ids:
        row = await attachments.load(connection, owner, attachment_id, lock=True)
        if row is None:
            raise NotFound(f"There is no attachment {attachment_id}.")
        if row.thread_id not in (None, thread_id):
            raise Unprocessable(f"Attachment {attachment_id} belongs to another thread.")
        if row.file_key is not None and not await files.bind(connection, row.file_key, thread_id):
            raise Unprocessable(f"Attachment {attachment_id} has not been uploaded yet.")
        home = {"thread_id": thread_id}
        full, public = orjson.loads(row.payload) | home, orjson.loads(row.public) | home
        at_home = StoredAttachment(
            attachment_id=attachment_id,
            payload=orjson.dumps(full).decode(),
            public=orjson.dumps(public).decode(),
        )
        await attachments.save(connection, owner, at_home, thread_id)
        bound.append(Bound(full, public))
    return bound


def answer_structured_input(item: Json, submission: Json) -> Json:
    """The item with the submitted answers, as the stock server applies them.

    Unknown question ids are ignored, a single-choice question keeps one value, and a question
    without a value counts as skipped. Raises `NothingPending` when it was answered before.
    """
    if item.get("status", "pending") != "pending":
        raise NothingPending("This question has been answered already.")
    status = submission.get("status", "answered")
    answers: Json = submission.get("answers", {})
    questions = [
        {**question, "answer": _answer(question, answers.get(question["id"]), status)}
        for question in item["inputs"]
    ]
    return {**item, "status": status, "inputs": questions}


def _answer(question: Json, answer: Json | None, status: str) -> Json:
    values = (answer or {}).get("values", [])
    if status == "skipped" or answer is None or answer.get("skipped") or not values:
        return {"values": [], "skipped": True}
    if question["type"] == "multiple_choice" and not question.get("multiple"):
        values = values[:1]
    return {"values": values, "skipped": False}


def stored(item: Json, public: Json | None = None) -> StoredItem:
    """An item for the store, with a public form only where it differs."""
    return StoredItem(
        item_id=item["id"],
        type=item["type"],
        payload=orjson.dumps(item).decode(),
        public=orjson.dumps(public).decode() if public not in (None, item) else None,
    )
