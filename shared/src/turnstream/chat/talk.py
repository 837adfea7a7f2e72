"""A conversation in a terminal: what is said and shown, and what the user does next."""

import asyncio
from collections.abc import Callable
from typing import TextIO

from turnstream.chat import waiting
from turnstream.chat.client import RESTART, ChatClient, TurnOutcome
from turnstream.conformance import requests
from turnstream.conformance.requests import ChatRequest
from turnstream.contracts.turns import Json
from turnstream.errors import TurnstreamError
from turnstream.prose import Kind, Piece, Prose

_COLORS = {Kind.TEXT: "", Kind.NOTE: "\x1b[2m", Kind.ERROR: "\x1b[31m"}
_PLAIN = "\x1b[0m"


class Talk:
    """One thread, in a terminal. `ask` reads a line, and raises `EOFError` when there is none."""

    def __init__(
        self, client: ChatClient, thread_id: str | None, screen: TextIO, ask: Callable[[str], str]
    ) -> None:
        self.thread_id = thread_id
        self._client = client
        self._screen = screen
        self._ask = ask
        self._left: list[Json] = []
        """Items of the last turn that may wait for the user."""

    def request(self, said: str) -> ChatRequest:
        """What a line means: the number of a button that was offered, or else a message."""
        offered = self._offered()
        if said.isdecimal() and 0 < int(said) <= len(offered):
            return offered[int(said) - 1].request
        return requests.message(said, self.thread_id)

    async def send(self, request: ChatRequest) -> str:
        """Send a request and show the turn that answers it; how the turn ended."""
        self._left, prose, status = [], Prose(), "lost"
        try:
            async for event in self._client.events(request):
                if isinstance(event, TurnOutcome):
                    status = event.status
                    continue
                self._note(event)
                pieces = prose.restart() if event["type"] == RESTART else prose.tell(event)
                for piece in pieces:
                    self._show(piece)
        except asyncio.CancelledError:
            await self._stop()
            status = "cancelled"
        self._screen.write(prose.end())
        if status in ("cancelled", "revoked", "lost"):
            self._show(Piece(f"[{status}]\n", Kind.NOTE))
        self._screen.flush()
        return status

    def next_request(self) -> ChatRequest | None:
        """What must follow the last turn before the user can say anything; None if nothing must.

        Questions are asked here, and buttons shown, whose numbers `request` takes.
        """
        if self.thread_id is None:
            return None
        for item in self._left:
            if item["type"] == "client_tool_call" and item.get("status") == "pending":
                return requests.client_tool_output(self.thread_id, waiting.NO_PAGE)
            if asked := waiting.questions(item):
                replies = [self._ask(f"{each.get('question', '')} ").strip() for each in asked]
                answers, status = waiting.answers(asked, replies)
                return requests.structured_input(self.thread_id, item["id"], answers, status)
        for number, choice in enumerate(self._offered(), 1):
            self._show(Piece(f"  {number}  {choice.label}\n", Kind.NOTE))
        return None

    def _offered(self) -> list[waiting.Choice]:
        thread_id = self.thread_id
        if thread_id is None:
            return []
        return [choice for item in self._left for choice in waiting.choices(thread_id, item)]

    async def _stop(self) -> None:
        """The user pressed Ctrl-C: the turn is stopped, and not only left."""
        if self._client.turn_id is None:
            return
        try:
            await self._client.cancel(self._client.turn_id)
        except TurnstreamError as error:
            self._show(Piece(f"\n[not stopped: {error.detail}]", Kind.ERROR))
        self._screen.write("\n")

    def _note(self, event: Json) -> None:
        match event:
            case {"type": "thread.created", "thread": {"id": str(thread_id)}}:
                self.thread_id = thread_id
            case {"type": "thread.item.done" | "thread.item.replaced", "item": dict(item)}:
                self._left = [each for each in self._left if each["id"] != item["id"]] + [item]

    def _show(self, piece: Piece) -> None:
        color = _COLORS[piece.kind] if self._screen.isatty() else ""
        self._screen.write(f"{color}{piece.text}{_PLAIN if color else ''}")
        self._screen.flush()
