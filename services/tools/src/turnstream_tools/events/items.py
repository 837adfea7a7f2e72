"""ChatKit's events and items as JSON: the few that tools make themselves."""

from turnstream.contracts.times import utc_now
from turnstream.contracts.turns import Json


def item(kind: str, item_id: str, thread_id: str, **fields: object) -> Json:
    """A thread item that is made now."""
    return {
        "type": kind,
        "id": item_id,
        "thread_id": thread_id,
        "created_at": utc_now(),
        **fields,
    }


def added(item: Json) -> Json:
    """The item appears and is still being worked on."""
    return {"type": "thread.item.added", "item": item}


def updated(item_id: str, update: Json) -> Json:
    """The item changes on its way to done."""
    return {"type": "thread.item.updated", "item_id": item_id, "update": update}


def done(item: Json) -> Json:
    """The item is complete."""
    return {"type": "thread.item.done", "item": item}


def progress(text: str, icon: str | None) -> Json:
    """A line of progress; it lasts until the next one."""
    return {"type": "progress_update", "icon": icon, "text": text}


def client_effect(name: str, data: Json) -> Json:
    """Something that happens in the client at once."""
    return {"type": "client_effect", "name": name, "data": data}


def notice(level: str, message: str, title: str | None) -> Json:
    """A message beside the thread, which is not part of it."""
    return {"type": "notice", "level": level, "message": message, "title": title}
