"""How talking to a gateway can fail."""

from typing import Any


class Problem(Exception):
    """The gateway refused: a status that is not 2xx, with its body (text if not JSON)."""

    def __init__(self, status: int, body: Any) -> None:
        super().__init__(f"{status}: {body}")
        self.status = status
        self.body = body

    @property
    def code(self) -> str | None:
        """The machine-readable `code` of the problem body."""
        return self.body.get("code") if isinstance(self.body, dict) else None


class Stalled(AssertionError):
    """No event came before the deadline. The message lists those that came."""


class StreamBroken(Exception):
    """The stream ended before the turn did. The message lists the events that came."""
