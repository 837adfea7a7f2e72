"""A gateway that writes hand-made bytes."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web

Json = dict[str, Any]
DROP = b"\0drop"
"""In place of bytes: tear the connection down."""
STALL = b"\0stall"
"""In place of bytes: write nothing more."""


class FakeGateway:
    """Answers each streaming request with the next script, others from `answers` by type.

    Posts get the turn ids turn-1, turn-2 …, or their idempotency key;
    without `turns` they get none, like the stock server.
    """

    def __init__(self, *scripts: Sequence[bytes], turns: bool = True) -> None:
        self.url = ""
        self.answers: dict[str, Any] = {}
        self.seen: list[tuple[str, Json, Json]] = []
        self._scripts = list(scripts)
        self._turns = turns
        self._posts = 0

    def last_headers(self) -> Json:
        return self.seen[-1][2]

    async def answer(self, http: web.Request) -> web.StreamResponse:
        body = await http.json() if http.can_read_body else {}
        self.seen.append((http.path_qs, body, dict(http.headers)))
        kind = body.get("type", http.path)
        if kind in self.answers:
            status, answer = self.answers[kind]
            answer = next(answer) if isinstance(answer, Iterator) else answer
            return web.json_response(answer, status=status)
        headers = {"Content-Type": "text/event-stream"}
        if self._turns and http.method == "POST":
            self._posts += 1
            key = http.headers.get("Idempotency-Key")
            headers["Turn-Id"] = key or f"turn-{self._posts}"
        response = web.StreamResponse(headers=headers)
        await response.prepare(http)
        for written in self._scripts.pop(0):
            if written == DROP and http.transport:
                http.transport.abort()
                return response
            if written == STALL:
                await asyncio.Event().wait()
            await response.write(written)
        return response


@asynccontextmanager
async def running(gateway: FakeGateway) -> AsyncIterator[FakeGateway]:
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", gateway.answer)
    runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    gateway.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield gateway
    finally:
        await runner.cleanup()


def frame(event: Json, position: str | None = None) -> bytes:
    head = f"id: {position}\n" if position else ""
    return f"{head}data: {json.dumps(event)}\n\n".encode()


def end(status: str = "completed", *, named: bool = False) -> bytes:
    if named:
        return f"event: end\ndata: {json.dumps({'status': status})}\n\n".encode()
    return f": end {status}\n\n".encode()


RESTART = b"event: restart\ndata: {}\n\n"
