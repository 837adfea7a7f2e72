"""A scripted model behind a real HTTP listener, in both model APIs of OpenAI."""

from .record import Call, Calls
from .request import ModelRequest
from .script import (
    Script,
    ScriptError,
    always,
    first,
    instructed,
    queue,
    rounds,
    rules,
    user_says,
)
from .server import ModelServer
from .speech import Clip
from .steps import (
    Citation,
    Cut,
    Fail,
    Hang,
    Hold,
    Pause,
    Step,
    reasoning,
    refusal,
    status,
    text,
    tool_call,
)

__all__ = [
    "Call",
    "Calls",
    "Citation",
    "Clip",
    "Cut",
    "Fail",
    "Hang",
    "Hold",
    "ModelRequest",
    "ModelServer",
    "Pause",
    "Script",
    "ScriptError",
    "Step",
    "always",
    "first",
    "instructed",
    "queue",
    "reasoning",
    "refusal",
    "rounds",
    "rules",
    "status",
    "text",
    "tool_call",
    "user_says",
]
