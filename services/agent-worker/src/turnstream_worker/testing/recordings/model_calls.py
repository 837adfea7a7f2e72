"""What a recording tells of the calls of models: what was asked, and what came."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from turnstream.contracts.operating.recordings import REQUEST, Recording
from turnstream.contracts.turns import Json

from turnstream_worker.replay.journal import ASKED, CUT

KINDS = ("model", "stream")
"""Whole responses, and streamed ones: the beginnings of their keys."""


@dataclass(frozen=True)
class ModelCall:
    """A call of a model in a recording."""

    key: str
    number: int
    answer: Json | None
    """The record of its answer; None for a call that failed, or was not over."""
    request: Json | None
    """What was asked; None where the recording has a digest of it alone."""
    input: list[Any] = field(default_factory=list)
    """The items that were asked, of a known request."""

    @property
    def kind(self) -> str:
        """One of `KINDS`."""
        return self.key.partition("_")[0]

    @property
    def agent(self) -> str | None:
        """The agent that asked; None where it is not known."""
        return None if self.request is None else str(self.request["agent"])

    @property
    def content(self) -> str:
        """The digest of the agent and its input; empty where it is not known."""
        return str(self._stamp.get("content") or "")

    @property
    def words(self) -> list[int]:
        """Checksums of words of the instructions and of names of tools."""
        return list((self._stamp.get("shape") or {}).get("sketch") or ())

    @property
    def _stamp(self) -> Json:
        return (self.answer or {}).get(ASKED) or {}

    @property
    def tool_calls(self) -> list[Json]:
        """The calls of tools that the model answered with."""
        output = (self.answer or {}).get("output") or ()
        return [each for each in output if isinstance(each, dict) and "call_id" in each]


def model_calls(recording: Recording) -> list[ModelCall]:
    """The calls of a recording in their order, as far as that is known."""
    answers = {key: value for key, value in recording.journal.items() if is_answer(key, value)}
    known = list(_known(recording, answers))
    asked = {call.key for call in known}
    rest = [
        ModelCall(key, int((value.get(ASKED) or {}).get("number") or 0), value, None)
        for key, value in answers.items()
        if key not in asked
    ]
    return known + sorted(rest, key=lambda call: call.number)


def is_answer(key: str, value: object) -> bool:
    """True for the record of a model's answer."""
    return key.startswith(tuple(f"{kind}_" for kind in KINDS)) and isinstance(value, dict)


def without_models(journal: dict[str, Any]) -> dict[str, Any]:
    """The records of everything else: tools, steps, sessions."""
    left = (REQUEST, CUT)
    return {
        key: value
        for key, value in journal.items()
        if not key.startswith(left) and not is_answer(key, value)
    }


def _known(recording: Recording, answers: dict[str, Json]) -> Iterator[ModelCall]:
    requests = {
        key.removeprefix(REQUEST): value
        for key, value in recording.journal.items()
        if key.startswith(REQUEST)
    }
    inputs: dict[str, list[Any]] = {}
    for key, request in sorted(requests.items(), key=lambda each: int(each[1]["number"])):
        inputs[key] = [*inputs.get(request["since"], ()), *request["input"]]
        number = int(request["number"])
        yield ModelCall(key, number, answers.get(key), request, inputs[key])
