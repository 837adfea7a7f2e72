"""What an attempt writes is gathered, committed in order, and shown when it is committed."""

import asyncio

import pytest
from turnstream.contracts.owner import Owner
from turnstream.contracts.store_api import StoredItem, WriteAttempt
from turnstream.contracts.turns import JournalRetention, TurnEnd, TurnStatus
from turnstream.errors import Fenced, Unprocessable
from turnstream.testing import MemoryStore
from turnstream.testing.memory.turns.attempts import MemoryAttempts
from turnstream_worker.attempt import Interruption
from turnstream_worker.thread import writes as writing
from turnstream_worker.thread.writes import Writes

from tests.support.turns import item
from tests.support.waiting import wait_until_async
from tests.unit.worker.attempts import an_attempt

END = TurnEnd(status=TurnStatus.COMPLETED)


class Service(MemoryStore):
    """A store that takes commands when it is let, and may refuse one."""

    def __init__(self) -> None:
        super().__init__()
        self.attempts = _Attempts(self)
        self.commands: list[WriteAttempt] = []
        self.open = asyncio.Event()
        self.open.set()
        self.refusal: Exception | None = None

    async def take(self, command: WriteAttempt) -> None:
        """Keep a command, and answer it."""
        self.commands.append(command)
        await self.open.wait()
        if self.refusal is not None:
            refusal, self.refusal = self.refusal, None
            raise refusal

    @property
    def saved(self) -> list[list[str]]:
        """The ids of each command's items."""
        return [[each.item_id for each in command.items] for command in self.commands]


class _Attempts(MemoryAttempts):
    def __init__(self, service: Service) -> None:
        self._service = service

    async def write(self, owner: Owner, turn_id: str, command: WriteAttempt) -> None:
        await self._service.take(command)


@pytest.fixture
def service() -> Service:
    return Service()


@pytest.fixture
def writes(service: Service) -> Writes:
    return Writes(service, an_attempt())


def newer(item_id: str) -> StoredItem:
    """Another state of an item."""
    return item(item_id, content="newer")


async def test_what_comes_together_is_one_command(service: Service, writes: Writes) -> None:
    """A step, two states of an item and the end are one request; the newest state is saved."""
    writes.record("model_1", "{}")
    writes.save(item("msg_1"))
    writes.save(newer("msg_1"))
    await writes.end(END)

    (command,) = service.commands
    assert command.items == [newer("msg_1")]
    assert command.end == END


async def test_the_journal_of_a_turn_that_ends_is_not_written(service: Service) -> None:
    """It would go with the turn; only a dead letter needs it, for it may run again."""
    for dead in (False, True):
        writes = Writes(service, an_attempt())
        writes.record("model_1", "{}")
        await writes.end(TurnEnd(status=TurnStatus.FAILED, dead=dead))

    assert [len(command.steps) for command in service.commands] == [0, 1]


async def test_the_journal_of_a_turn_is_written_where_it_is_kept(service: Service) -> None:
    """The claim says of which turns."""
    for status in (TurnStatus.COMPLETED, TurnStatus.FAILED):
        writes = Writes(service, an_attempt(keep_journals=JournalRetention.FAILED))
        writes.record("model_1", "{}")
        await writes.end(TurnEnd(status=status))

    assert [len(command.steps) for command in service.commands] == [0, 1]


async def test_nothing_is_shown_before_what_it_shows_is_committed(
    service: Service, writes: Writes
) -> None:
    """Events wait for every item before them, and come in their order."""
    shown: list[str] = []
    writes.then(lambda: shown.append("text"))
    service.open.clear()
    writes.save(item("msg_1"))
    writes.then(lambda: shown.append("first item"))
    await wait_until_async(lambda: len(service.commands) == 1)
    writes.then(lambda: shown.append("text behind it"))
    writes.save(item("msg_2"))
    writes.then(lambda: shown.append("second item"))
    assert shown == ["text"]

    service.open.set()
    await writes.committed()

    assert shown == ["text", "first item", "text behind it", "second item"]
    assert service.saved == [["msg_1"], ["msg_2"]]


async def test_what_comes_of_an_answer_is_shown_when_the_answer_is_recorded(
    service: Service, writes: Writes
) -> None:
    """Anyone who sees it can rely on it: the answer is not bought again, whatever dies now."""
    shown: list[str] = []
    writes.record("model_1", "{}")
    writes.then(lambda: shown.append("its consequence"))
    assert shown == []

    await writes.committed()

    assert shown == ["its consequence"]


async def test_a_superseded_attempt_stops_and_shows_nothing(
    service: Service, writes: Writes
) -> None:
    """Once a write was refused, every further one is, and the attempt knows."""
    shown: list[str] = []
    service.refusal = Fenced("superseded")
    writes.save(item("msg_1"))
    writes.then(lambda: shown.append("item"))

    for _ in range(2):
        with pytest.raises(Fenced):
            await writes.committed()
    with pytest.raises(Fenced):
        writes.save(item("msg_2"))
    assert shown == []


async def test_a_superseded_attempt_is_interrupted() -> None:
    """It may be in the middle of a long answer: it must not go on until its next write."""
    service, attempt = Service(), an_attempt()
    service.refusal = Fenced("superseded")
    Writes(service, attempt).save(item("msg_1"))

    assert await attempt.interrupted() is Interruption.LOST


async def test_what_the_store_refuses_is_told_to_everybody(
    service: Service, writes: Writes
) -> None:
    """Of two tools that wait for the answer that called them, neither may run without it; nor may
    a tool that comes later, when somebody else has heard of it already.
    """
    service.refusal = Unprocessable("no such thing")
    writes.record("model_1", "{}")
    waiting = [asyncio.create_task(writes.committed()) for _ in range(2)]
    met = await asyncio.gather(*waiting, return_exceptions=True)

    assert [type(each) for each in met] == [Unprocessable, Unprocessable]
    with pytest.raises(Unprocessable):
        await writes.committed()
    assert service.saved == [[]]


async def test_what_nobody_waits_for_waits_for_company(
    service: Service, writes: Writes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A model's answer is committed with what comes of it, soon once that is to be shown."""
    monkeypatch.setattr(writing, "LONGEST", 60.0)
    writes.record("model_1", "{}")
    await asyncio.sleep(2 * writing.SHORTEST)
    assert service.commands == []

    writes.save(item("msg_1"))
    writes.then(lambda: None)
    await wait_until_async(lambda: service.commands)

    (command,) = service.commands
    assert [step.key for step in command.steps] == ["model_1"]
    assert service.saved == [["msg_1"]]


async def test_what_nobody_ever_waits_for_is_committed_soon(
    service: Service, writes: Writes
) -> None:
    """A crash must not lose a model's answer that came long before it."""
    writes.record("model_1", "{}")

    await wait_until_async(lambda: service.commands)


async def test_a_write_gathers_as_long_as_the_store_takes_to_answer(
    service: Service, writes: Writes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A busy store gets fewer requests; who waits for a write does not wait for company."""
    monkeypatch.setattr(writing, "LONGEST", 60.0)
    service.latency = 0.1
    writes.save(item("msg_1"))
    writes.then(lambda: None)
    await asyncio.sleep(2 * writing.SHORTEST)
    writes.save(item("msg_2"))
    await wait_until_async(lambda: service.commands)
    assert service.saved == [["msg_1", "msg_2"]]

    service.latency = 60.0
    writes.save(item("msg_3"))
    writes.then(lambda: None)
    await writes.committed()

    assert len(service.commands) == 2


async def test_what_is_provisional_waits_only_for_what_is_shown_before_it(
    service: Service, writes: Writes
) -> None:
    """Text of a message that has not ended does not wait for a step, and never overtakes."""
    shown: list[str] = []
    service.open.clear()
    writes.record("model_1", "{}")
    writes.then(lambda: shown.append("first text"), provisional=True)
    writes.then(lambda: shown.append("item"))
    writes.then(lambda: shown.append("text behind it"), provisional=True)

    assert shown == ["first text"]

    service.open.set()
    await writes.committed()

    assert shown == ["first text", "item", "text behind it"]


async def test_nothing_is_shown_behind_a_refusal(service: Service, writes: Writes) -> None:
    """What was refused is missing: viewers must not get a text with a hole in it."""
    shown: list[str] = []
    service.refusal = Unprocessable("no such thing")
    writes.save(item("msg_1"))
    writes.then(lambda: shown.append("refused"))
    with pytest.raises(Unprocessable):
        await writes.committed()
    with pytest.raises(Unprocessable):
        writes.then(lambda: shown.append("text behind it"))

    assert shown == []


async def test_the_end_is_stored_and_shown_after_a_refusal(
    service: Service, writes: Writes
) -> None:
    """A failed turn's error event reaches its viewers; what was refused is never shown."""
    shown: list[str] = []
    service.refusal = Unprocessable("no such thing")
    writes.save(item("msg_1"))
    with pytest.raises(Unprocessable):
        await writes.committed()

    writes.reopen()
    writes.then(lambda: shown.append("error"))
    await writes.end(TurnEnd(status=TurnStatus.FAILED))

    assert shown == ["error"]
    assert service.saved == [["msg_1"], []]


@pytest.mark.parametrize("begun", [True, False], ids=["under way", "not begun"])
async def test_who_waits_for_an_abandoned_write_hears_that_it_is_none(
    service: Service, writes: Writes, begun: bool
) -> None:
    """A tool of code that outlives its attempt must not run, nor wait for ever."""
    service.open.clear()
    writes.record("model_1", "{}")
    if begun:
        await wait_until_async(lambda: bool(service.commands))
    waiting = asyncio.create_task(writes.committed())
    await writes.abandon()

    async with asyncio.timeout(10):
        with pytest.raises(Fenced):
            await waiting
    with pytest.raises(Fenced):
        writes.save(item("msg_1"))


async def test_what_comes_while_the_end_commits_is_refused_to_whoever_brings_it(
    service: Service, writes: Writes
) -> None:
    """A guardrail that is still in flight records its answer: the end counts, and comes once."""
    service.open.clear()
    ending = asyncio.create_task(writes.end(END))
    await wait_until_async(lambda: len(service.commands) == 1)

    writes.record("model_1", "{}")
    with pytest.raises(Fenced):
        writes.save(item("msg_1"))
    service.open.set()
    await ending
    await writes.abandon()
    await writes.committed()

    assert [command.steps for command in service.commands] == [[]]
    assert service.saved == [[]]


async def test_a_removed_item_is_not_saved(service: Service, writes: Writes) -> None:
    """Of a save and a removal the later counts; a save behind a removal adds the item anew."""
    writes.save(item("msg_1"))
    writes.remove("msg_1")
    writes.remove("msg_2")
    writes.save(item("msg_2"))
    await writes.committed()

    (command,) = service.commands
    assert command.removed == ["msg_1", "msg_2"]
    assert service.saved == [["msg_2"]]
