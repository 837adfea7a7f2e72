"""The agents of a workflow as steps that its user sees: a task for each, with its name."""

from collections.abc import Iterator

from chatkit.agents import AgentContext
from chatkit.types import (
    CustomTask,
    DurationSummary,
    ThreadItemAddedEvent,
    ThreadItemDoneEvent,
    ThreadItemUpdatedEvent,
    ThreadStreamEvent,
    Workflow,
    WorkflowItem,
    WorkflowTaskAdded,
    WorkflowTaskUpdated,
)
from turnstream.contracts.turns import RequestContext

from turnstream_worker.chatkit_json import now


class Steps:
    """The steps of one turn. They stand in one item until an answer begins, as thoughts do.

    What comes after the answer begins a new item: what was above it stays above it. ChatKit's
    converter ends the item when a message begins; `pass_on` looks at what it emits.
    """

    def __init__(self, context: AgentContext[RequestContext]) -> None:
        self._context = context
        self.item: WorkflowItem | None = None
        """The item that is open. Agents that answer put their thoughts into it."""
        self._closed: set[str] = set()

    def begin(self, name: str) -> tuple[CustomTask, ThreadStreamEvent]:
        """The step of an agent that begins, and the event that shows it."""
        task = CustomTask(title=name, status_indicator="loading")
        if self.item is None:
            self.item = WorkflowItem(
                id=self._context.generate_id("workflow"),
                created_at=now(),
                workflow=Workflow(type="custom", tasks=[task]),
                thread_id=self._context.thread.id,
            )
            return task, ThreadItemAddedEvent(item=self.item.model_copy(deep=True))
        tasks = self.item.workflow.tasks
        tasks.append(task)
        update = WorkflowTaskAdded(task=task.model_copy(), task_index=len(tasks) - 1)
        return task, ThreadItemUpdatedEvent(item_id=self.item.id, update=update)

    def end(self, task: CustomTask) -> Iterator[ThreadStreamEvent]:
        """The agent has ended. Nothing is shown where its item is closed."""
        task.status_indicator = "complete"
        tasks = self.item.workflow.tasks if self.item else []
        index = next((index for index, each in enumerate(tasks) if each is task), None)
        if self.item is not None and index is not None:
            update = WorkflowTaskUpdated(task=task.model_copy(), task_index=index)
            yield ThreadItemUpdatedEvent(item_id=self.item.id, update=update)

    def close(self) -> Iterator[ThreadStreamEvent]:
        """Close the open item, if there is one."""
        if self.item is not None:
            workflow = self.item.workflow
            seconds = int((now() - self.item.created_at).total_seconds())
            workflow.summary = workflow.summary or DurationSummary(duration=seconds)
            workflow.expanded = False
            yield from self.pass_on(ThreadItemDoneEvent(item=self.item))

    def pass_on(self, event: ThreadStreamEvent) -> Iterator[ThreadStreamEvent]:
        """An event of a run. The one that ends the open item shows all its steps as done.

        Agents that run side by side share the item, and each would end it: the first one does.
        """
        if isinstance(event, ThreadItemDoneEvent) and isinstance(event.item, WorkflowItem):
            if event.item.id in self._closed:
                return
            if self.item is not None and event.item.id == self.item.id:
                self._closed.add(self.item.id)
                self.item = None
                for task in event.item.workflow.tasks:
                    task.status_indicator = "complete"
        yield event
