"""The stock backend behind HTTP, as the ChatKit documentation builds it."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import uvicorn
from chatkit.server import ChatKitServer, StreamingResult
from chatkit.store import Store
from fastapi import FastAPI, Request
from fastapi.responses import Response, StreamingResponse

from tests.support.waiting import wait_until

from .memory_store import MemoryStore


@contextmanager
def stock_server(create: Callable[[Store[Any]], ChatKitServer[Any]]) -> Iterator[str]:
    """The address of the endpoint, for a block's time. Who asks does not matter to it."""
    config = uvicorn.Config(_app(create(MemoryStore())), port=0, log_level="critical")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    wait_until(lambda: server.started, message="the stock server started")
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield f"http://127.0.0.1:{port}/chatkit"
    finally:
        server.should_exit = True
        thread.join()


def _app(server: ChatKitServer[Any]) -> FastAPI:
    app = FastAPI()

    @app.post("/chatkit")
    async def chatkit(request: Request) -> Response:
        result = await server.process(await request.body(), {})
        if isinstance(result, StreamingResult):
            return StreamingResponse(result, media_type="text/event-stream")
        return Response(content=result.json, media_type="application/json")

    return app
