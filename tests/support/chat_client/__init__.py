"""A headless ChatKit client, and the oracle that compares it with what is stored."""

from turnstream.conformance.grammar import Transcript
from turnstream.conformance.requests import ChatRequest, custom_action, message
from turnstream.conformance.sse import Comment, ServerEvent, SSEParser

from .client import ChatClient
from .errors import Problem, Stalled, StreamBroken
from .oracle import assert_transcript_matches
from .turn_stream import TurnStream
from .view import Received

__all__ = [
    "ChatClient",
    "ChatRequest",
    "Comment",
    "Problem",
    "Received",
    "SSEParser",
    "ServerEvent",
    "Stalled",
    "StreamBroken",
    "Transcript",
    "TurnStream",
    "assert_transcript_matches",
    "custom_action",
    "message",
]
