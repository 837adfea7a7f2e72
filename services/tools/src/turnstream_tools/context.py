"""What a tool gets: who calls, what it may use, and how it shows what it does."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import cached_property

import aiohttp
import orjson
from redis.asyncio import Redis
from turnstream.contracts.ids import derived_id
from turnstream.contracts.text import dump_json
from turnstream.contracts.tools import CallTool, ClientToolRequest
from turnstream.contracts.turns import Json
from turnstream.files.made_images import MadeImages
from turnstream.i18n import negotiate
from turnstream.store_client import StoreClient

from turnstream_tools.events import items
from turnstream_tools.events.streamed_widget import StreamedWidget
from turnstream_tools.events.workflow import Steps, Workflow
from turnstream_tools.settings import ToolsSettings

Emit = Callable[[Json], Awaitable[None]]

_HTTP = aiohttp.ClientTimeout(total=30, sock_connect=3)
"""The timeout of tools that set none. A service that takes longer counts as not available."""
_CONNECTIONS = 100


@dataclass(frozen=True)
class Resources:
    """What all calls share. Connections are made at their first use."""

    store: StoreClient
    redis: Redis
    settings: ToolsSettings

    @cached_property
    def http(self) -> aiohttp.ClientSession:
        """Connections to the world, through the proxy of the environment if there is one."""
        connector = aiohttp.TCPConnector(limit=_CONNECTIONS)
        return aiohttp.ClientSession(connector=connector, timeout=_HTTP, trust_env=True)

    @cached_property
    def images(self) -> MadeImages:
        """Keeps the images that tools make. Raises `Unsupported` where no files are kept."""
        return MadeImages(self.store.files, self.settings)

    async def aclose(self) -> None:
        """Close every connection."""
        if "http" in self.__dict__:
            await self.http.close()
        await self.redis.aclose()
        await self.store.aclose()


class ToolContext:
    """One call, as its tool sees it.

    The user sees every event at once. Done items, effects and notices last: they are part of the
    result, and a second attempt of the turn shows them again. Ids of items follow from the call's
    key and the order in which the tool makes them, so a second run gives the same items.

    `owner` is the user, and `tenant` whose user it is: two tenants may have users of the same name.
    `caller` is both together, as the calls of `store` take it.
    `locale` is the user's language: one of `turnstream.i18n.LOCALES`.
    """

    def __init__(self, command: CallTool, resources: Resources, emit: Emit) -> None:
        self.owner = command.owner
        self.tenant = command.tenant
        self.caller = command.caller
        self.thread_id = command.thread_id
        self.turn_id = command.turn_id
        self.key = command.key
        self.locale = negotiate(command.locale)
        self.store = resources.store
        self.redis = resources.redis
        self.requested: ClientToolRequest | None = None
        self._resources = resources
        self._emit = emit
        self._made = 0

    @property
    def http(self) -> aiohttp.ClientSession:
        """A session for calls to other services. All calls share it: do not close it."""
        return self._resources.http

    def derived_id(self, prefix: str) -> str:
        """The id `<prefix>_…` of this call: the same one whenever the call is run again."""
        return derived_id(prefix, self.key)

    async def emit(self, event: Json) -> None:
        """Show any ChatKit `ThreadStreamEvent` but `error`, which is the end of a failed turn.

        Raises `ValueError` for that, and when it is not JSON.
        """
        await self._emit(event)

    async def progress(self, text: str, icon: str | None = None) -> None:
        """Tell the user what the tool is doing. The next text replaces this one."""
        await self._emit(items.progress(text, icon))

    async def notice(self, level: str, message: str, title: str | None = None) -> None:
        """Show a message beside the thread: `info`, `warning` or `danger`, in Markdown."""
        await self._emit(items.notice(level, message, title))

    async def widget(self, widget: Json, copy_text: str | None = None) -> None:
        """Put a widget into the thread. `copy_text` is the text that copying the widget gives."""
        await self._emit(items.done(self._item("widget", widget=widget, copy_text=copy_text)))

    @asynccontextmanager
    async def streamed_widget(
        self, build: Callable[[str, bool], Json], component_id: str
    ) -> AsyncIterator[Callable[[str], Awaitable[None]]]:
        """Put a widget into the thread and let its text grow: `await write("a piece")`.

        `build(text, streaming)` gives the widget. The text is the value of the one `Text` or
        `Markdown` with this id, and `streaming` says that more will come. Nothing else of the
        widget may depend on them. Copying the widget gives its text.
        """
        widget = StreamedWidget(build, component_id, self._next_id("msg"), self.thread_id)

        async def write(piece: str) -> None:
            await self._emit(widget.write(piece))

        await self._emit(widget.open())
        try:
            yield write
        finally:
            for event in widget.close():
                await self._emit(event)

    async def image(self, png: bytes) -> None:
        """Put an image into the thread. Its bytes are kept as a file, and the item links to them.

        Raises `Unsupported` where no files are kept, and `StorageFull`.
        """
        image_id = self._next_id("img")
        url = await self._resources.images.keep(self.caller, self.thread_id, image_id, png)
        image = {"id": image_id, "url": url}
        await self._emit(items.done(self._item("generated_image", image=image)))

    async def hidden_context(self, text: str) -> None:
        """Put a note into the thread that the model reads and the user never sees."""
        await self._emit(items.done(self._item("hidden_context_item", content=text)))

    async def effect(self, name: str, data: Json) -> None:
        """Send a client effect. The page decides what happens; the tool does not wait for it."""
        await self._emit(items.client_effect(name, data))

    def client_tool(self, name: str, arguments: Json) -> None:
        """Ask the client to run one of its own tools after this call, at most one per call.

        Raises `ValueError` for a second one, and for arguments that are not JSON.
        """
        if self.requested is not None:
            raise ValueError(f"This call has asked for {self.requested.name} already.")
        try:
            plain = orjson.loads(dump_json(arguments))
        except TypeError as error:
            raise ValueError(f"The arguments of {name} are not JSON: {error}") from error
        self.requested = ClientToolRequest(name=name, arguments=plain)

    @asynccontextmanager
    async def workflow(self) -> AsyncIterator[Steps]:
        """Show steps: `async with call.workflow() as step: await step("Reading", "the file")`."""
        workflow = Workflow(self._next_id("wf"), self.thread_id)
        await self._emit(workflow.open())
        try:
            yield Steps(workflow, self._emit)
        finally:
            await self._emit(workflow.close())

    def _item(self, kind: str, **fields: object) -> Json:
        return items.item(kind, self._next_id("msg"), self.thread_id, **fields)

    def _next_id(self, prefix: str) -> str:
        self._made += 1
        return derived_id(prefix, self.key, self._made)
