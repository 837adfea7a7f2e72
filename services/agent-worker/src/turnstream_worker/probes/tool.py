"""One tool call: from here to a tools service, from there to the ledger, and back.

No tool runs: the call belongs to no turn, which the ledger sees. So it has no effect.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from datetime import timedelta

from pydantic import SecretStr, ValidationError
from redis.exceptions import NoPermissionError, RedisError
from turnstream.contracts.ids import new_id
from turnstream.contracts.tools import CallTool, Catalogue, ToolCallFinished
from turnstream.doctor.findings import Finding, Status, failure, ok, warning
from turnstream.doctor.probe import Kind, Probe, Target
from turnstream.redis import topology
from turnstream.redis.broker import build_broker, inbox
from turnstream.settings import ConfigurationError, Settings

_TIMEOUT = timedelta(seconds=8)
"""A healthy service answers within milliseconds; a full one when a slot is free."""
_START = "Start one: without it an assistant has only the tools that run in its worker."
_UNANSWERED = (
    "See the tools service's log and GET /ready: is its INTERNAL_KEY the same as here, does the"
    " store answer it, are all its slots taken (TOOL_SLOTS)?"
)
_SHOWN = 6
"""Names of tools in the report."""


async def look(target: Target) -> Sequence[Finding]:
    """The tools that are offered, and what became of a call."""
    settings = Settings()
    if settings.internal_key is None and target.key:
        settings = settings.model_copy(update={"internal_key": SecretStr(target.key)})
    try:
        call = ProbeCall(settings)
    except ConfigurationError as error:
        return [failure(str(error), "Services take no call that is not signed with it.")]
    try:
        return [each async for each in call.findings()]
    except (RedisError, OSError) as error:
        return [failure(f"Redis does not answer: {error}", "See the probe redis.")]
    finally:
        await call.aclose()


class ProbeCall:
    """A call of no turn, with a reply stream of its own."""

    def __init__(self, settings: Settings) -> None:
        self._broker = build_broker(settings)
        self._key = new_id("doctor")
        self._replies = topology.replies(self._key)
        self._answered = asyncio.Event()

        @self._broker.subscriber(stream=inbox(self._replies))
        async def on_reply(_reply: ToolCallFinished) -> None:
            """The service has answered."""
            self._answered.set()

    async def findings(self) -> AsyncIterator[Finding]:
        """What is offered, then whether a call is answered."""
        client = await self._broker.connect()
        document = await client.get(topology.CATALOGUE)
        if not document:
            seconds = topology.CATALOGUE_TTL.total_seconds()
            yield failure(f"no tools service was up in the last {seconds:.0f} s", _START)
            return
        offered = _offered(document)
        yield offered
        if offered.status is Status.FAILURE:
            return
        await self._broker.start()
        yield await self._call()

    async def aclose(self) -> None:
        """Delete the reply stream, and close the connections."""
        with suppress(RedisError, OSError):
            client = await self._broker.connect()
            await client.expire(self._replies, 0)  # a worker's user may not use DEL
        with suppress(RedisError, OSError):
            await self._broker.stop()

    async def _call(self) -> Finding:
        began = time.monotonic()
        command = CallTool(
            turn_id="turn_doctor",
            thread_id="thr_doctor",
            owner="turnstream-doctor",
            attempt=1,
            key=self._key,
            tool="turnstream_doctor",
            arguments="{}",
            reply_to=self._replies,
            timeout=_TIMEOUT,
            probe=True,
        )
        sent = await self._broker.publish(
            command, stream=topology.TOOL_CALLS, maxlen=topology.STREAM_LIMIT
        )
        try:
            async with asyncio.timeout(_TIMEOUT.total_seconds()):
                await self._answered.wait()
        except TimeoutError:
            await self._take_back(sent)
            message = f"a call got no answer in {_TIMEOUT.total_seconds():g} s"
            return failure(message, _UNANSWERED)
        milliseconds = (time.monotonic() - began) * 1000
        return ok(f"a call went to a tools service, its ledger and back in {milliseconds:.0f} ms")

    async def _take_back(self, entry: str | bytes) -> None:
        """Delete the call, so that no later service answers it. A worker's user may not: then the
        stream's limit ends it some day.
        """
        client = await self._broker.connect()
        with suppress(NoPermissionError):
            await client.xdel(topology.TOOL_CALLS, entry)


def _offered(document: str | bytes) -> Finding:
    try:
        tools = [tool.name for tool in Catalogue.model_validate_json(document).tools]
    except ValidationError:
        remedy = "Run workers and tools services of one release."
        return failure("the catalogue of the tools is of another version", remedy)
    if not tools:
        return warning("a tools service is up, and offers no tool", "Name some in TOOLS.")
    more = f" and {len(tools) - _SHOWN} more" if len(tools) > _SHOWN else ""
    return ok(f"{len(tools)} tools are offered: {', '.join(tools[:_SHOWN])}{more}")


PROBE = Probe(Kind.APP, look, timedelta(seconds=20))
