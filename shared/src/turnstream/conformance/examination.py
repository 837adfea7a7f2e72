"""One run of the suite: who asks, with which prompts, and what was seen on the way."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta

from turnstream.conformance import requests
from turnstream.conformance.answers import Answer
from turnstream.conformance.conversation import Conversation
from turnstream.conformance.grammar import Transcript
from turnstream.conformance.requests import ChatRequest
from turnstream.conformance.rules import Violation
from turnstream.conformance.visitor import Target, Visitor

_CROWD = 5
"""Threads that are begun at once: enough for two of them to have one time."""


class RuleBroken(Exception):
    """The server does not keep the rule. The message says what it did."""


class NotExaminable(Exception):
    """The rule could not be examined. The message says why."""


@dataclass(frozen=True)
class Prompts:
    """What is said to make an assistant do things; each is harmless where it does not."""

    hello: str = "hello"
    slow: str = "Please count to 200"
    client_tool: str = "dark theme please"
    question: str = "ask me some questions"
    widget: str = "let me pick a topic"
    quiet: str | None = None
    """Something that takes long before the first word."""


@dataclass(frozen=True)
class Plan:
    """What is examined, and as whom."""

    target: Target
    other_headers: Mapping[str, str] | None = None
    """The headers by which the server knows a second user."""
    identified: bool = False
    """True when the headers of the target say who the user is."""
    prompts: Prompts = field(default_factory=Prompts)
    silence: timedelta = timedelta(seconds=30)
    """The longest silence in a stream: half of what common proxies allow."""


@dataclass
class Examination:
    """What the checks work with. Streams that anybody reads are judged by the grammar."""

    plan: Plan
    user: Visitor
    other: Visitor | None
    streams: list[Answer] = field(default_factory=list)
    """Every stream that was answered, for what must hold in all of them."""
    refusals: list[Answer] = field(default_factory=list)
    """Every answer that refused, for the same."""
    violations: list[Violation] = field(default_factory=list)
    events: int = 0
    _first: Conversation | None = None
    _crowd: list[Conversation] = field(default_factory=list)

    @classmethod
    @asynccontextmanager
    async def of(cls, plan: Plan) -> "AsyncIterator[Examination]":
        """An examination by this plan, with its connections."""
        async with Visitor(plan.target) as user:
            if plan.other_headers is None:
                yield cls(plan, user, None)
                return
            async with Visitor(plan.target._replace(headers=plan.other_headers)) as other:
                yield cls(plan, user, other)

    def conversation(self, visitor: Visitor | None = None) -> Conversation:
        """A thread that is still to be made."""
        return Conversation(visitor or self.user, self.note)

    async def begun(self) -> Conversation:
        """The thread that most checks look at, with two messages, or what became of it."""
        if self._first is None:
            self._first = self.conversation()
            await self._first.say(self.plan.prompts.hello)
            if self._first.thread_id:
                await self._first.keep()
                await self._first.say(self.plan.prompts.hello, quoted_text="as you said")
                await self._first.keep()
        return self._first

    async def first(self) -> Conversation:
        """The same, where there is nothing to look at without a thread."""
        talk = await self.begun()
        if talk.thread_id is None:
            raise NotExaminable(f"no thread was made: {talk.answers[0]}")
        return talk

    async def crowd(self) -> list[Conversation]:
        """Threads that were begun at the same moment."""
        if not self._crowd:
            self._crowd = [self.conversation() for _ in range(_CROWD)]
            await asyncio.gather(*(each.say(self.plan.prompts.hello) for each in self._crowd))
        if any(each.thread_id is None for each in self._crowd):
            raise NotExaminable("not every thread was made")
        return self._crowd

    async def ask(self, request: ChatRequest, visitor: Visitor | None = None) -> Answer:
        """An answer outside any conversation; a stream is judged all the same."""
        answer = await (visitor or self.user).send(request)
        transcript = Transcript()
        for event in answer.events if answer.is_stream else ():
            transcript.apply(event)
        self.note(answer, transcript.violations)
        return answer

    async def post(
        self, body: bytes, asked: str, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """The answer to a body that may be anything."""
        answer = await self.user.post(body, asked, headers)
        self.note(answer, [])
        return answer

    def note(self, answer: Answer, violations: list[Violation]) -> None:
        """Take down what was seen in an answer."""
        if answer.is_stream:
            self.streams.append(answer)
            self.events += len(answer.data)
        elif answer.status >= 400:
            self.refusals.append(answer)
        self.violations += violations

    async def has_thread(self, thread_id: str) -> bool:
        """Whether the user can still read a thread."""
        answer = await self.ask(requests.get_thread(thread_id))
        return answer.status == 200 and answer.document.get("id") == thread_id
