"""Annotations of a model's text in the form that ChatKit reads."""

from agents.items import TResponseStreamEvent
from openai.types.responses import ResponseOutputTextAnnotationAddedEvent
from pydantic import BaseModel


def plain_annotation(event: TResponseStreamEvent) -> TResponseStreamEvent:
    """The event, with an annotation as plain data instead of an object.

    ChatKit 1.6.5 validates annotations against types of its own. It accepts plain data, as the
    client sent it before openai 3.1, and refuses the client's objects of today.
    """
    if isinstance(event, ResponseOutputTextAnnotationAddedEvent):
        annotation: object = event.annotation
        if isinstance(annotation, BaseModel):
            return event.model_copy(update={"annotation": annotation.model_dump()})
    return event
