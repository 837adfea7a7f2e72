"""A model call, before it is made."""

from dataclasses import dataclass

CHAT = "chat"
"""What an agent asks of a model, as OpenTelemetry calls the operation."""
OTHER_WORK = "_OTHER"
"""What an app asks of a client itself: speech, pictures, embeddings."""


@dataclass(frozen=True)
class ModelCall:
    """A model call that is about to be made."""

    key: str
    """The key under which its answer is recorded."""
    agent: str
    model: str
    host: str
    asked: object
    """All texts of the request."""
    max_output: int | None = None
    """Tokens of the longest answer, where the app says so."""
    operation: str = CHAT
