"""A failed turn is tried again after a wait: bounded, and told to anyone who looks on."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from chatkit.types import ThreadStreamEvent
from turnstream.contracts.owner import Owner
from turnstream.contracts.turns import ReleaseTurn, TurnError, TurnStatus
from turnstream.testing import MemoryStore
from turnstream_worker.dialects.errors import UpstreamFault
from turnstream_worker.failures.failure import Failure, failure_of
from turnstream_worker.failures.kinds import KEY_REFUSED, RATE_LIMITED
from turnstream_worker.turns.retrying import notice, wait_after

from tests.unit.worker.attempts import an_attempt
from tests.unit.worker.running import SETTINGS, ScriptedServer, Worker, begins, ends

DEFAULTS = SETTINGS.model_copy(update={"retry_backoff": timedelta(seconds=1)})


def busy(asked: timedelta | None = None) -> Failure:
    """A server that has too much to do, and may say for how long."""
    failure = failure_of(RATE_LIMITED)
    return Failure(failure.code, failure.event, failure.retryable, asked)


@pytest.mark.parametrize(
    ("number", "asked", "wait"),
    [
        (1, None, 1),
        (2, None, 2),
        (4, None, 8),
        (30, None, 30),
        (10**9, None, 30),
        (1, 0.2, 0.2),
        (3, 45, 45),
        (1, 86400, 60),
    ],
)
def test_a_wait_doubles_or_is_what_the_server_asks_for_within_limits(
    number: int, asked: float | None, wait: float
) -> None:
    """Attempts that were given back count in the number, so it may be any."""
    failure = busy(None if asked is None else timedelta(seconds=asked))
    assert wait_after(failure, an_attempt(number), DEFAULTS) == timedelta(seconds=wait)


def test_what_would_fail_again_is_not_tried_again() -> None:
    assert wait_after(failure_of(KEY_REFUSED), an_attempt(), DEFAULTS) is None
    assert wait_after(busy(), an_attempt(final_attempt=True), DEFAULTS) is None


@pytest.mark.parametrize(("spent", "tried"), [(0.0, True), (500.0, True), (599.5, False)])
def test_all_waits_together_have_a_limit(spent: float, tried: bool) -> None:
    """Ten minutes, by default."""
    last = TurnError(code="model_rate_limited", retried_for=spent)
    wait = wait_after(busy(), an_attempt(2, last_error=last), DEFAULTS)
    assert (wait is not None) is tried


@pytest.mark.parametrize(
    ("seconds", "locale", "words"),
    [
        (1.9, None, None),
        (2, None, "The model can't answer right now. The answer goes on in about 2 seconds."),
        (59.2, "zh-TW", "模型現在無法回答。大約 60 秒後繼續。"),
        (5, "zh-CN", "模型现在无法回答。大约 5 秒后继续。"),
    ],
)
def test_a_wait_that_a_person_notices_is_told(
    seconds: float, locale: str | None, words: str | None
) -> None:
    told = notice(timedelta(seconds=seconds), locale)
    assert (told and told.message) == words


class Releases(MemoryStore):
    """A store that notes how turns are given back."""

    def __init__(self) -> None:
        super().__init__()
        self.released: list[ReleaseTurn] = []
        self._release, self.turns.release = self.turns.release, self._noted  # type: ignore[method-assign]

    async def _noted(self, owner: Owner, turn_id: str, command: ReleaseTurn) -> None:
        self.released.append(command)
        await self._release(owner, turn_id, command)


async def limited(_: ScriptedServer) -> AsyncIterator[ThreadStreamEvent]:
    """An answer that a busy server breaks off."""
    yield begins()
    raise UpstreamFault("Please try again in 7h12m.", code="rate_limit_exceeded")


async def answered(_: ScriptedServer) -> AsyncIterator[ThreadStreamEvent]:
    """An answer."""
    yield ends("Hello")


async def released_turn(*scripts: Any, **settings: Any) -> tuple[Releases, TurnStatus, list[str]]:
    """What became of a turn after one attempt: how it was given back, and what was shown."""
    store = Releases()
    worker = Worker(*scripts, client=store, settings=DEFAULTS.model_copy(update=settings))
    turn = await worker.accept()
    view = await turn.run()
    return (
        store,
        view.status,
        [str(each.get("message")) for each in turn.shown if "message" in each],
    )


async def test_viewers_see_a_notice_while_a_turn_waits_and_the_operator_the_cause() -> None:
    """The server asked for seven hours; the turn waits for one minute."""
    store, status, told = await released_turn(limited, answered)

    assert status is TurnStatus.QUEUED
    assert told == ["The model can't answer right now. The answer goes on in about 60 seconds."]
    [release] = store.released
    assert release.delay == timedelta(minutes=1)
    assert release.error is not None
    assert release.error.cause is not None
    assert release.error.cause.provider_code == "rate_limit_exceeded"
    assert 60 <= release.error.retried_for < 70


async def test_a_turn_whose_time_is_up_fails_and_may_be_run_again_by_an_operator() -> None:
    store, status, told = await released_turn(limited, retry_limit=timedelta(seconds=30))

    assert store.released == []
    assert status is TurnStatus.FAILED
    assert told == [RATE_LIMITED.message]
    assert len(await store.dead_letters.newest(1)) == 1
