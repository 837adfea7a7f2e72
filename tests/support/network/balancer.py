"""A balancer of TCP connections, as a cluster has one before the replicas of a service."""

import asyncio
import contextlib
import threading
from collections.abc import Iterator, Sequence

_PIECE = 65536
_CONNECT = 2.0
"""Seconds to reach a replica; loopback answers at once or not at all."""


@contextlib.contextmanager
def balanced(ports: Sequence[int]) -> Iterator[int]:
    """The port of a balancer before these ports of the loopback, for the length of a block.

    Each new connection goes to the next replica that takes one. Nothing is tried twice: what is
    lost with a replica is the caller's to ask again.
    """
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="balancer", daemon=True)
    thread.start()
    server = asyncio.run_coroutine_threadsafe(_serve(ports), loop).result()
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        asyncio.run_coroutine_threadsafe(_end(server), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


async def _serve(ports: Sequence[int]) -> asyncio.Server:
    turn = 0

    async def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal turn
        turn += 1
        with contextlib.closing(writer), contextlib.suppress(OSError, TimeoutError):
            theirs, ours = await _reach([*ports[turn % len(ports) :], *ports[: turn % len(ports)]])
            with contextlib.closing(ours):
                both = [
                    asyncio.create_task(_pump(*way)) for way in ((reader, ours), (theirs, writer))
                ]
                await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
                for each in both:
                    each.cancel()
                await asyncio.gather(*both, return_exceptions=True)

    return await asyncio.start_server(take, "127.0.0.1", 0)


async def _reach(ports: Sequence[int]) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    for port in ports[:-1]:
        with contextlib.suppress(OSError, TimeoutError):
            async with asyncio.timeout(_CONNECT):
                return await asyncio.open_connection("127.0.0.1", port)
    return await asyncio.open_connection("127.0.0.1", ports[-1])


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while piece := await reader.read(_PIECE):
        writer.write(piece)
        await writer.drain()


async def _end(server: asyncio.Server) -> None:
    server.close()
    me = asyncio.current_task()
    rest = [task for task in asyncio.all_tasks() if task is not me]
    for task in rest:
        task.cancel()
    await asyncio.gather(*rest, return_exceptions=True)
