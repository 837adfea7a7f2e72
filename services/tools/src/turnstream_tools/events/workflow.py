"""A workflow: the list of steps that a long tool shows and completes one after the other."""

import copy
import time
from collections.abc import Awaitable, Callable

from turnstream.contracts.turns import Json

from turnstream_tools.events import items

_SHORTEST = 1
"""Seconds. ChatKit shows whole seconds, and a workflow that took less is shown as one."""


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

    def step(self, task: Json) -> list[Json]:
        """The next step begins."""
        events = self._complete_last()
        self._tasks.append({**task, "status_indicator": "loading"})
        return [*events, self._update("workflow.task.added")]

    def add(self, details: Json) -> Json:
        """The current step shows more."""
        self._tasks[-1].update(details)
        return self._update("workflow.task.updated")

    def conclude(self, summary: Json) -> None:
        """Set the title over the steps, which is shown once they are complete."""
        self._item["workflow"]["summary"] = summary

    def close(self) -> Json:
        """Every step is complete; without a conclusion the workflow says how long it took."""
        self._complete_last()
        seconds = max(_SHORTEST, round(time.monotonic() - self._began))
        self._item["workflow"].setdefault("summary", {"duration": seconds})
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


class Steps:
    """The steps of one workflow, as `ToolContext.workflow` gives them to a tool.

    A step is a ChatKit task: `custom` unless `type` says `web_search`, `file`, `thought` or
    `image`; `details` are the fields that such a task has.
    """

    def __init__(self, workflow: Workflow, emit: Callable[[Json], Awaitable[None]]) -> None:
        self._workflow = workflow
        self._emit = emit

    async def __call__(
        self, title: str, content: str | None = None, *, type: str = "custom", **details: object
    ) -> None:
        """The next step begins, and the one before it is complete."""
        text = {} if content is None else {"content": content}
        for event in self._workflow.step({"type": type, "title": title, **text, **details}):
            await self._emit(event)

    async def add(self, **details: object) -> None:
        """Show more of the step that runs, for example the `sources` of a search."""
        await self._emit(self._workflow.add(details))

    def conclude(self, title: str, icon: str | None = None) -> None:
        """Set the title of the finished workflow: the outcome, instead of how long it took."""
        self._workflow.conclude({"title": title, "icon": icon})
