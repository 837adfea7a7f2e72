"""Items as the hosted API tells them: the fields that have a place here. Others are ignored."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field


class _Shape(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class HostedStatus(_Shape):
    """Whether a thread takes messages."""

    type: Literal["active", "locked", "closed"]
    reason: str | None = None


class HostedThread(_Shape):
    """A thread."""

    id: Annotated[str, Field(min_length=1, max_length=200)]
    created_at: Annotated[float, Field(ge=0, lt=2**33)]
    """Seconds of Unix time."""
    title: str | None = None
    status: HostedStatus = HostedStatus(type="active")
    user: str


class HostedItem(_Shape):
    """What every item has."""

    id: Annotated[str, Field(min_length=1, max_length=200)]
    created_at: Annotated[float, Field(ge=0, lt=2**33)]
    type: str


class HostedText(_Shape):
    """What a user wrote, or quoted."""

    type: Literal["input_text", "quoted_text"]
    text: str


class HostedAttachment(_Shape):
    """A file of a message."""

    type: Literal["image", "file"]
    id: Annotated[str, Field(min_length=1, max_length=200)]
    name: str
    mime_type: str


class HostedTool(_Shape):
    """The tool that a user chose."""

    id: str


class HostedOptions(_Shape):
    """What a user chose for an answer."""

    tool_choice: HostedTool | None = None
    model: str | None = None


class UserMessage(HostedItem):
    """A message of the user."""

    content: list[HostedText]
    attachments: list[HostedAttachment] = Field(default_factory=list)
    inference_options: HostedOptions | None = None


class HostedSource(_Shape):
    """What an answer is based on."""

    type: Literal["file", "url"]
    filename: str = ""
    url: str = ""
    title: str | None = None


class HostedAnnotation(_Shape):
    """A note that names a source."""

    source: HostedSource


class HostedOutput(_Shape):
    """A part of an answer."""

    type: Literal["output_text"]
    text: str
    annotations: list[HostedAnnotation] = Field(default_factory=list)


class AssistantMessage(HostedItem):
    """An answer."""

    content: list[HostedOutput]


class Widget(HostedItem):
    """A widget, as JSON text."""

    widget: str


class ClientToolCall(HostedItem):
    """A call of a tool in the page."""

    status: Literal["in_progress", "completed"]
    call_id: str
    name: str
    arguments: str
    output: str | None = None


class HostedStep(_Shape):
    """What a task says."""

    heading: str | None = None
    summary: str | None = None


class Task(HostedItem, HostedStep):
    """A step of the assistant."""

    task_type: str


class GroupedTask(HostedStep):
    """A step among several."""

    type: str


class TaskGroup(HostedItem):
    """Steps that belong together."""

    tasks: list[GroupedTask]
