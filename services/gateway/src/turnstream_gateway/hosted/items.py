"""Thread items in the form of the hosted API.

Not every item has one: structured inputs, generated images and ends of turns are left out, and so
is what no client may see. `KINDS` names the rest; the store selects by it, so that pages are full.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field
from turnstream.contracts.text import dump_json
from turnstream.contracts.turns import Json


class Shape(BaseModel):
    """Base of the hosted API's answers, and of their parts."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class ListedObject(Shape):
    """What can stand in a list."""

    id: str


class _ThreadItem(ListedObject):
    """What every item has."""

    object: Literal["chatkit.thread_item"] = "chatkit.thread_item"
    created_at: int
    thread_id: str


class InputText(Shape):
    """What a user wrote, or what they quoted."""

    type: Literal["input_text", "quoted_text"]
    text: str


class Attachment(Shape):
    """A file of a message."""

    type: Literal["image", "file"]
    id: str
    name: str
    mime_type: str
    preview_url: str | None


class ChosenTool(Shape):
    """The tool that a user chose."""

    id: str


class ChosenOptions(Shape):
    """What a user chose for an answer."""

    tool_choice: ChosenTool | None
    model: str | None


class UserMessage(_ThreadItem):
    """A message of the user."""

    type: Literal["chatkit.user_message"] = "chatkit.user_message"
    content: list[InputText]
    attachments: list[Attachment]
    inference_options: ChosenOptions | None


class FileSource(Shape):
    """A file that an answer is based on."""

    type: Literal["file"] = "file"
    filename: str


class UrlSource(Shape):
    """A page that an answer is based on."""

    type: Literal["url"] = "url"
    url: str


class FileAnnotation(Shape):
    """A note that names a file."""

    type: Literal["file"] = "file"
    source: FileSource


class UrlAnnotation(Shape):
    """A note that names a page."""

    type: Literal["url"] = "url"
    source: UrlSource


class OutputText(Shape):
    """A part of an answer."""

    type: Literal["output_text"] = "output_text"
    text: str
    annotations: list[FileAnnotation | UrlAnnotation]


class AssistantMessage(_ThreadItem):
    """An answer of the assistant."""

    type: Literal["chatkit.assistant_message"] = "chatkit.assistant_message"
    content: list[OutputText]


class Widget(_ThreadItem):
    """A widget, as JSON text."""

    type: Literal["chatkit.widget"] = "chatkit.widget"
    widget: str


class ClientToolCall(_ThreadItem):
    """A call of a tool in the user's page."""

    type: Literal["chatkit.client_tool_call"] = "chatkit.client_tool_call"
    status: Literal["in_progress", "completed"]
    call_id: str
    name: str
    arguments: str
    output: str | None


TaskType = Literal["custom", "thought"]


class Task(_ThreadItem):
    """A step of the assistant."""

    type: Literal["chatkit.task"] = "chatkit.task"
    task_type: TaskType
    heading: str | None
    summary: str | None


class GroupedTask(Shape):
    """A step among several."""

    type: TaskType
    heading: str | None
    summary: str | None


class TaskGroup(_ThreadItem):
    """Steps that belong together."""

    type: Literal["chatkit.task_group"] = "chatkit.task_group"
    tasks: list[GroupedTask]


Item = Annotated[
    UserMessage | AssistantMessage | Widget | ClientToolCall | Task | TaskGroup,
    Field(discriminator="type"),
]


def unix_seconds(moment: str) -> int:
    """A moment as ChatKit writes it, in whole seconds of Unix time."""
    read = datetime.fromisoformat(moment)
    return int((read if read.tzinfo else read.replace(tzinfo=UTC)).timestamp())


def hosted_item(item: Json) -> Item:
    """An item of one of `KINDS` in the hosted form."""
    common = {
        "id": item["id"],
        "thread_id": item["thread_id"],
        "created_at": unix_seconds(item["created_at"]),
    }
    return KINDS[item["type"]](common, item)


def _user_message(common: Json, item: Json) -> UserMessage:
    quoted = item.get("quoted_text")
    texts = [InputText(type="input_text", text=part["text"]) for part in item["content"]]
    content = [InputText(type="quoted_text", text=quoted), *texts] if quoted else texts
    attachments = [_attachment(each) for each in item.get("attachments") or ()]
    chosen = _chosen(item.get("inference_options") or {})
    return UserMessage(**common, content=content, attachments=attachments, inference_options=chosen)


def _attachment(attachment: Json) -> Attachment:
    return Attachment(
        type=attachment["type"],
        id=attachment["id"],
        name=attachment["name"],
        mime_type=attachment["mime_type"],
        preview_url=attachment.get("preview_url"),
    )


def _chosen(options: Json) -> ChosenOptions | None:
    tool, model = options.get("tool_choice"), options.get("model")
    if tool is None and model is None:
        return None
    return ChosenOptions(tool_choice=ChosenTool(id=tool["id"]) if tool else None, model=model)


def _assistant_message(common: Json, item: Json) -> AssistantMessage:
    content = [
        OutputText(text=part["text"], annotations=_annotations(part.get("annotations") or ()))
        for part in item["content"]
    ]
    return AssistantMessage(**common, content=content)


def _annotations(annotations: Any) -> list[FileAnnotation | UrlAnnotation]:
    """Those with a hosted form: a source that is an entity of the app has none."""
    known: list[FileAnnotation | UrlAnnotation] = []
    for source in (each["source"] for each in annotations):
        if source["type"] == "file":
            known.append(FileAnnotation(source=FileSource(filename=source["filename"])))
        elif source["type"] == "url":
            known.append(UrlAnnotation(source=UrlSource(url=source["url"])))
    return known


def _widget(common: Json, item: Json) -> Widget:
    return Widget(**common, widget=_text(item["widget"]))


def _client_tool_call(common: Json, item: Json) -> ClientToolCall:
    output = item.get("output")
    return ClientToolCall(
        **common,
        status="completed" if item["status"] == "completed" else "in_progress",
        call_id=item["call_id"],
        name=item["name"],
        arguments=_text(item["arguments"]),
        output=output if output is None or isinstance(output, str) else _text(output),
    )


def _task(common: Json, item: Json) -> Task:
    step = _step(item["task"])
    return Task(**common, task_type=step.type, heading=step.heading, summary=step.summary)


def _task_group(common: Json, item: Json) -> TaskGroup:
    return TaskGroup(**common, tasks=[_step(task) for task in item["workflow"]["tasks"]])


def _step(task: Json) -> GroupedTask:
    kind: TaskType = "thought" if task["type"] == "thought" else "custom"
    return GroupedTask(type=kind, heading=task.get("title"), summary=task.get("content"))


def _text(value: object) -> str:
    return dump_json(value).decode()


KINDS: Mapping[str, Callable[[Json, Json], Item]] = {
    "user_message": _user_message,
    "assistant_message": _assistant_message,
    "widget": _widget,
    "client_tool_call": _client_tool_call,
    "task": _task,
    "workflow": _task_group,
}
"""The types of items that have a hosted form."""
