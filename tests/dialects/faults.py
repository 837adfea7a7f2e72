"""What must hold in every conversation, whatever the model server sends."""

import json
import re
from collections.abc import Iterator, Sequence
from typing import Any

from turnstream.conformance.canonical import canonical
from turnstream.contracts.turns import TurnStatus, TurnView

from tests.dialects.conversation import ConversationResult, Run
from tests.support.model_server.dialects.dialect import SECOND_ANSWER, Dialect, Right

Json = dict[str, Any]
LONGEST_WAIT = 120.0
"""Seconds that a model server may make a turn wait; a stranger's number is bounded."""
_ID_FIELDS = frozenset({"id", "call_id", "tool_call_id", "item_id"})


def faults(dialect: Dialect, told: Sequence[ConversationResult]) -> list[str]:
    """What is wrong in the conversations of a dialect, one line each; none where all hold."""
    by_run = {each.run: each for each in told}
    return [
        f"{each.run}: {fault}"
        for each in told
        for fault in _faults(dialect, each, by_run[each.run.undisturbed])
    ]


def _faults(
    dialect: Dialect, told: ConversationResult, undisturbed: ConversationResult
) -> Iterator[str]:
    yield from _first_turn(dialect, told)
    yield from _second_turn(dialect, told)
    yield from _transcript(told)
    if (longest := max(told.delays, default=0)) > LONGEST_WAIT:
        yield f"a turn waits {longest:g} s"
    if told is not undisturbed:
        yield from _after_a_kill(told, undisturbed)


def _first_turn(dialect: Dialect, told: ConversationResult) -> Iterator[str]:
    outcome, texts = dialect.outcome, _turn_texts(told)[0]
    if isinstance(outcome, Right):
        yield from _completed("first turn", told.first)
        if tuple(texts) != outcome.texts:
            yield f"the assistant said {texts}, not {list(outcome.texts)}"
        if set(told.effects) != set(outcome.cities):
            yield f"the tool was asked for {told.effects}, not {list(outcome.cities)}"
    else:
        yield from _failed(told.first, outcome.code)
        if not any(event["type"] == "error" for event in told.events):
            yield "the client was told of no error"
    attempts = told.first.attempt
    expected = outcome.tries + (told.run is not told.run.undisturbed)
    if attempts > expected or (told.run is told.run.undisturbed and attempts != expected):
        yield f"{attempts} attempts, not {expected}"


def _second_turn(dialect: Dialect, told: ConversationResult) -> Iterator[str]:
    outcome, texts = dialect.outcome, _turn_texts(told)[1]
    yield from _completed("second turn", told.second)
    expected = outcome.second if isinstance(outcome, Right) else SECOND_ANSWER
    if texts != [expected]:
        yield f"the assistant said {texts} to the second message, not {[expected]}"


def _completed(which: str, view: TurnView) -> Iterator[str]:
    if view.status is not TurnStatus.COMPLETED:
        yield f"{which} is {view.status}: {_error(view)}"


def _failed(view: TurnView, code: str) -> Iterator[str]:
    if view.status is not TurnStatus.FAILED:
        yield f"first turn is {view.status}, not failed as {code}"
    elif view.error is None or view.error.code != code:
        yield f"first turn failed as {_error(view)}, not as {code}"


def _transcript(told: ConversationResult) -> Iterator[str]:
    if told.unfinished:
        kinds = {item["id"]: item["type"] for item in told.shown}
        yield f"open at the client: {[kinds[each] for each in told.unfinished]}"
    if told.complaints:
        yield f"the client could not apply: {told.complaints[0]}"
    shown, stored = (
        [(i["type"], canonical(i)) for i in items] for items in (told.shown, told.stored)
    )
    if shown != stored:
        yield f"the client shows {_brief(told.shown)}, a reload {_brief(told.stored)}"


def _after_a_kill(told: ConversationResult, undisturbed: ConversationResult) -> Iterator[str]:
    ours, theirs = _asked(told), _asked(undisturbed)
    if ours != theirs:
        at = next(
            (n for n, pair in enumerate(zip(ours, theirs, strict=False)) if len(set(pair)) > 1),
            None,
        )
        where = (
            f"request {at + 1}" if at is not None else f"{len(ours)} requests, not {len(theirs)}"
        )
        yield f"the model is asked otherwise than without a kill: {where}"
    most = undisturbed.tries + (told.run is Run.MID_TEXT)
    if told.tries > most:
        yield f"{told.tries} model calls, not {most}"
    # Calls that are made side by side die together, and are made again together.
    runs = len(undisturbed.effects) * (2 if told.run.in_tool else 1)
    if len(told.effects) > runs:
        yield f"the tool ran {len(told.effects)} times, not {runs}"


def _turn_texts(told: ConversationResult) -> tuple[list[str], list[str]]:
    """What the assistant said in each turn, as a reload shows it."""
    turns: list[list[str]] = []
    for item in told.stored:
        if item["type"] == "user_message":
            turns.append([])
        elif item["type"] == "assistant_message":
            turns[-1].append("".join(part["text"] for part in item["content"]))
    first, second = (*turns, [], [])[:2]
    return first, second


def _asked(told: ConversationResult) -> list[str]:
    """The model's requests, byte for byte with ids made alike; one asked again counts once."""
    asked = [_with_equal_ids(request) for request in told.requests]
    return [each for at, each in enumerate(asked) if at == 0 or asked[at - 1] != each]


def _with_equal_ids(request: Json) -> str:
    names: dict[str, str] = {}

    def renamed(value: Any) -> Any:
        if isinstance(value, dict):
            return {
                key: names.setdefault(each, f"id_{len(names)}")
                if key in _ID_FIELDS and isinstance(each, str)
                else renamed(each)
                for key, each in value.items()
            }
        return [renamed(each) for each in value] if isinstance(value, list) else value

    return json.dumps(renamed(request))


def _error(view: TurnView) -> str:
    if view.error is None:
        return "no error"
    return re.sub(r"\s+", " ", f"{view.error.code} ({view.error.message})")[:160]


def _brief(items: list[Json]) -> list[str]:
    return [
        f"{item['type']} {''.join(part.get('text', '') for part in item.get('content') or ())!r}"
        for item in items
    ]
