"""A user's archive, in the form of the store's."""

from collections.abc import AsyncIterator, Sequence
from hashlib import sha256
from io import BytesIO
from zipfile import ZipFile

import orjson

from turnstream.contracts.identity import Session
from turnstream.contracts.operating.recordings import REQUEST
from turnstream.contracts.owner import Owner
from turnstream.contracts.turns import Json
from turnstream.testing.memory.records import Thread
from turnstream.testing.memory.state import State


async def archive_of(
    state: State, owner: Owner, sessions: Sequence[Session]
) -> AsyncIterator[bytes]:
    """All that a user has, as one piece. There are no bytes of files in memory, and no README."""
    sink, entries = BytesIO(), {}
    with ZipFile(sink, "w") as made:
        for name, lines in _lines(state, owner, sessions).items():
            content = b"".join(
                orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE) for line in lines
            )
            made.writestr(f"{name}.jsonl", content)
            entries[f"{name}.jsonl"] = {
                "sha256": sha256(content).hexdigest(),
                "bytes": len(content),
                "lines": len(lines),
            }
        written_at = state.now().isoformat()
        manifest = {"tenant": owner.tenant, "user": owner.user, "written_at": written_at}
        made.writestr("manifest.json", orjson.dumps({**manifest, "entries": entries}))
    yield sink.getvalue()


def _lines(state: State, owner: Owner, sessions: Sequence[Session]) -> dict[str, list[Json]]:
    """The lines of each file of the archive. What the assistant noted for itself is left out."""
    threads = [each for each in state.threads.values() if each.owner == owner]
    turns = [each for each in state.turns.values() if each.owner == owner]
    ids = {turn.id for turn in turns}
    return {
        "threads": [
            {
                "id": each.id,
                "title": each.fields.get("title"),
                "status": each.fields.get("status"),
                "created_at": each.created_at,
            }
            for each in threads
        ],
        "items": [line for thread in threads for line in _items(thread)],
        "turns": [
            turn.view().model_dump(
                include={"thread_id", "kind", "status", "attempt", "accepted_at", "ended_at"}
            )
            | {"id": turn.id}
            for turn in turns
        ],
        "journal": [
            {"turn_id": turn.id, "key": key, "value": orjson.Fragment(value)}
            for turn in turns
            for key, value in turn.journal.items()
            if not key.startswith(REQUEST)
        ],
        "tool_calls": [
            {
                "turn_id": call.turn_id,
                "tool": call.tool,
                "result": call.result and call.result.model_dump(mode="json"),
            }
            for call in state.calls.values()
            if call.turn_id in ids
        ],
        **_of_user(state, owner, sessions),
    }


def _items(thread: Thread) -> list[Json]:
    return [
        {"thread_id": thread.id, "item": orjson.Fragment(item.public or item.payload)}
        for item in thread.in_order()
        if not item.hidden
    ]


def _of_user(state: State, owner: Owner, sessions: Sequence[Session]) -> dict[str, list[Json]]:
    """What is found by the user's name."""
    ratings = [each for each in state.ratings.values() if (each.tenant, each.owner) == owner]
    return {
        "feedback": [each.model_dump(exclude={"tenant", "owner"}) for each in ratings],
        "attachments": [
            {
                "id": id_,
                "thread_id": each.thread_id,
                "file_key": each.file_key,
                **{name: orjson.loads(each.public).get(name) for name in ("name", "mime_type")},
            }
            for id_, each in state.attachments.items()
            if each.owner == owner
        ],
        "schedules": [
            each.schedule.model_dump(exclude={"catch_up", "when_busy", "next_at"})
            for each in state.schedules.values()
            if each.owner == owner
        ],
        "facts": [fact.model_dump() for whose, fact in state.facts.values() if whose == owner],
        "emails": [email.model_dump() for whose, email in state.emails.values() if whose == owner],
        "sessions": [
            each.model_dump(include={"id", "created_at", "expires_at"}) for each in sessions
        ],
        "usage": [
            {
                "turn_id": turn_id,
                "thread_id": call.thread_id,
                "created_at": call.created_at,
                **call.usage.model_dump(include={"model", "input_tokens", "output_tokens", "cost"}),
            }
            for (turn_id, _), call in state.model_calls.items()
            if call.owner == owner
        ],
        "audit": [
            each.model_dump(include={"id", "at", "action", "actor_kind"})
            for each in state.audit.about(owner)
        ],
        "files": [
            {"key": key, "size": file.size, "thread_id": file.thread_id}
            for key, file in state.files.items()
            if file.owner == owner
        ],
    }
