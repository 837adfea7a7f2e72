"""Tool calls in Chat Completions chunks, told apart and numbered.

OpenAI numbers the calls of an answer and gives each an id. Others send every call with index 0
(Ollama before 0.6, ollama/ollama#7881; LiteLLM's `ollama_chat`), without an index (Gemini,
openai/openai-python#2806), without an id, with the same id for all, with an id that is a number or
is new in every chunk, arguments as an object, and the older `function_call`. Here every call gets
an index and an id of its own, the same in every attempt.
"""

from dataclasses import dataclass

import orjson
from turnstream.contracts.turns import Json


@dataclass(eq=False)
class _Call:
    """One call, as far as it came."""

    index: int
    id: str
    given_index: object
    given_id: str
    name: str = ""
    arguments: str = ""

    def is_whole(self) -> bool:
        """True when the arguments are a document: nothing can follow them."""
        if not self.arguments.rstrip().endswith(("}", "]", "null")):
            return False
        try:
            orjson.loads(self.arguments)
        except orjson.JSONDecodeError:
            return False
        return True


class Calls:
    """The calls of one answer."""

    def __init__(self) -> None:
        self._calls: list[_Call] = []

    def __len__(self) -> int:
        return len(self._calls)

    def normalized(self, deltas: object) -> list[Json]:
        """The same deltas as OpenAI would send them."""
        given = deltas if isinstance(deltas, list) else [deltas]
        return [self._normalized(each) for each in given if isinstance(each, dict)]

    def _normalized(self, delta: Json) -> Json:
        function = _function(delta)
        name, arguments = text_or_none(function.get("name")), _arguments(function)
        given_id = "" if delta.get("id") is None else str(delta["id"])
        call = self._of(delta.get("index"), given_id, name or "", arguments or "")
        begins = call is None
        if call is None:
            call = self._begin(delta.get("index"), given_id)
        elif given_id == call.given_id and call.arguments == arguments and call.is_whole():
            arguments = None  # the whole call once more, with the end of the answer
        call.name = name or call.name
        call.arguments += arguments or ""
        return {
            **delta,
            "index": call.index,
            "id": call.id if begins else None,
            "type": "function",
            "function": {**function, "name": name, "arguments": arguments},
        }

    def _of(self, index: object, given_id: str, name: str, arguments: str) -> _Call | None:
        """The call that a delta goes on with; None for one that begins a call."""
        known = [call for call in self._calls if index is None or _same(call.given_index, index)]
        if not known:
            return None
        if given_id and (named := [call for call in known if call.given_id == given_id]):
            last = named[-1]
            return None if _begins_anew(last, name, arguments) else last
        last = known[-1]
        other_id = bool(given_id and last.given_id and name)
        if other_id and (name != last.name or last.is_whole()):
            return None
        return None if _begins_anew(last, name, arguments) else last

    def _begin(self, index: object, given_id: str) -> _Call:
        number = len(self._calls)
        taken = {call.id for call in self._calls}
        call_id = given_id or f"call_{number}"
        while call_id in taken:
            call_id = f"{call_id}_{number}"
        call = _Call(number, call_id, index, given_id)
        self._calls.append(call)
        return call


def _begins_anew(last: _Call, name: str, arguments: str) -> bool:
    """True for a call that follows a whole one under the same index, and has no id of its own."""
    return bool(name and arguments and last.is_whole() and arguments != last.arguments) or bool(
        name and last.name and name != last.name and last.is_whole()
    )


def _same(one: object, other: object) -> bool:
    return str(one) == str(other)


def _function(delta: Json) -> Json:
    """What is called: inside `function`, inside `custom`, or beside the id."""
    function = delta.get("function")
    if isinstance(function, dict):
        return function
    custom = delta.get("custom")
    if isinstance(custom, dict):
        return {"name": custom.get("name"), "arguments": custom.get("input")}
    return {name: delta[name] for name in ("name", "arguments") if name in delta}


def _arguments(function: Json) -> str | None:
    """The arguments as a piece of text. An object is a whole document."""
    arguments = function.get("arguments")
    if arguments is None or isinstance(arguments, str):
        return arguments
    return orjson.dumps(arguments).decode()


def text_or_none(value: object) -> str | None:
    """A name, which some servers send as null in every chunk but the first."""
    return None if value is None else str(value)
