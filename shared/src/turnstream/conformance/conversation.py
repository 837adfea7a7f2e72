"""A thread as a page holds it, and as the server stores it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from turnstream.conformance import requests
from turnstream.conformance.answers import Answer
from turnstream.conformance.canonical import canonical
from turnstream.conformance.grammar import Transcript
from turnstream.conformance.requests import ChatRequest
from turnstream.conformance.rules import Violation
from turnstream.conformance.visitor import Visitor
from turnstream.contracts.turns import Json

_PAGES = 60
"""Pages that are read of one list: a server that never ends it is found out."""
_PAGE = 20


@dataclass
class Conversation:
    """Applies what comes to a transcript, and tells `note` of every answer and its faults."""

    visitor: Visitor
    note: Callable[[Answer, list[Violation]], None]
    transcript: Transcript = field(default_factory=Transcript)
    answers: list[Answer] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    """How shown and stored items differed each time that `keep()` was called; empty: not at all."""

    @property
    def thread_id(self) -> str | None:
        """The thread, once it was made."""
        return (self.transcript.thread or {}).get("id")

    @property
    def thread(self) -> str:
        """The thread, which must have been made."""
        assert self.thread_id is not None
        return self.thread_id

    @property
    def user_message(self) -> Json:
        """The first message of the user."""
        mine = self.items("user_message")
        return mine[0] if mine else {"id": "none"}

    def items(self, kind: str) -> list[Json]:
        """The items of a type, as they are shown."""
        return [item for item in self.transcript.items.values() if item["type"] == kind]

    async def say(self, text: str, quoted_text: str | None = None) -> Answer:
        """Say something, in this thread or in one that begins with it."""
        return await self.send(requests.message(text, self.thread_id, quoted_text=quoted_text))

    async def send(
        self,
        request: ChatRequest,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Send a streaming request of this thread, and show its answer."""
        answer = await self.visitor.send(request, headers)
        self.answers.append(answer)
        if answer.is_stream:
            self._own_part(request)
        self.show(answer)
        return answer

    def show(self, answer: Answer) -> None:
        """Apply a stream to what is shown."""
        transcript, before = self.transcript, len(self.transcript.violations)
        transcript.begin()
        for event in answer.events if answer.is_stream else ():
            transcript.apply(event)
        if not answer.cut:
            transcript.end()
        self.note(answer, transcript.violations[before:])

    async def keep(self) -> None:
        """Compare at once what is shown with what is stored."""
        self.kept.append(await self.difference())

    async def difference(self) -> str:
        """How the thread that is shown differs from the stored one; empty when it does not."""
        stored = await self.stored()
        shown = list(self.transcript.items.values())
        if [item["id"] for item in shown] != [item.get("id") for item in stored]:
            return f"shown {_brief(shown)}, stored {_brief(stored)}"
        for ours, theirs in zip(shown, stored, strict=True):
            if canonical(ours) != canonical(theirs):
                return f"shown {canonical(ours):.300}, stored {canonical(theirs):.300}"
        return ""

    async def stored(self) -> list[Json]:
        """All items that the server stores, oldest first."""
        return await self.walk(lambda after: self.page(_PAGE, "asc", after))

    def page(self, limit: int, order: str, after: str | None) -> ChatRequest:
        """The request for a page of this thread's items."""
        behind = {"after": after} if after else {}
        return requests.list_items(self.thread, limit=limit, order=order, **behind)

    async def walk(self, page: Callable[[str | None], ChatRequest]) -> list[Json]:
        """What stands on all pages of a list, as far as it is one."""
        rows: list[Json] = []
        after: str | None = None
        for _ in range(_PAGES):
            answer = await self.visitor.send(page(after))
            data = answer.document.get("data")
            if not isinstance(data, list):
                return [*rows, {"id": f"no page: {answer}"}]
            rows += data
            before, after = after, answer.document.get("after")
            if not answer.document.get("has_more"):
                break
            if not after or after == before:
                return [*rows, {"id": f"has_more, and no new cursor after {before}"}]
        return rows

    def _own_part(self, request: ChatRequest) -> None:
        """What a page changes by itself once a request was accepted: no event tells it."""
        if request.type == "threads.add_client_tool_output":
            self.transcript.answer_client_tool_call(request.params["result"])
        elif request.type == "threads.retry_after_item":
            self.transcript.drop_after(request.params["item_id"])


def _brief(items: list[Json]) -> list[str]:
    return [f"{item.get('type')} {item.get('id')}" for item in items]
