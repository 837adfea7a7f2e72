"""What model servers send when they fail, as their documents and public bug reports show it.

`provider_errors.jsonl` has an answer a line: the server, the code of the kind that it means, the
HTTP status, and the body. A body of status 200 is a frame of a Chat Completions stream.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from turnstream_worker.failures import kinds
from turnstream_worker.failures.kinds import (
    CONTENT_FILTERED,
    CONTEXT_TOO_LONG,
    CUT_BY_LENGTH,
    RATE_LIMITED,
    UNAVAILABLE,
    Kind,
)

_KINDS = {each.code: each for each in vars(kinds).values() if isinstance(each, Kind)}


@dataclass(frozen=True)
class Sent:
    """An answer of a server that failed, and what it means."""

    server: str
    kind: Kind
    status: int
    body: Any

    def __str__(self) -> str:
        return f"{self.server} {self.status} {json.dumps(self.body)[:60]}"


def _read(line: str) -> Sent:
    fields = json.loads(line)
    return Sent(**fields | {"kind": _KINDS[fields["kind"]]})


_ALL = [_read(line) for line in Path(__file__).with_suffix(".jsonl").read_text().splitlines()]
AS_STATUS = [each for each in _ALL if each.status != 200]
"""Answers with an HTTP status of their own."""
IN_A_FRAME = [each for each in _ALL if each.status == 200]
"""Errors inside a Chat Completions stream."""

TERMINAL_EVENTS = [
    (("server_error", "An error occurred."), UNAVAILABLE),
    (("rate_limit_exceeded", "Please try again in 11.054s."), RATE_LIMITED),
    (("invalid_prompt", "We can't process it: it's flagged."), CONTENT_FILTERED),
    (
        ("server_error", "Your input exceeds the context window of this model."),
        CONTEXT_TOO_LONG,
    ),
]
"""Code and message of the error of a `response.failed`."""

INCOMPLETE = [("max_output_tokens", CUT_BY_LENGTH), ("content_filter", CONTENT_FILTERED)]
"""Reasons of a `response.incomplete`."""
