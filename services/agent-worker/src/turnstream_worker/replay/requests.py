"""What the models of an attempt were asked, for a recording of the turn.

A running turn keeps references and writes nothing: a second attempt needs only digests, and most
journals are deleted with their turn. A journal that is kept gets the requests in the statement that
ends the turn, each without the input of the one before.
"""

from collections.abc import Iterator
from typing import NamedTuple

from agents import FunctionTool, Handoff, ModelSettings, Tool
from agents.items import TResponseInputItem
from turnstream.contracts.operating.recordings import REQUEST
from turnstream.telemetry import get_logger

from turnstream_worker.replay import plain_json
from turnstream_worker.sdk.agents_facts import is_mcp_tool

log = get_logger(__name__)

MOST = 200
"""Requests of an attempt that are kept. A turn that asks more often has its first ones."""
LARGEST = 2 * 1024 * 1024
"""Characters that the requests of a turn may take in its journal, all together."""


class Request(NamedTuple):
    """One request of an agent to its model."""

    agent: str
    model: str
    instructions: str | None
    input: str | list[TResponseInputItem]
    settings: ModelSettings
    offered: list[Tool | Handoff]
    output_schema: object
    """The schema as JSON; None for plain text."""


class Requests:
    """The requests of one attempt, by the key of the record that answers each."""

    def __init__(self) -> None:
        self._asked: dict[str, Request] = {}

    def note(self, key: str, request: Request) -> None:
        """Keep a request, as it is now."""
        if len(self._asked) < MOST or key in self._asked:
            given = request.input
            kept = given if isinstance(given, str) else list(given)
            self._asked[key] = request._replace(input=kept)

    def records(self) -> Iterator[tuple[str, dict[str, object]]]:
        """Keys and values for the journal, in the order of the requests.

        Stops with a warning at a request that is no plain data, or too large in sum.
        """
        left, inputs = LARGEST, dict[str, tuple[str, list[object]]]()
        for number, (key, request) in enumerate(self._asked.items(), 1):
            asked = _items(request.input)
            since, earlier = inputs.get(request.agent, ("", []))
            if not since or asked[: len(earlier)] != earlier:
                since, earlier = "", []
            inputs[request.agent] = key, asked
            record = {
                "number": number,
                "agent": request.agent,
                "model": request.model,
                "instructions": request.instructions,
                "since": since,
                "input": asked[len(earlier) :],
                "settings": _settings(request.settings),
                "tools": [_offered(each) for each in request.offered],
                "output_schema": request.output_schema,
            }
            try:
                left -= len(plain_json.dumps(record))
            except (TypeError, ValueError, RecursionError) as error:
                log.warning("a request can't be recorded", key=key, error=error)
                return
            if left < 0:
                log.warning("the requests of a turn are too large to be recorded", key=key)
                return
            yield f"{REQUEST}{key}", record


def _items(asked: str | list[TResponseInputItem]) -> list[object]:
    if isinstance(asked, str):
        return [{"role": "user", "content": asked}]
    return list(asked)


def _settings(settings: ModelSettings) -> dict[str, object]:
    """The settings that were chosen and are plain data. Headers may hold keys."""
    chosen = {name: value for name, value in vars(settings).items() if value is not None}
    plain = (str, int, float, bool)
    return {name: value for name, value in chosen.items() if isinstance(value, plain)}


def _offered(each: Tool | Handoff) -> dict[str, object]:
    if isinstance(each, Handoff):
        parameters = each.input_json_schema
        return {
            "name": each.tool_name,
            "description": each.tool_description,
            "parameters": parameters,
        }
    if isinstance(each, FunctionTool):
        function: dict[str, object] = {"name": each.name, "description": each.description}
        function |= {"parameters": each.params_json_schema}
        return function | {"mcp": True} if is_mcp_tool(each) else function
    return {"name": each.name}
