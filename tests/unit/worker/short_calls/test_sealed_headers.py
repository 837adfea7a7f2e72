"""A worker opens the headers that a gateway sealed, for its assistant and nobody else."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from chatkit.types import ThreadStreamEvent
from pydantic import SecretStr
from turnstream.contracts.ids import new_id
from turnstream.contracts.jobs import CallServer, ServerAnswered, ServerMethod
from turnstream.contracts.turns import AcceptTurn, RequestContext, TurnStatus
from turnstream.secrets.credentials import Credentials
from turnstream_worker.assistant import Assistant, Assistants
from turnstream_worker.callers import current_caller
from turnstream_worker.short_calls.answering import ServerCalls
from turnstream_worker.thread.chatkit_store import TurnStore

from tests.support.turns import ANN, message
from tests.unit.worker.running import SETTINGS, ScriptedServer, Turn, Worker, ends
from tests.unit.worker.short_calls.test_answering import Able

KEY, OTHER = SecretStr("k" * 32), SecretStr("o" * 32)
HEADERS = {"authorization": "Bearer of-ann"}


class Looking:
    """An assistant that looks at the headers of its context."""

    def __init__(self) -> None:
        self.seen: list[dict[str, str]] = []

    async def script(self, _: ScriptedServer) -> AsyncIterator[ThreadStreamEvent]:
        caller = current_caller()
        assert caller is not None
        self.seen.append(caller.context.headers)
        yield ends("hello")


async def sealed_turn(worker: Worker) -> Turn:
    """A turn of ann's whose headers a gateway sealed."""
    turn_id = new_id("turn")
    context = RequestContext(user_id=ANN.user, turn_id=turn_id, headers=HEADERS)
    bare, sealed = Credentials(KEY).taken_from(context, turn_id)
    command = AcceptTurn(turn_id=turn_id, request=message(), context=bare, credentials=sealed)
    accepted = await worker.client.turns.accept(command)
    return Turn(worker, turn_id, accepted.thread_id)


async def test_an_assistant_sees_what_came_along() -> None:
    """In its context, as if it had not been sealed."""
    settings = SETTINGS.model_copy(update={"credential_keys": KEY})
    looking = Looking()
    worker = Worker(looking.script, settings=settings)
    turn = await sealed_turn(worker)

    assert (await turn.run()).status is TurnStatus.COMPLETED

    assert looking.seen == [HEADERS]


@pytest.mark.parametrize("keys", [None, OTHER])
async def test_a_worker_that_has_not_the_key_fails_the_attempt_by_name(
    keys: SecretStr | None,
) -> None:
    """The assistant does not begin; the turn is tried again, elsewhere perhaps."""
    settings = SETTINGS.model_copy(update={"credential_keys": keys})
    looking = Looking()
    worker = Worker(looking.script, settings=settings, max_attempts=1)
    turn = await sealed_turn(worker)

    view = await turn.run()

    assert view.status is TurnStatus.FAILED
    assert view.error is not None and view.error.code == "credentials_unreadable"
    assert not looking.seen


class Seeing(Able):
    """Tells what headers came along."""

    async def transcribe(self, audio_input: Any, context: RequestContext) -> Any:
        self.seen = context.headers
        return await super().transcribe(audio_input, context)


@pytest.mark.parametrize(("key", "error"), [(KEY, None), (OTHER, "credentials_unreadable")])
async def test_so_it_is_with_short_calls(key: SecretStr, error: str | None) -> None:
    client = Worker().client
    store = TurnStore(client)
    server = Seeing(store)
    calls = ServerCalls(Assistants(Assistant(server, store)), client, 1, key)
    context = RequestContext(user_id=ANN.user, headers=HEADERS)
    bare, sealed = Credentials(KEY).taken_from(context, "call_1")
    audio = {"audio_base64": "aGk=", "mime_type": "audio/wav"}
    call = CallServer(
        call_id="call_1",
        method=ServerMethod.TRANSCRIBE,
        request={"type": "input.transcribe", "params": audio},
        context=bare,
        credentials=sealed,
        reply_to="replies",
        timeout=timedelta(seconds=10),
    )

    answered = await calls.answer(call, timedelta(0))

    assert isinstance(answered, ServerAnswered) and answered.error == error
    assert getattr(server, "seen", None) == (None if error else HEADERS)
