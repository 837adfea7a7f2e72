"""What becomes of the items that a turn began and did not end."""

from datetime import UTC, datetime, timedelta

from chatkit.types import (
    AssistantMessageItem,
    DurationSummary,
    GeneratedImageItem,
    ThreadItem,
    WorkflowItem,
)


def kept_of_part(item: ThreadItem) -> ThreadItem | None:
    """The item as it is kept when its turn ends early; None for what can't be kept."""
    if isinstance(item, AssistantMessageItem):
        return item if any(part.text.strip() for part in item.content) else None
    return _closed(item) if isinstance(item, WorkflowItem) else None


def kept_of_whole(item: ThreadItem) -> ThreadItem | None:
    """The item as it is kept when the assistant ended by itself; None for what shows nothing.

    What was begun is all that the assistant meant to show.
    """
    if isinstance(item, AssistantMessageItem | WorkflowItem):
        return kept_of_part(item)
    if isinstance(item, GeneratedImageItem) and item.image is None:
        return None
    return item


def _closed(item: WorkflowItem) -> WorkflowItem:
    if item.workflow.summary is None:
        now = datetime.now(UTC).replace(tzinfo=None)
        elapsed = max(now - item.created_at, timedelta(0))
        item.workflow.summary = DurationSummary(duration=int(elapsed.total_seconds()))
    item.workflow.expanded = False
    return item
