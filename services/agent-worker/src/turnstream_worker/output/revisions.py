"""Updates of items that are stored already, such as a new root for a widget of an older turn.

They are stored once, with the end of the turn. A replay would apply them a second time otherwise: a
task would be added to a workflow twice.
"""

from collections.abc import Awaitable, Callable

import orjson
from chatkit.types import ThreadItem
from turnstream.contracts.turns import Json
from turnstream.transcript import Transcript, apply_update

from turnstream_worker import chatkit_json

Load = Callable[[str], Awaitable[ThreadItem | None]]


class Revisions:
    """Collects the updates of one attempt."""

    def __init__(self) -> None:
        self._updates: dict[str, list[Json]] = {}

    def note(self, event: Json, emitted: Transcript) -> None:
        """Keep the update of an item that is not open; forget those of one that comes whole."""
        if event["type"] == "thread.item.updated":
            if not emitted.is_open(event["item_id"]):
                self._updates.setdefault(event["item_id"], []).append(event["update"])
        elif event["type"].startswith("thread.item."):
            self._updates.pop(event.get("item_id") or event["item"]["id"], None)

    async def items(self, load: Load) -> list[ThreadItem]:
        """The updated items, as they are to be stored. `load` gives None for what is not stored."""
        revised: list[ThreadItem] = []
        while self._updates:
            item_id, updates = self._updates.popitem()
            item = await load(item_id)
            if item is not None:
                revised.append(_updated(item, updates))
        return revised


def _updated(item: ThreadItem, updates: list[Json]) -> ThreadItem:
    document: Json = orjson.loads(chatkit_json.dump_item(item).payload)
    for update in updates:
        if not _has(document, update):
            apply_update(document, update)
    return chatkit_json.load_item(document)


def _has(item: Json, update: Json) -> bool:
    """True where the app has stored an added task itself, before it showed it."""
    if update["type"] != "workflow.task.added" or "workflow" not in item:
        return False
    index, tasks = update["task_index"], item["workflow"]["tasks"]
    return bool(index < len(tasks) and tasks[index] == update["task"])
