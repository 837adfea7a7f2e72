"""The answers of a recording, in place of those of models and tools."""

import copy
from collections.abc import AsyncIterator
from typing import Any

from agents import ModelResponse
from agents.items import TResponseStreamEvent
from agents.models.interface import Model
from turnstream.contracts.ids import digest
from turnstream.contracts.operating.recordings import Recording
from turnstream.contracts.tools import CallTool
from turnstream.contracts.turns import Json

from turnstream_worker.replay import plain_json
from turnstream_worker.replay.journal import ASKED
from turnstream_worker.replay.models.journaled import THOUGHTS, USED
from turnstream_worker.replay.models.playback import playback
from turnstream_worker.sdk.models import model_answers
from turnstream_worker.testing.recordings.model_calls import ModelCall, model_calls


class EndOfRecording(Exception):
    """Something is asked for that the recording does not have."""


class RecordedAnswers:
    """The answers of one recording. Each is given once.

    An answer is found by the digest of what was asked, else it is the next one of the same agent.
    """

    def __init__(self, recording: Recording) -> None:
        self._left = [call for call in model_calls(recording) if call.answer is not None]
        self._results = {key for key, call in recording.calls.items() if call.result is not None}
        self.ended: str | None = None
        """What was asked for that is not here; nothing is given from then on."""

    def model(self, agent: str, named: Model) -> Model:
        """The model of an agent."""
        return RecordedModel(self, agent, str(getattr(named, "model", "")))

    def end(self, what: str) -> EndOfRecording:
        """The recording ends here."""
        self.ended = self.ended or what
        return EndOfRecording(self.ended)

    def end_at_tool(self, name: str, arguments: str) -> None:
        """A tool is about to run here. Raises `EndOfRecording`."""
        raise self.end(f"the call of {name}({arguments[:200]}) has no recorded result")

    def check_remote(self, command: CallTool) -> None:
        """A tool of the tools service is called, whose ledger has the recorded results. Raises
        `EndOfRecording` for a call that is not among them: it would be made.
        """
        if command.key not in self._results:
            self.end_at_tool(command.tool, command.arguments)

    def take(self, kind: str, agent: str, asked: object) -> Json:
        """The record of an answer. Raises `EndOfRecording`."""
        found = self._found(kind, agent, digest(kind, agent, plain_json.canonical(asked)))
        if self.ended is not None or found is None:
            raise self.end(f"the call of the model of {agent} has no recorded answer")
        self._left.remove(found)
        return copy.deepcopy(found.answer or {})

    def _found(self, kind: str, agent: str, content: str) -> ModelCall | None:
        alike = [call for call in self._left if call.kind == kind]
        same = (call for call in alike if call.content == content)
        next_one = (call for call in alike if call.agent in (agent, None))
        return next(same, None) or next(next_one, None)


class RecordedModel(Model):
    """A model of one agent that answers from a recording, under the name of the app's own."""

    def __init__(self, answers: RecordedAnswers, agent: str, name: str) -> None:
        self.model = name
        self._answers = answers
        self._agent = agent

    async def get_response(self, *asked: Any, **options: Any) -> ModelResponse:
        """A recorded response, whole."""
        record = self._answers.take("model", self._agent, asked[1])
        return ModelResponse(
            output=model_answers.items_from(record["output"]),
            usage=model_answers.usage_from(record["usage"]),
            response_id=record["response_id"],
        )

    async def stream_response(
        self, *asked: Any, **options: Any
    ) -> AsyncIterator[TResponseStreamEvent]:
        """A recorded response as the events of a stream."""
        record = self._answers.take("stream", self._agent, asked[1])
        thoughts = record.pop(THOUGHTS, True)
        for ours in (ASKED, USED):
            record.pop(ours, None)
        for event in playback(model_answers.response_from(record), thoughts=thoughts):
            yield event
