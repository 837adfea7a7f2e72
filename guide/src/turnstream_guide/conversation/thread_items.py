"""Converts the items of a thread into the input of a model, for both model APIs."""

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from agents import TResponseInputItem
from chatkit.agents import ThreadItemConverter
from chatkit.types import (
    Attachment,
    CustomTask,
    GeneratedImageItem,
    HiddenContextItem,
    SDKHiddenContextItem,
    Task,
    TaskItem,
    ThreadItem,
    UserMessageItem,
    UserMessageTagContent,
    WidgetItem,
    WorkflowItem,
)
from openai.types.responses import (
    ResponseInputContentParam,
    ResponseInputTextParam,
)
from openai.types.responses.response_input_item_param import Message
from turnstream_worker.api import AttachmentBudget, ModelVision
from turnstream_worker.api.markup import SYSTEM_ACTION, TAG, WIDGET, WIDGET_ACTION, as_json, tagged

Known = Callable[[str], Awaitable[Mapping[str, str] | None]]
"""Looks an id up: None for an id that is not ours, empty for one that is gone."""


async def nothing_known(_: str) -> None:
    """No id is ours."""


_OWN_TAG = re.compile(r"<([A-Z_]+)[ >].*</\1>", re.DOTALL)


class GuideItems(ThreadItemConverter):
    """Converts every kind of item. No attachment makes a turn fail.

    Events of the interface become a tag in a message of the user: a model that found them in its
    own messages would begin to write such tags itself.

    Make one for each request. `items` are all that will be converted, because their attachments
    share one budget.
    """

    def __init__(
        self,
        items: Sequence[ThreadItem] = (),
        vision: ModelVision = ModelVision(),  # noqa: B008  # immutable
        known: Known = nothing_known,
    ) -> None:
        self._budget = AttachmentBudget(items, vision)
        self._known = known

    async def user_message_to_input(
        self, item: UserMessageItem, is_last_message: bool = True
    ) -> TResponseInputItem | list[TResponseInputItem] | None:
        """Convert it as ChatKit does, followed by the images and documents."""
        converted = await super().user_message_to_input(item, is_last_message)
        parts = [await self._budget.part(attachment) for attachment in item.attachments]
        message: Any = converted[0] if isinstance(converted, list) else converted
        message["content"] += [part for part in parts if part is not None]
        return converted

    async def attachment_to_message_content(
        self, attachment: Attachment
    ) -> ResponseInputContentParam:
        """What a file is, and the text that it holds."""
        return _note(await self._budget.note(attachment))

    async def tag_to_message_content(self, tag: UserMessageTagContent) -> ResponseInputContentParam:
        """The name of the mentioned entity and what is known about it now.

        For an entity that is not ours, what the client says about it.
        """
        known = await self._known(tag.id)
        data = as_json(tag.data if known is None else known)
        return _note(tagged(TAG, data, id=tag.id, name=tag.text, group=tag.group))

    async def widget_to_input(self, item: WidgetItem) -> TResponseInputItem:
        """The widget's text for copying, or its JSON if there is none."""
        shown = item.copy_text or item.widget.model_dump_json(exclude_none=True)
        return _message(tagged(WIDGET, shown, id=item.id))

    async def hidden_context_to_input(self, item: HiddenContextItem) -> TResponseInputItem:
        """An action of the user on a widget, a tag that a tool wrote, or a note."""
        if isinstance(item.content, dict) and WIDGET_ACTION in item.content:
            done = item.content[WIDGET_ACTION]
            payload = as_json(done.get("payload"))
            return _message(
                tagged(WIDGET_ACTION, payload, widget=done.get("widget"), type=done.get("type"))
            )
        if isinstance(item.content, str) and _OWN_TAG.fullmatch(item.content):
            return _message(item.content)
        content = item.content if isinstance(item.content, str) else as_json(item.content)
        return _message(tagged(SYSTEM_ACTION, content))

    async def sdk_hidden_context_to_input(self, item: SDKHiddenContextItem) -> TResponseInputItem:
        """A note of ChatKit's own. A Stop is the only one so far."""
        return _message(tagged(SYSTEM_ACTION, item.content))

    async def task_to_input(self, item: TaskItem) -> TResponseInputItem | None:
        """A step that was shown."""
        step = _step(item.task)
        return _message(tagged(SYSTEM_ACTION, step)) if step else None

    async def workflow_to_input(self, item: WorkflowItem) -> TResponseInputItem | None:
        """The steps that were shown; thoughts are left out."""
        steps = [step for task in item.workflow.tasks if (step := _step(task))]
        return _message(tagged(SYSTEM_ACTION, "\n".join(steps))) if steps else None

    async def generated_image_to_input(self, item: GeneratedImageItem) -> TResponseInputItem | None:
        """That there is an image. Its URL is for the user's browser, not for a model's host."""
        return _message(tagged(SYSTEM_ACTION, "An image was generated and shown to the user."))


def _step(task: Task) -> str:
    if not isinstance(task, CustomTask):
        return ""
    return ": ".join(part for part in (task.title, task.content) if part)


def _message(text: str) -> TResponseInputItem:
    return Message(type="message", role="user", content=[_note(text)])


def _note(text: str) -> ResponseInputTextParam:
    return ResponseInputTextParam(type="input_text", text=text)
