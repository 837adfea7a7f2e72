"""A ChatKit server that fits on a page and keeps every rule, unless it is told to break one."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import uuid4

from aiohttp import web

from .small_documents import Documents
from .small_threads import (
    ANSWERS,
    DOCUMENTS,
    HEADERS,
    STREAMS,
    Json,
    Refusal,
    Thread,
    Turn,
    each_of,
    hello,
    new,
    raise_if,
    update,
)

WORDS = 60
"""How long a slow answer is."""


class SmallServer(Documents):
    """`fault` is the rule that it breaks; `spoil` changes what it answers."""

    async def chatkit(self, http: web.Request) -> web.StreamResponse:
        """The endpoint."""
        self._admit(http)
        if http.content_type != "application/json" and self.fault != "errors.content-type":
            raise Refusal(415)
        try:
            request = json.loads(await http.read())
            kind, params = request["type"], request["params"]
            if kind in STREAMS:
                return await self._stream(http, kind, params)
            document = self._spoil(kind, getattr(self, DOCUMENTS[kind])(http, params))
        except Refusal:
            raise
        except (
            ValueError,
            KeyError,
            TypeError,
            AttributeError,
            IndexError,
            RecursionError,
        ) as wrong:
            raise Refusal(400, repr(wrong)) from wrong
        return web.json_response(document)

    async def events(self, http: web.Request) -> web.StreamResponse:
        """`GET /turns/{id}/events`."""
        turn = self._turn(http)
        after = http.headers.get("Last-Event-ID") or http.query.get("after") or "-1"
        if not after.lstrip("-").isdigit() and self.fault != "resume.refusals":
            raise Refusal(400)
        response = await self._open(http, turn)
        start = (
            0 if self.fault == "resume.after-position" or not after.isdigit() else int(after) + 1
        )
        frames = turn.frames[:-1] if self.fault == "resume.from-start" else turn.frames
        for frame in frames[start:]:
            await response.write(frame)
        await response.write(b'event: end\ndata: {"status": "%s"}\n\n' % turn.status.encode())
        return response

    async def cancel(self, http: web.Request) -> web.Response:
        """`POST /turns/{id}/cancel`."""
        self._turn(http).stopped = self.fault != "stop.ends-stream"
        return web.json_response({})

    async def upload(self, http: web.Request) -> web.Response:
        """Where the bytes of a file go."""
        raise_if(self.fault == "attachments.two-phase", 500)
        await http.read()
        return web.json_response({})

    def _admit(self, http: web.Request) -> None:
        asked = http.headers.get("Authorization") == f"Bearer {self._token}"
        if self._token and not asked and self.fault != "isolation.anonymous":
            raise Refusal(401)

    def _turn(self, http: web.Request) -> Turn:
        turn = self._turns.get(http.match_info["id"])
        if turn is None or turn.owner != self._owner(http):
            raise Refusal(404)
        return turn

    async def _stream(self, http: web.Request, kind: str, params: Json) -> web.StreamResponse:
        key = http.headers.get("Idempotency-Key", "")
        turn = self._keys.get(key) if key and self.fault != "idempotency.same-turn" else None
        if turn is not None:
            response = await self._open(http, turn)
            for frame in turn.frames:
                await response.write(frame)
            return response
        thread, opening, text = self._accept(http, kind, params)
        turn = Turn(f"turn_{uuid4().hex}", self._owner(http))
        self._turns[turn.id] = self._keys[key] = turn
        events = opening + [e async for e in self._answer(thread, text)] if text != "slow" else None
        if events is not None:
            events = self._spoil(kind, events)
        response = await self._open(http, turn)
        source = each_of(events) if events is not None else self._slow(thread, opening, turn)
        async for event in source:
            turn.frames.append(f"id: {len(turn.frames)}\ndata: {json.dumps(event)}\n\n".encode())
            await response.write(turn.frames[-1])
        turn.status = "cancelled" if turn.stopped else "completed"
        await response.write(f": end {turn.status}\n\n".encode())
        if self.fault == "sse.whole" and http.transport:
            http.transport.abort()
        return response

    def _accept(self, http: web.Request, kind: str, params: Json) -> tuple[Thread, list[Json], str]:
        """The thread, the opening events, and what is asked."""
        opening: list[Json] = []
        if kind == "threads.create":
            thread = Thread(f"thr_{uuid4().hex}", self._owner(http))
            opening.append({"type": "thread.created", "thread": thread.document()})
        else:
            thread = self._thread(http, params, "isolation.write")
        options = {"type": "stream_options", "stream_options": {"allow_cancel": True}}
        if "input" in params and kind != "threads.add_structured_input":
            item = self._message(thread, params["input"])
            opening += [{"type": "thread.item.done", "item": item}]
            self._threads[thread.id] = thread
            return thread, [*opening, options], item["content"][0]["text"].partition(":")[0]
        return thread, [options, *self._react(thread, kind, params)], kind

    def _message(self, thread: Thread, said: Json) -> Json:
        missing = set(said["attachments"]) - self._files
        raise_if(missing and self.fault != "errors.unknown-attachment", 404)
        files = [{"id": each} for each in said["attachments"]]
        item = new(thread, "user_message", **{**said, "attachments": files})
        lost = self.fault == "thread.two-at-once" and said["content"][0]["text"].endswith(": 2")
        if not lost:
            thread.items[item["id"]] = item
        return item

    def _react(self, thread: Thread, kind: str, params: Json) -> list[Json]:
        """What a request does that is no message."""
        last = list(thread.items.values())[-1]
        match kind:
            case "threads.add_client_tool_output":
                calls = [
                    each for each in thread.items.values() if each["type"] == "client_tool_call"
                ]
                waiting = last if last.get("status") == "pending" else None
                raise_if(not calls and self.fault != "errors.nothing-pending", 409)
                raise_if(not waiting and self.fault == "client-tool.late-output", 500)
                raise_if(not waiting and self.fault != "errors.nothing-pending", 409)
                if waiting and self.fault != "client-tool.output":
                    waiting.update(status="completed", output=params["result"])
            case "threads.add_structured_input":
                item = self._item(thread, params["item_id"], "structured_input")
                again = item["status"] != "pending" and self.fault != "structured-input.answer"
                raise_if(again, 409)
                item["status"] = "answered"
                return [{"type": "thread.item.replaced", "item": item}]
            case "threads.retry_after_item":
                self._item(thread, params["item_id"], "user_message")
                ids = list(thread.items)
                for later in ids[ids.index(params["item_id"]) + 1 :]:
                    if self.fault != "retry.replaces-answer":
                        del thread.items[later]
            case "threads.custom_action" if params.get("item_id"):
                item = self._item(thread, params["item_id"], "widget")
                changed = {**item, "widget": {"type": "Card", "children": []}}
                if self.fault != "action.widget":
                    thread.items[item["id"]] = changed
                return [{"type": "thread.item.replaced", "item": changed}]
            case "threads.custom_action":
                raise_if(self.fault == "action.unknown", 500)
        return []

    async def _answer(self, thread: Thread, text: str) -> AsyncIterator[Json]:
        """The events that answer a message; what is done is stored."""
        item = ANSWERS.get(text, hello)(thread)
        if text == "threads.custom_action":
            return
        await asyncio.sleep(0)
        if item["type"] == "assistant_message":
            part = {"type": "output_text", "text": "", "annotations": []}
            yield {"type": "thread.item.added", "item": {**item, "content": []}}
            yield update(item, "content_part.added", content_index=0, content=part)
            for word in ("Hel", "lo"):
                yield update(item, "content_part.text_delta", content_index=0, delta=word)
        thread.items[item["id"]] = item
        yield {"type": "thread.item.done", "item": dict(item)}

    async def _slow(self, thread: Thread, opening: list[Json], turn: Turn) -> AsyncIterator[Json]:
        """Many words, until it is stopped; what was said is stored whatever happens."""
        for event in opening:
            yield event
        item = hello(thread)
        part: Json = {"type": "output_text", "text": "", "annotations": []}
        item |= {"content": [part]}
        yield {"type": "thread.item.added", "item": item}
        held = []
        try:
            for number in range(WORDS):
                if turn.stopped:
                    break
                part["text"] += f"{number} "
                kind = "content_part.text_delta"
                event = update(item, kind, content_index=0, delta=f"{number} ")
                if self.fault == "sse.as-it-comes":
                    held.append(event)
                    continue
                yield event
                silent = number == 0 and self.fault == "sse.keep-alive"
                await asyncio.sleep(0.3 if silent else 0.002)
        finally:
            if self.fault != "disconnect.text-kept":
                thread.items[item["id"]] = item
            if self.fault == "disconnect.thread-usable":
                del self._threads[thread.id]
        for event in held:
            yield event
        yield {"type": "thread.item.done", "item": item}

    async def _open(self, http: web.Request, turn: Turn) -> web.StreamResponse:
        headers = {"Content-Type": "text/event-stream", "Turn-Id": turn.id}
        headers |= {"Cache-Control": "no-cache", "X-Accel-Buffering": "no"}
        headers |= HEADERS.get(self.fault, {})
        response = web.StreamResponse(headers=headers)
        await response.prepare(http)
        if self.fault == "sse.plain-events":
            await response.write(b"event: hello\ndata: {}\n\n")
        return response


@asynccontextmanager
async def running(server: SmallServer) -> AsyncIterator[SmallServer]:
    """Serve for a block's time, at `server.url`."""
    app = web.Application(middlewares=[_refusals(server)])
    app.router.add_post("/chatkit", server.chatkit)
    app.router.add_get("/turns/{id}/events", server.events)
    app.router.add_post("/turns/{id}/cancel", server.cancel)
    app.router.add_put("/upload", server.upload)
    runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    server.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield server
    finally:
        await runner.cleanup()


def _refusals(server: SmallServer) -> Any:
    @web.middleware
    async def middleware(http: web.Request, handler: Any) -> web.StreamResponse:
        try:
            answer: web.StreamResponse = await handler(http)
        except Refusal as refusal:
            plain = server.fault == "errors.json"
            broken = {"errors.malformed-body": 400, "errors.unknown-type": 400}.get(server.fault)
            status = 500 if refusal.status == broken else refusal.status
            if plain:
                return web.Response(status=status, text="no")
            return web.json_response({"detail": str(refusal)}, status=status)
        except web.HTTPMethodNotAllowed:
            return web.json_response({}, status=200 if server.fault == "errors.method" else 405)
        return answer

    return middleware
