"""What a remote tool shows, on its way into the answer that called it."""

from typing import Any

import orjson
from chatkit.agents import AgentContext
from chatkit.types import (
    ThreadItemAddedEvent,
    ThreadItemDoneEvent,
    ThreadItemUpdatedEvent,
    ThreadStreamEvent,
    Workflow,
    WorkflowItem,
)
from pydantic import ValidationError
from turnstream.contracts.tools import ToolResult, lasting_seq
from turnstream.contracts.turns import Json
from turnstream.telemetry import get_logger
from turnstream.transcript import apply_update

from turnstream_worker import chatkit_json

log = get_logger(__name__)


class RemoteEvents:
    """Shows the events of one call. An invalid event is logged and dropped; the turn goes on.

    ChatKit closes a workflow of an answer before the next item, in the form that it holds. So that
    form is updated with each event of the tool, and removed once the tool closes the workflow.
    """

    def __init__(self, key: str, context: object) -> None:
        self._key = key
        self._context = context if isinstance(context, AgentContext) else None
        self._workflows: dict[str, WorkflowItem] = {}

    async def show_missed(self, result: ToolResult, shown: int) -> None:
        """Show what lasts of a call and has a higher number than what was shown of it."""
        for index, document in enumerate(result.events):
            if lasting_seq(index) > shown:
                await self.show(document)

    async def show(self, document: Json) -> None:
        """Show one event."""
        if self._context is None:
            return
        try:
            event = chatkit_json.load_event(document)
        except ValidationError as error:
            log.error("tool emitted no event", key=self._key, error=error)
            return
        self._keep_in_step(event, document, self._context)
        await self._context.stream(event)

    def _keep_in_step(
        self, event: ThreadStreamEvent, document: Json, context: AgentContext[Any]
    ) -> None:
        held = context.workflow_item
        match event:
            case ThreadItemAddedEvent(item=WorkflowItem() as item):
                self._workflows[item.id] = item
            case ThreadItemUpdatedEvent(item_id=item_id) if held and held.id == item_id:
                item = orjson.loads(held.model_dump_json(by_alias=True))
                apply_update(item, document["update"])
                held.workflow = Workflow.model_validate(item["workflow"])
            case ThreadItemDoneEvent(item=WorkflowItem() as item):
                shown = self._workflows.pop(item.id, None)
                if shown is not None:
                    shown.workflow = item.workflow
                if held and held.id == item.id:
                    context.workflow_item = None
            case _:
                pass
