"""The model server: an HTTP listener that answers model requests from a script."""

import asyncio
import contextlib
import threading
import time
from collections.abc import Callable, Iterator
from types import TracebackType
from typing import Self

from aiohttp import web

from .answering import Answering
from .dialects.dialect import Dialect
from .gates import Gates
from .record import Calls
from .request import ModelApi, ModelRequest
from .script import Script
from .speech import Speech

START_SECONDS = 10.0
"""Binding a loopback port takes milliseconds; ten seconds is a machine in trouble."""


def _none(_: ModelRequest) -> None:
    """No dialect: as OpenAI speaks."""


class ModelServer:
    """Answers in the Responses and the Chat Completions format, and transcribes speech.

    Use `async with ModelServer(script)` to run it on the loop of the test, or
    `with ModelServer(script).in_thread()` when the test blocks or other processes call it. The
    script may be exchanged at any time; a request is answered by the one in force on arrival. So
    may the `dialect`, in which streamed answers are spoken.
    """

    def __init__(self, script: Script, host: str = "127.0.0.1", port: int = 0) -> None:
        self.script = script
        self.dialect_for: Callable[[ModelRequest], Dialect | None] = _none
        self.calls = Calls()
        self.speech = Speech()
        self.searches: list[str] = []
        """What vector stores were searched for. Each search finds the file `handbook.md`."""
        self._host = host
        self._port = port
        self._gates = Gates()
        self._runner: web.AppRunner | None = None
        self._stopping = False

    @property
    def url(self) -> str:
        """The root, where `/control/...` is."""
        return f"http://{self._host}:{self._port}"

    @property
    def base_url(self) -> str:
        """What goes into `OPENAI_BASE_URL`."""
        return f"{self.url}/v1"

    def open(self, gate: str) -> None:
        """Let everything through that is or will be held at this gate. Works from any thread."""
        self._gates.open(gate)

    def waiting(self, gate: str) -> int:
        """How many streams are held at this gate now."""
        return self._gates.waiting(gate)

    def reset(self) -> None:
        """Forget the calls so far; requests under way are no longer listed."""
        self.calls = Calls()
        self.speech = Speech()
        self.searches = []

    async def __aenter__(self) -> Self:
        self._stopping = False
        self._gates.bind(asyncio.get_running_loop())
        self._runner = web.AppRunner(self._app(), handler_cancellation=True, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, self._host, self._port).start()
        self._port = self._runner.addresses[0][1]
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stopping = True
        if self._runner:
            await self._runner.cleanup()

    @contextlib.contextmanager
    def in_thread(self) -> Iterator[Self]:
        """Run on a loop of its own, in a thread that ends with the block."""
        started, stop = threading.Event(), asyncio.Event()
        loop = asyncio.new_event_loop()
        failure: list[OSError] = []

        async def serve() -> None:
            async with self:
                started.set()
                await stop.wait()

        def run() -> None:
            try:
                loop.run_until_complete(serve())
            except OSError as error:
                failure.append(error)
            finally:
                loop.close()
                started.set()

        thread = threading.Thread(target=run, name="model-server", daemon=True)
        thread.start()
        try:
            if not started.wait(START_SECONDS) or failure:
                raise RuntimeError("the model server did not start") from next(iter(failure), None)
            yield self
        finally:
            with contextlib.suppress(RuntimeError):
                loop.call_soon_threadsafe(stop.set)
            thread.join(START_SECONDS)

    def _app(self) -> web.Application:
        app = web.Application(client_max_size=64 * 2**20)
        app.router.add_post("/v1/responses", self._responses)
        app.router.add_post("/v1/chat/completions", self._chat_completions)
        app.router.add_post("/v1/audio/transcriptions", self._transcriptions)
        app.router.add_post("/v1/vector_stores/{store}/search", self._search)
        app.router.add_get("/control/requests", self._list_requests)
        app.router.add_get("/control/gates/{gate}", self._show_gate)
        app.router.add_post("/control/open/{gate}", self._open_gate)
        return app

    async def _responses(self, http: web.Request) -> web.StreamResponse:
        return await self._answer(http, "responses")

    async def _chat_completions(self, http: web.Request) -> web.StreamResponse:
        return await self._answer(http, "chat_completions")

    async def _transcriptions(self, http: web.Request) -> web.StreamResponse:
        return await self.speech.answer(http)

    async def _search(self, http: web.Request) -> web.Response:
        self.searches.append((await http.json())["query"])
        found = {"file_id": "file_1", "filename": "handbook.md", "score": 0.9}
        text = [{"type": "text", "text": "Holidays are free."}]
        data = [{**found, "attributes": {}, "content": text}]
        return web.json_response({"object": "list", "data": data, "has_more": False})

    async def _answer(self, http: web.Request, api: ModelApi) -> web.StreamResponse:
        call = self.calls.arrive(api, await http.json(), dict(http.headers))
        dialect = self.dialect_for(call.request)
        try:
            return await Answering(http, call, self._gates, dialect).run(self.script)
        except (asyncio.CancelledError, ConnectionResetError):
            if call.running and not self._stopping:
                call.disconnected = time.monotonic()
            raise

    async def _list_requests(self, _: web.Request) -> web.Response:
        return web.json_response([call.as_json() for call in self.calls])

    async def _show_gate(self, http: web.Request) -> web.Response:
        return web.json_response({"waiting": self.waiting(http.match_info["gate"])})

    async def _open_gate(self, http: web.Request) -> web.Response:
        self.open(http.match_info["gate"])
        return web.json_response({})
