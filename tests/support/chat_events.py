"""ChatKit events as tests write them."""

from typing import Any

Json = dict[str, Any]


def item(item_id: str, kind: str = "assistant_message", **fields: Any) -> Json:
    return {
        "id": item_id,
        "thread_id": "t",
        "created_at": "2026-01-01",
        "type": kind,
        **fields,
    }


def message(item_id: str, *texts: str) -> Json:
    content = [{"type": "output_text", "text": text, "annotations": []} for text in texts]
    return item(item_id, content=content)


def added(what: Json) -> Json:
    return {"type": "thread.item.added", "item": what}


def done(what: Json) -> Json:
    return {"type": "thread.item.done", "item": what}


def updated(item_id: str, kind: str, **fields: Any) -> Json:
    return {
        "type": "thread.item.updated",
        "item_id": item_id,
        "update": {"type": kind, **fields},
    }


def delta(item_id: str, text: str, index: int = 0) -> Json:
    kind = "assistant_message.content_part.text_delta"
    return updated(item_id, kind, content_index=index, delta=text)
