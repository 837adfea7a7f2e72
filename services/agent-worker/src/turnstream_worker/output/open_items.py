"""Items that were begun and not finished, as far as they got."""

from typing import Any

from chatkit.types import (
    AssistantMessageContent,
    AssistantMessageItem,
    ThreadItem,
    ThreadItemAddedEvent,
    ThreadItemDoneEvent,
    ThreadItemRemovedEvent,
    ThreadItemReplacedEvent,
    ThreadItemUpdatedEvent,
    ThreadStreamEvent,
    WorkflowItem,
)


class OpenItems:
    """Follows a stream of events; what is open when it stops is what the user saw unfinished."""

    def __init__(self) -> None:
        self._items: dict[str, ThreadItem] = {}
        self._texts: dict[tuple[str, int], list[str]] = {}

    def apply(self, event: ThreadStreamEvent) -> None:
        """Follow one event."""
        match event:
            case ThreadItemAddedEvent():
                self._items[event.item.id] = event.item.model_copy(deep=True)
            case ThreadItemDoneEvent() | ThreadItemReplacedEvent():
                self._drop(event.item.id)
            case ThreadItemRemovedEvent():
                self._drop(event.item_id)
            case ThreadItemUpdatedEvent() if event.item_id in self._items:
                self._update(self._items[event.item_id], event.update)
            case _:
                pass

    def items(self) -> list[ThreadItem]:
        """The open items with all their text, in the order they were begun."""
        for (item_id, index), texts in self._texts.items():
            item = self._items.get(item_id)
            if isinstance(item, AssistantMessageItem):
                item.content[index].text += "".join(texts)
        self._texts.clear()
        return list(self._items.values())

    def _drop(self, item_id: str) -> None:
        self._items.pop(item_id, None)
        for place in [place for place in self._texts if place[0] == item_id]:
            del self._texts[place]

    def _update(self, item: ThreadItem, update: Any) -> None:
        if isinstance(item, AssistantMessageItem) and hasattr(update, "content_index"):
            self._update_message(item, update)
        elif isinstance(item, WorkflowItem) and update.type == "workflow.task.added":
            item.workflow.tasks.insert(update.task_index, update.task.model_copy())
        elif isinstance(item, WorkflowItem) and update.type == "workflow.task.updated":
            tasks = item.workflow.tasks
            tasks[update.task_index : update.task_index + 1] = [update.task.model_copy()]

    def _update_message(self, item: AssistantMessageItem, update: Any) -> None:
        index = update.content_index
        while len(item.content) <= index:
            item.content.append(AssistantMessageContent(text="", annotations=[]))
        if update.type.endswith("text_delta"):
            self._texts.setdefault((item.id, index), []).append(update.delta)
        elif update.type.endswith("annotation_added"):
            item.content[index].annotations.insert(update.annotation_index, update.annotation)
        else:
            self._texts.pop((item.id, index), None)
            item.content[index] = update.content.model_copy(deep=True)
