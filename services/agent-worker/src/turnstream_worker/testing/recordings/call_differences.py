"""What models were asked in two runs of a turn, compared call by call."""

from collections.abc import Sequence
from typing import Any

from turnstream.contracts.operating.recordings import Recording
from turnstream.contracts.turns import Json, TurnStatus

from turnstream_worker.testing.recordings.difference import (
    Difference,
    Found,
    Part,
    as_json,
    as_text,
)
from turnstream_worker.testing.recordings.model_calls import ModelCall, model_calls


def differences_of_calls(recorded: Recording, now: Recording, *, ended: str | None) -> Found:
    """What differs, call by call, as far as the recording goes."""
    made, left = model_calls(recorded), model_calls(now)
    # Where requests are known, an answer without one is of an attempt that went another way.
    theirs = [call for call in made if call.request is not None] or made
    for number, call in enumerate(theirs, 1):
        where = f"model call {number} of {len(theirs)}"
        if call.agent is not None:
            where += f", by the agent {call.agent}"
        other = _counterpart(call, left)
        if other is not None:
            left.remove(other)
            yield from _of_requests(where, call, other)
        elif ended is None:
            yield Difference(Part.CALLS, where, _answer(call), "the model is not asked")
    if ended is None and recorded.turn.status is TurnStatus.COMPLETED:
        known = {call.key for call in made}
        for call in (each for each in left if each.key not in known):
            where = f"the end of the {len(theirs)} recorded model calls"
            asked = f"the agent {call.agent} asks its model once more"
            yield Difference(Part.CALLS, where, "the model is not asked", asked)


def _counterpart(call: ModelCall, left: Sequence[ModelCall]) -> ModelCall | None:
    same = (each for each in left if each.key == call.key)
    alike = (each for each in left if call.agent in (None, each.agent) and each.kind == call.kind)
    return next(same, None) or next(alike, None)


def _of_requests(where: str, call: ModelCall, now: ModelCall) -> Found:
    then, today = call.request, now.request
    if today is None:
        return
    if then is None:
        yield from _digests(where, call, now)
        return
    if then["instructions"] != today["instructions"]:
        texts = str(then["instructions"]), str(today["instructions"])
        yield Difference(Part.INSTRUCTIONS, f"{where}: its instructions", *texts)
    yield from _tools(where, then["tools"], today["tools"])
    for name in ("output_schema", "settings"):
        if then[name] != today[name]:
            subject = f"{where}: its {name.replace('_', ' ')}"
            yield Difference(Part.SETTINGS, subject, as_json(then[name]), as_json(today[name]))
    if then["model"] and today["model"] and then["model"] != today["model"]:
        subject = f"{where}: its model"
        yield Difference(Part.SETTINGS, subject, str(then["model"]), str(today["model"]))
    yield from _inputs(where, call.input, now.input)


def _digests(where: str, call: ModelCall, now: ModelCall) -> Found:
    """What can be told where the recording has no requests."""
    only = "other than now (the recording has a digest alone)"
    if call.content and now.content and call.content != now.content:
        yield Difference(Part.INPUT, f"{where}: its input", only, as_json(now.input))
    elif call.words and now.words and call.words != now.words:
        subject = f"{where}: its instructions, or the names of its tools"
        yield Difference(
            Part.INSTRUCTIONS, subject, only, as_json((now.request or {}).get("instructions"))
        )


def _tools(where: str, then: Sequence[Json], today: Sequence[Json]) -> Found:
    ours = {each["name"]: each for each in today}
    for tool in then:
        name = f"{where}: the tool {tool['name']}"
        other = ours.pop(tool["name"], None)
        if other is None:
            yield Difference(Part.TOOLS, name, "is offered", "is not offered")
            continue
        for field in ("description", "parameters"):
            if tool.get(field) != other.get(field):
                texts = as_text(tool.get(field)), as_text(other.get(field))
                yield Difference(Part.TOOLS, f"{name}: its {field}", *texts)
    for added in ours:
        yield Difference(Part.TOOLS, f"{where}: the tool {added}", "is not offered", "is offered")


def _inputs(where: str, then: Sequence[Any], today: Sequence[Any]) -> Found:
    names = {each["call_id"]: each["name"] for each in then if _is_call(each)}
    for index in range(max(len(then), len(today))):
        recorded, now = then[index : index + 1], today[index : index + 1]
        if _plain_input(recorded) != _plain_input(now):
            subject = f"{where}: {_input_name((recorded or now)[0], index, names)}"
            yield Difference(Part.INPUT, subject, *(_shown(each) for each in (recorded, now)))


def _input_name(item: Any, index: int, names: dict[str, str]) -> str:
    named = f"input item {index + 1}"
    if not isinstance(item, dict):
        return named
    if item.get("type") == "function_call_output":
        return f"{named}, the result of {names.get(str(item.get('call_id')), 'a tool')}"
    if _is_call(item):
        return f"{named}, the call of {item['name']}"
    return f"{named}, {item['role']}" if item.get("role") else f"{named}, {item.get('type')}"


def _is_call(item: Any) -> bool:
    return isinstance(item, dict) and item.get("type") == "function_call"


def _shown(item: Sequence[Any]) -> str:
    """An input item as a person reads it: its words, else all of it."""
    if not item:
        return "nothing"
    first = item[0]
    if isinstance(first, dict):
        for name in ("output", "arguments", "content"):
            if name in first:
                return as_text(_words(first[name]))
    return as_text(first)


def _words(content: object) -> object:
    """The text of a message; its content as it is where it is more than one text."""
    match content:
        case [{"text": str() as text}]:
            return text
    return content


def _plain_input(items: Sequence[Any]) -> object:
    """Without ids of items and what else a provider adds; ids of calls stay."""
    return [
        {name: value for name, value in each.items() if name not in ("id", "status")}
        if isinstance(each, dict)
        else each
        for each in items
    ]


def _answer(call: ModelCall) -> str:
    called = ", ".join(f"{each.get('name')}({each.get('arguments')})" for each in call.tool_calls)
    return f"the model is asked, and calls {called}" if called else "the model is asked"
