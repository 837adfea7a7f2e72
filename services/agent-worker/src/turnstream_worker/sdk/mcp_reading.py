"""Answers of MCP servers as they came, without the client's check of their form.

The client checks each answer against the protocol: one tool that is described wrongly hides all
tools of its server, and a result of odd form is an error although the tool has run. The check is
`mcp_types.methods.validate_server_result`, which is replaced here; it is left out for the requests
that `raw_answer` sends, and for no other.
"""

from collections.abc import Mapping
from contextvars import ContextVar
from typing import Any

from mcp import ClientSession
from mcp_types import Request, methods
from pydantic import RootModel
from turnstream.contracts.turns import Json

__all__ = ["raw_answer"]

_methods: Any = methods
_validate = _methods.validate_server_result
_raw: ContextVar[bool] = ContextVar("raw_answer", default=False)


class _RawResult(RootModel[Json]):
    """A result as it came."""


async def raw_answer(session: ClientSession, request: Request[Any, Any]) -> Json:
    """Send a request; the JSON of its result, whatever it looks like.

    Raises `MCPError` for an answer that is an error, a timeout and a lost connection.
    """
    token = _raw.set(True)
    try:
        return (await session.send_request(request, _RawResult)).root
    finally:
        _raw.reset(token)


def _validate_unless_raw(
    method: str, version: str, data: Mapping[str, Any], **options: Any
) -> None:
    if not _raw.get():
        _validate(method, version, data, **options)


_methods.validate_server_result = _validate_unless_raw
