"""A headless ChatKit: sends what the UI sends and shows what the UI would show."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping
from typing import Any

import aiohttp
from turnstream.conformance import requests

from .connection import Connection
from .errors import Problem, Stalled, StreamBroken
from .showing import Showing
from .turn_stream import TurnStream

Json = dict[str, Any]
RESUMABLE = {"Turnstream-Client": "resumable"}
RECONNECT_SECONDS = 0.05
"""A browser waits seconds; a test wants to find the gap between two gateways."""


class ChatClient(Connection, Showing):
    """One browser tab of one user: `async with ChatClient(gateway_url) as client`.

    `resumable` names itself so to the gateway: a lost connection is not a Stop, and the end of a
    turn is a named event. `timeout` bounds every wait. `path` is where ChatKit requests go.
    `credentials` are the headers by which the user is known, where `X-User-Id` is not enough.
    """

    def __init__(
        self,
        gateway: str,
        user: str = "alice",
        *,
        resumable: bool = False,
        timeout: float = 45.0,
        path: str = "/chatkit",
        credentials: Mapping[str, str] | None = None,
    ) -> None:
        Connection.__init__(self, gateway, user, timeout, path, credentials)
        Showing.__init__(self)
        self._resumable = resumable

    @contextlib.asynccontextmanager
    async def stream(
        self,
        type: str,
        params: Json,
        *,
        headers: Mapping[str, str] | None = None,
        metadata: Json | None = None,
    ) -> AsyncIterator[TurnStream]:
        """Send a streaming request and step through its answer; leaving the block disconnects."""
        named = RESUMABLE if self._resumable else {}
        body = {"type": type, "params": params, "metadata": metadata or {}}
        sent = {**named, **(headers or {})}
        response = await self._send("POST", self._path, json=body, headers=sent)
        self._apply_own_part(type, params)
        turn = self._follow(response, response.headers.get("Turn-Id"), None, self._resumable)
        try:
            yield turn
        finally:
            await turn.disconnect()

    async def run(
        self,
        type: str,
        params: Json,
        *,
        headers: Mapping[str, str] | None = None,
        metadata: Json | None = None,
    ) -> TurnStream:
        """Send a streaming request and apply its answer to the end."""
        async with self.stream(type, params, headers=headers, metadata=metadata) as turn:
            return await turn.to_end()

    async def send_message(
        self,
        text: str,
        thread_id: str | None = None,
        *,
        new_thread: bool = False,
        headers: Mapping[str, str] | None = None,
        metadata: Json | None = None,
        **options: Any,
    ) -> TurnStream:
        """Say something, in the thread on display unless another or a new one is named.

        `options` are those of `requests.message`: attachments, quoted_text, model, tool.
        """
        thread = None if new_thread else thread_id or self.thread_id
        request = requests.message(text, thread, **options)
        return await self.run(*request, headers=headers, metadata=metadata)

    async def add_client_tool_output(self, result: Any) -> TurnStream:
        return await self.run(*requests.client_tool_output(self._shown(), result))

    async def structured_input(
        self, item_id: str, answers: Json, status: str = "answered"
    ) -> TurnStream:
        return await self.run(*requests.structured_input(self._shown(), item_id, answers, status))

    async def retry_after(self, item_id: str) -> TurnStream:
        return await self.run(*requests.retry_after(self._shown(), item_id))

    async def custom_action(
        self, action: str, payload: Any = None, item_id: str | None = None
    ) -> TurnStream:
        return await self.run(*requests.custom_action(self._shown(), action, payload, item_id))

    async def sync_custom_action(
        self, action: str, payload: Any = None, item_id: str | None = None
    ) -> Json:
        """A short action; an item it updates is shown at once, as the UI does."""
        request = requests.custom_action(self._shown(), action, payload, item_id, sync=True)
        answer: Json = await self.request(*request)
        if answer.get("updated_item"):
            event = {"type": "thread.item.replaced", "item": answer["updated_item"]}
            self.view.transcript.apply(event)
        return answer

    @contextlib.asynccontextmanager
    async def following(
        self,
        turn_id: str | None = None,
        *,
        after: str | None = None,
        from_start: bool = False,
        by_header: bool = False,
    ) -> AsyncIterator[TurnStream]:
        """Step through `GET /turns/{id}/events`, by default from this client's position.

        The position goes as `?after=`, or as `Last-Event-ID` with `by_header`.
        """
        turn = turn_id or self.turn_id
        if turn is None:
            raise ValueError("no turn to follow")
        known = self.position if turn == self.turn_id else None
        position = None if from_start else after or known
        params = {"after": position} if position and not by_header else {}
        headers = {"Last-Event-ID": position} if position and by_header else {}
        path = f"/turns/{turn}/events"
        response = await self._send("GET", path, params=params, headers=headers)
        stream = self._follow(response, turn, position, True)
        try:
            yield stream
        finally:
            await stream.disconnect()

    async def resume(self, turn_id: str | None = None, **options: Any) -> TurnStream:
        """Follow a turn to its end; options as for `following`."""
        async with self.following(turn_id, **options) as stream:
            return await stream.to_end()

    async def see_through(
        self, turn_id: str | None = None, timeout: float | None = None
    ) -> TurnStream:
        """Follow a turn to its end, coming back whenever the connection or the gateway is lost."""
        limit = self._timeout if timeout is None else timeout
        lost: Exception | None = None
        try:
            async with asyncio.timeout(limit):
                while True:
                    try:
                        return await self.resume(turn_id)
                    except (StreamBroken, aiohttp.ClientError) as error:
                        lost = error
                    except Problem as problem:
                        if problem.status < 500:
                            raise
                        lost = problem
                    await asyncio.sleep(RECONNECT_SECONDS)
        except TimeoutError:
            raise Stalled(f"turn not over within {limit:g} s, last: {lost!r}") from lost

    async def cancel(self, turn_id: str | None = None) -> Any:
        """Stop a turn, by default the present one."""
        return await self.call("POST", f"/turns/{turn_id or self.turn_id}/cancel")

    async def load_thread(self, thread_id: str | None = None) -> None:
        """Show a thread as it is stored, as a page does after a reload."""
        thread = await self.get_thread(thread_id or self._shown())
        self.view.load(thread, await self.all_items(thread["id"]))

    def _follow(
        self,
        response: aiohttp.ClientResponse,
        turn_id: str | None,
        position: str | None,
        named_events: bool,
    ) -> TurnStream:
        self.view.begin(turn_id, position)
        stream = TurnStream(response, self.view, named_events, self._timeout)
        self.streams.append(stream)
        return stream

    def _shown(self) -> str:
        if self.thread_id is None:
            raise ValueError("no thread on display")
        return self.thread_id

    def _apply_own_part(self, type: str, params: Json) -> None:
        """What the UI changes by itself once a request was accepted: no event tells it."""
        self.view.show(params.get("thread_id"))
        if type == "threads.add_client_tool_output":
            self.view.transcript.answer_client_tool_call(params["result"])
        elif type == "threads.retry_after_item":
            self.view.transcript.drop_after(params["item_id"])
