"""What the model server saw: every request, when it came, and how it ended."""

import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from .request import ModelApi, ModelRequest


@dataclass
class Call:
    """One request, with times of `time.monotonic()` (comparable across processes of a machine).

    `finished` is set once the terminal event was written, or the whole JSON body; `disconnected`
    when the client closed the connection before that; `cut` when the script ended the answer
    early; none of them while the answer is under way.
    """

    request: ModelRequest
    arrived: float = field(default_factory=time.monotonic)
    status: int = 200
    deltas: int = 0
    finished: float | None = None
    disconnected: float | None = None
    cut: float | None = None

    @property
    def running(self) -> bool:
        return not (self.finished or self.disconnected or self.cut)

    def as_json(self) -> dict[str, Any]:
        request = self.request
        return {
            "number": request.number,
            "api": request.api,
            "model": request.model,
            "digest": request.digest,
            "repeat": request.repeat,
            "last_user_text": request.last_user_text,
            "tool_outputs": request.tool_outputs,
            "stream": request.stream,
            "status": self.status,
            "deltas": self.deltas,
            "arrived": self.arrived,
            "finished": self.finished,
            "disconnected": self.disconnected,
            "cut": self.cut,
            "body": dict(request.body),
        }


class Calls(list[Call]):
    """Every call, in the order of arrival."""

    def arrive(self, api: ModelApi, body: Mapping[str, Any], headers: Mapping[str, str]) -> Call:
        """Record a request, numbered and with the count of its earlier twins."""
        request = ModelRequest(api, body, headers, number=len(self) + 1)
        twins = sum(call.request.digest == request.digest for call in self)
        call = Call(replace(request, repeat=twins))
        self.append(call)
        return call

    def matching(self, predicate: Callable[[ModelRequest], bool]) -> "Calls":
        return Calls(call for call in self if predicate(call.request))

    def running(self) -> "Calls":
        return Calls(call for call in self if call.running)

    def ended(self) -> "Calls":
        """The calls whose answer was written to its end: those that cost money."""
        return Calls(call for call in self if call.finished and call.status == 200)

    def ended_per_request(self) -> Counter[str]:
        """How often each distinct request was answered to its end, by digest.

        The question after a crash: `all(n == 1 for n in calls.ended_per_request().values())`.
        """
        return Counter(call.request.digest for call in self.ended())
