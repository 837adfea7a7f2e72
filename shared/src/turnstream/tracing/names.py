"""The names of spans and attributes. docs/guides/tracing.md lists them for who reads a trace."""

import os

QUEUE = "turnstream.queue"
"""The time from when a turn could be claimed until it was."""
CLAIM = "turnstream.claim"
ATTEMPT = "turnstream.attempt"
END = "turnstream.end"
"""The end of a turn, with the last of what it writes."""
RELAY = "turnstream.relay"
"""An answer as one viewer gets it."""
TOOL = "turnstream.tool"
"""A call in the tools service."""
SHORT_CALL = "turnstream.short_call"

THREAD_ID = "gen_ai.conversation.id"
TURN_ID = "turnstream.turn.id"
ATTEMPT_NUMBER = "turnstream.turn.attempt"
TENANT = "turnstream.tenant"
STATUS = "turnstream.turn.status"
"""How an attempt left its turn: an end, or `queued`."""
INTERRUPTION = "turnstream.attempt.interruption"
LOST = "turnstream.attempt.lost"
"""True where the worker did not live to tell the attempt's span: the store told it."""
PLAYBACK = "turnstream.playback"
"""True for a model's answer or a tool's result that an earlier attempt recorded."""
AGENT_OF_MODEL = "gen_ai.agent.name"
DECISION = "turnstream.tool.decision"
OUTCOME = "turnstream.tool.outcome"
RESUMED = "turnstream.relay.resumed"
COMPLETE = "turnstream.relay.complete"
ERROR = "error.type"

_LATEST = "https://opentelemetry.io/schemas/gen-ai/0.1.0"
"""Its last part is that of their release's tag, v0.1.0."""
_BEFORE = "https://opentelemetry.io/schemas/1.41.0"
OPT_IN = "OTEL_SEMCONV_STABILITY_OPT_IN"
OLD_NAMES = "gen_ai/1.41"
"""In `OTEL_SEMCONV_STABILITY_OPT_IN`: the GenAI conventions as they were before their own releases,
which most collectors know."""
CAPTURE = "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT"


def uses_old_names() -> bool:
    """True where the environment asks for the GenAI names of 1.41."""
    return OLD_NAMES in (each.strip() for each in os.environ.get(OPT_IN, "").split(","))


def schema_url() -> str:
    """The version of the GenAI conventions that spans keep to."""
    return _BEFORE if uses_old_names() else _LATEST


def captures_content() -> bool:
    """True where the environment asks for what users, models and tools say in spans."""
    asked = os.environ.get(CAPTURE, "").strip().upper()
    return asked in ("TRUE", "SPAN_ONLY", "SPAN_AND_EVENT")
