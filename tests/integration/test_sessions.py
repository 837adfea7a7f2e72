"""Sessions of the Agents SDK hold each word once, and a second attempt asks the same question.

Every kind of session that can run here is the real one. An attempt that dies is left where it was:
nothing of it runs on.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, ClassVar, cast

import pytest
from agents import Agent, RunConfig, Runner, SQLiteSession, function_tool
from agents.extensions.memory import (
    AdvancedSQLiteSession,
    EncryptedSession,
    RedisSession,
    SQLAlchemySession,
)
from agents.items import TResponseInputItem
from agents.memory import OpenAIConversationsSession, Session, SessionSettings
from agents.testing import ModelStep, ScriptedModel, assistant_message, function_call
from openai.types.conversations import ConversationItem
from pydantic import TypeAdapter
from turnstream.contracts.ids import new_id
from turnstream.errors import Fenced
from turnstream.testing import MemoryStore
from turnstream_worker import callers
from turnstream_worker.replay.install import install
from turnstream_worker.replay.journal import Journal, current_journal
from turnstream_worker.replay.session_items import name_of
from turnstream_worker.replay.sessions import attempt_session
from turnstream_worker.thread.writes import Writes

from tests.support.waiting import wait_until_async
from tests.unit.worker.attempts import an_attempt, let_run

_CONVERSATION_ITEM: TypeAdapter[ConversationItem] = TypeAdapter(ConversationItem)
MOMENTS = ("before the first answer", "in the tool", "after the tool", "before the commit")
KINDS = (
    "sqlite",
    "limited",
    "advanced",
    "encrypted",
    "sqlalchemy",
    "redis",
    "plain",
    "conversation",
)
CASES = [
    *(("sqlite", moment) for moment in MOMENTS),
    *((kind, moment) for kind in KINDS[1:] for moment in MOMENTS[2:]),
]


class PlainSession:
    """A session of an app: the protocol and nothing more, with methods that are not async."""

    kept: ClassVar[dict[str, list[TResponseInputItem]]] = {}
    session_settings = None

    def __init__(self, session_id: str) -> None:
        self.session_id = session_id
        self._items = self.kept.setdefault(session_id, [])

    def get_items(self, limit: int | None = None) -> list[TResponseInputItem]:
        return list(self._items if limit is None else self._items[-limit:])

    def add_items(self, items: list[TResponseInputItem]) -> None:
        self._items += items

    def pop_item(self) -> TResponseInputItem | None:
        return self._items.pop() if self._items else None

    def clear_session(self) -> None:
        self._items.clear()


class Conversations:
    """OpenAI's conversations: items come back with ids and fields that nobody gave them."""

    kept: ClassVar[dict[str, list[ConversationItem]]] = {}

    def __init__(self) -> None:
        self.conversations = self.items = self

    def list(self, *, conversation_id: str, order: str) -> AsyncIterator[ConversationItem]:
        items = self.kept.setdefault(conversation_id, [])
        return _each(items if order == "asc" else items[::-1])

    async def create(self, *, conversation_id: str, items: Sequence[Any]) -> None:
        self.kept[conversation_id] += [_as_the_host_keeps(item) for item in items]

    async def delete(self, *, conversation_id: str, item_id: str) -> None:
        items = self.kept[conversation_id]
        self.kept[conversation_id] = [item for item in items if item.id != item_id]


async def _each(items: Iterable[ConversationItem]) -> AsyncIterator[ConversationItem]:
    for item in items:
        yield item


def _as_the_host_keeps(item: dict[str, Any]) -> ConversationItem:
    content = item.get("content")
    if isinstance(content, str):
        content = [{"type": "input_text", "text": content}]
    kept = {"type": "message", **item, "id": new_id("item"), "status": "completed"}
    return _CONVERSATION_ITEM.validate_python(kept | ({"content": content} if content else {}))


class Sessions:
    """Opens a session anew, as each attempt does, and closes all in the end."""

    def __init__(self, kind: str, folder: Path, request: pytest.FixtureRequest) -> None:
        self._kind, self._request = kind, request
        self._name, self._file = new_id("session"), folder / "memory.db"
        self._opened: list[Any] = []

    def open(self) -> Session:
        """The session of this kind."""
        session: Any = getattr(self, f"_{self._kind}")()
        self._opened.append(session)
        return cast(Session, session)

    async def close(self) -> None:
        """Close what holds a connection."""
        for session in self._opened:
            if isinstance(session, SQLAlchemySession):
                await session.engine.dispose()
            elif isinstance(session, RedisSession | SQLiteSession):
                closed: Any = session.close()
                if closed is not None:
                    await closed

    def _sqlite(self) -> Any:
        return SQLiteSession(self._name, self._file)

    def _limited(self) -> Any:
        settings = SessionSettings(limit=3)
        return SQLiteSession(self._name, self._file, session_settings=settings)

    def _advanced(self) -> Any:
        return AdvancedSQLiteSession(session_id=self._name, db_path=self._file, create_tables=True)

    def _encrypted(self) -> Any:
        return EncryptedSession(self._name, self._sqlite(), "secret")

    def _sqlalchemy(self) -> Any:
        url = self._request.getfixturevalue("database_url")
        url = url.replace("postgresql:", "postgresql+asyncpg:")
        return SQLAlchemySession.from_url(self._name, url=url, create_tables=True)

    def _redis(self) -> Any:
        return RedisSession.from_url(self._name, url=self._request.getfixturevalue("redis_url"))

    def _conversation(self) -> Any:
        client: Any = Conversations()
        return OpenAIConversationsSession(conversation_id=self._name, openai_client=client)

    def _plain(self) -> Any:
        return PlainSession(self._name)


class World:
    """An app with a session, a model and a tool, run by attempts that may die."""

    def __init__(self, sessions: Sessions) -> None:
        install()
        self.sessions = sessions
        self.asked: list[list[str]] = []
        self.effects = 0
        self.dies: str | None = None
        self.dead: list[asyncio.Task[str]] = []
        self.next_turn()

    def next_turn(self) -> None:
        """What comes is a turn of its own."""
        self.store, self._number = MemoryStore(), 0
        self._journal: Journal | None = None

    async def attempt(self, dies: str | None = None, ask: str = "book") -> str | None:
        """Run the next attempt to its end, or until it dies; what the agent said."""
        if self._journal is not None:
            await self._journal.committed()
        self._number, self.dies = self._number + 1, dies
        running = asyncio.create_task(self._run(ask))
        if dies is None:
            return await running
        self.dead.append(running)
        await wait_until_async(lambda: self.dies is None)
        return None

    async def _run(self, ask: str) -> str:
        attempt = an_attempt(self._number)
        await let_run(self.store, self._number)
        callers.begin(attempt.claimed.context, attempt)
        self._journal = Journal(attempt, self.store, Writes(self.store, attempt))
        await self._journal.load()
        current_journal.set(self._journal)
        agent = Agent[Any](name="clerk", model=_Model(self), tools=[_tool(self)])
        config = RunConfig(tracing_disabled=True)
        run = Runner.run_streamed(agent, ask, session=self.sessions.open(), run_config=config)
        async for _ in run.stream_events():
            pass
        await self.die("before the commit")
        return str(run.final_output)

    async def die(self, moment: str) -> None:
        """Go no further, if the attempt dies at this moment."""
        if self.dies == moment:
            self.dies = None
            await asyncio.Event().wait()

    async def memory(self) -> list[str]:
        """What the session holds, by name."""
        given: Any = self.sessions.open().get_items(limit=1000)
        items = await given if asyncio.iscoroutine(given) else given
        return [name_of(item) for item in items]

    async def close(self) -> None:
        """End what hangs."""
        for task in self.dead:
            task.cancel()
        await asyncio.gather(*self.dead, return_exceptions=True)
        await self.sessions.close()


class _Model(ScriptedModel):
    """Calls the tool, and says what came of it."""

    def __init__(self, world: World) -> None:
        super().__init__()
        self._world = world

    async def stream_response(self, *args: Any, **options: Any) -> AsyncIterator[Any]:
        world, asked = self._world, [name_of(item) for item in args[1]]
        answered = args[1][-1].get("type") == "function_call_output"
        await world.die("after the tool" if answered else "before the first answer")
        said: Any = assistant_message("Booked.")
        called = function_call("book", {"seat": "1A"}, call_id=f"call_{len(world.asked)}")
        world.asked.append(asked)
        step = ModelStep(output=[said if answered else called])
        async for event in ScriptedModel([step]).stream_response(*args, **options):
            yield event


def _tool(world: World) -> Any:
    @function_tool
    async def book(seat: str) -> str:
        await world.die("in the tool")
        world.effects += 1
        return f"booked {seat}"

    return book


OpenWorld = Callable[[str], World]


@pytest.fixture
async def world(tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[OpenWorld]:
    """Makes a world with a session of a kind; another world has another session."""
    made: list[World] = []

    def make(kind: str) -> World:
        folder = tmp_path / str(len(made))
        folder.mkdir()
        made.append(World(Sessions(kind, folder, request)))
        return made[-1]

    yield make
    for each in made:
        await each.close()


@pytest.mark.parametrize(("kind", "dies"), CASES)
async def test_a_second_attempt_asks_the_same_and_leaves_everything_once(
    world: OpenWorld, kind: str, dies: str
) -> None:
    """Whenever the first one died, and also when the second one does."""
    undisturbed, cut = world("plain"), world(kind)
    await undisturbed.attempt()

    await cut.attempt(dies=dies)
    await cut.attempt(dies=dies)
    assert await cut.attempt() == "Booked."

    assert cut.asked == undisturbed.asked
    assert cut.effects == 1
    assert await cut.memory() == await undisturbed.memory()


@pytest.mark.parametrize("kind", ["plain", "limited"])
@pytest.mark.parametrize("dies", MOMENTS)
async def test_the_next_turn_remembers_the_one_that_was_cut(
    world: OpenWorld, kind: str, dies: str
) -> None:
    """And so does a turn in which the user says the same again."""
    undisturbed, cut = world(kind), world(kind)
    for _ in range(3):
        await undisturbed.attempt()
        await cut.attempt(dies=dies)
        await cut.attempt()
        undisturbed.next_turn()
        cut.next_turn()

    assert cut.effects == 3
    assert cut.asked == undisturbed.asked
    assert await cut.memory() == await undisturbed.memory()


async def test_what_an_attempt_left_and_the_next_does_not_say_is_taken_back(
    world: OpenWorld,
) -> None:
    """An app asks with a date in it: the words of the dead attempt do not stay."""
    undisturbed, cut = world("plain"), world("sqlite")
    await cut.attempt(dies="in the tool", ask="book on Monday")
    await cut.attempt(ask="book on Tuesday")
    undisturbed.asked.append([])  # the answer that was bought for Monday
    await undisturbed.attempt(ask="book on Tuesday")

    assert await cut.memory() == await undisturbed.memory()


async def test_words_of_others_behind_those_of_a_dead_attempt_stay(world: OpenWorld) -> None:
    """Two threads of a user share a session, and the other thread went on meanwhile."""
    cut = world("sqlite")
    await cut.attempt(dies="in the tool")
    other: TResponseInputItem = {"role": "user", "content": "from another thread"}
    await cut.sessions.open().add_items([other])
    await cut.attempt()

    assert (await cut.memory()).count(name_of(other)) == 1
    assert len(await cut.memory()) == 5
    assert [len(asked) for asked in cut.asked] == [1, 3]


async def test_an_attempt_that_lost_its_lease_writes_nothing_more(world: OpenWorld) -> None:
    """It was frozen before it wrote; the session is not fenced as the store is."""
    cut = world("sqlite")
    await let_run(cut.store)
    attempt = an_attempt()
    caller = callers.begin(attempt.claimed.context, attempt)
    journal = Journal(attempt, cut.store, Writes(cut.store, attempt))
    session = attempt_session(cut.sessions.open(), caller, journal)
    attempt.lease_deadline = 0.0

    with pytest.raises(Fenced):
        await session.add_items([{"role": "user", "content": "late"}])
    assert await cut.memory() == []


async def test_a_run_outside_any_turn_uses_the_session_as_it_is(tmp_path: Path) -> None:
    """In a short call there is nothing to repeat."""
    install()
    callers.current_attempt.set(None)
    session = SQLiteSession("outside", tmp_path / "outside.db")
    agent = Agent[Any](name="clerk", model=ScriptedModel([[assistant_message("hi")]]))
    await Runner.run(agent, "hello", session=session, run_config=RunConfig(tracing_disabled=True))

    assert len(await session.get_items()) == 2
    session.close()
