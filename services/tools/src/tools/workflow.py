"""A workflow: the list of steps that a long tool ticks off in front of the user."""

import copy
import time

from turnstream.contracts.turns import Json

from tools import items

_SOON = 1
"""ChatKit shows whole seconds; a workflow that took less is shown as one."""


class Workflow:
    """One workflow item, from `thread.item.added` to `thread.item.done`.

    Its events are built here and emitted by `ToolContext.workflow`. Each step completes the one
    before it.
    """

    def __init__(self, item_id: str, thread_id: str) -> None:
        self._item = items.item(
            "workflow", item_id, thread_id, workflow={"type": "custom", "tasks": []}
        )
        self._began = time.monotonic()

    @property
    def _tasks(self) -> list[Json]:
        tasks: list[Json] = self._item["workflow"]["tasks"]
        return tasks

    def open(self) -> Json:
        """The workflow appears, without steps."""
        return items.added(copy.deepcopy(self._item))

    def step(self, title: str, content: str | None = None) -> list[Json]:
        """The next step begins."""
        events = self._complete_last()
        self._tasks.append(
            {"type": "custom", "title": title, "content": content, "status_indicator": "loading"}
        )
        return [*events, self._update("workflow.task.added")]

    def close(self) -> Json:
        """Every step is complete; the workflow says how long it took."""
        self._complete_last()
        seconds = max(_SOON, round(time.monotonic() - self._began))
        self._item["workflow"]["summary"] = {"duration": seconds}
        return items.done(self._item)

    def _complete_last(self) -> list[Json]:
        if not self._tasks:
            return []
        self._tasks[-1]["status_indicator"] = "complete"
        return [self._update("workflow.task.updated")]

    def _update(self, kind: str) -> Json:
        index = len(self._tasks) - 1
        update = {"type": kind, "task_index": index, "task": dict(self._tasks[index])}
        return items.updated(self._item["id"], update)
