"""How talking to a gateway can fail."""

from typing import Any


class Problem(Exception):
    """The gateway refused: a status that is not 2xx, with its body (text if not JSON)."""

    def __init__(self, status: int, body: Any, retry_after: str | None = None) -> None:
        super().__init__(f"{status}: {body}")
        self.status = status
        self.retry_after = None if retry_after is None else int(retry_after)
        """Seconds, where the answer names some."""
        self.body = body

    @property
    def code(self) -> str | None:
        """The machine-readable `code` of the problem body."""
        return self.body.get("code") if isinstance(self.body, dict) else None


class Stalled(AssertionError):
    """No event came before the deadline. The message lists those that came."""


class StreamBroken(Exception):
    """The stream ended before the turn did. The message lists the events that came."""
