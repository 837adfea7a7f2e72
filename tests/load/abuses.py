"""`python -m tests.load.abuses KIND GATEWAY`: one client that harms, until the process is ended.

It is a process of its own, so that its work does not count as the service's.
"""

import argparse
import asyncio
import json
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from itertools import repeat
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import orjson

from tests.support.files import slow_pdf

ABUSER = {"X-User-Id": "abuser"}
_JSON = {**ABUSER, "Content-Type": "application/json"}
_GONE = (OSError, aiohttp.ClientError, asyncio.IncompleteReadError, TimeoutError)
"""What a client sees whom nobody wants any more."""

BEGINS = "begins"
"""What the process prints when it begins to harm."""

Abuse = Callable[[aiohttp.ClientSession, str], Awaitable[None]]


async def bodies(session: aiohttp.ClientSession, gateway: str) -> None:
    """Bodies of a hundred thousand and a million wrong elements, twenty a second."""
    sizes = (120_000, 1_000_000)
    wrong = [_message(content=list(repeat(1, size))) for size in sizes]
    while True:
        for body in wrong:
            with suppress(*_GONE):
                async with session.post(f"{gateway}/chatkit", data=body, headers=_JSON):
                    pass
            await asyncio.sleep(0.05)


async def heads(_: aiohttp.ClientSession, gateway: str) -> None:
    """A head without end, and another one when that is refused."""
    await _connect(gateway, [b"GET / HTTP/1.1\r\nCookie: "], repeat(b"x" * 65536), 0.005)


async def half_heads(_: aiohttp.ClientSession, gateway: str) -> None:
    """Five hundred connections with half a head, and a byte more now and then."""
    half = [b"GET /health HTTP/1.1\r\nCookie: "]
    await asyncio.gather(*(_connect(gateway, half, repeat(b"x"), 1.0) for _ in range(500)))


async def long_targets(_: aiohttp.ClientSession, gateway: str) -> None:
    """A target without end, and another one when that is refused."""
    await _connect(gateway, [b"GET /"], repeat(b"x" * 65536), 0.005)


async def idle_connections(_: aiohttp.ClientSession, gateway: str) -> None:
    """Five hundred connections that say nothing, and new ones when they are closed."""
    address = urlsplit(gateway)

    async def stay() -> None:
        while True:
            with suppress(*_GONE):
                reader, writer = await asyncio.open_connection(address.hostname, address.port)
                await reader.read()
                writer.close()
            await asyncio.sleep(0.1)

    await asyncio.gather(*(stay() for _ in range(500)))


async def streams(session: aiohttp.ClientSession, gateway: str) -> None:
    """Two hundred tries at a time to have a stream of one's own long answer open."""
    said = [{"type": "input_text", "text": "count to 2000"}]
    headers = {**_JSON, "Turnstream-Client": "resumable"}
    while True:
        with suppress(*_GONE):
            body = _message(content=said)
            async with session.post(f"{gateway}/chatkit", data=body, headers=headers) as answer:
                turn = f"{gateway}/turns/{answer.headers['Turn-Id']}/events"
                await asyncio.gather(*(_watch(session, turn) for _ in range(200)))


async def _watch(session: aiohttp.ClientSession, turn: str) -> None:
    for _ in range(10):
        with suppress(*_GONE):
            async with session.get(turn, headers=ABUSER) as answer:
                async for _ in answer.content:
                    pass
        await asyncio.sleep(1)


async def odd_values(session: aiohttp.ClientSession, gateway: str) -> None:
    """Numbers beyond 64 bits, actions without a type, endless cursors: each is answered 4xx."""
    huge, nowhere = 10**30, {"thread_id": "thr_x", "action": {}}
    requests = [
        _body({"type": "threads.custom_action", "params": nowhere}),
        _body({"type": "threads.sync_custom_action", "params": nowhere}),
        _request("threads.list", after="x" * 100_000),
        _body({"type": "threads.list", "params": {}, "metadata": {"n": huge}}),
        _body(
            {
                "type": "attachments.create",
                "params": {"name": "a.txt", "size": huge, "mime_type": "text/plain"},
            }
        ),
    ]
    while True:
        for body in requests:
            async with session.post(f"{gateway}/chatkit", data=body, headers=_JSON) as answer:
                if not 400 <= answer.status < 500:
                    raise RuntimeError(f"HTTP {answer.status} for {body[:100]!r}")
        await asyncio.sleep(0.05)


async def nul(session: aiohttp.ClientSession, gateway: str) -> None:
    """Messages with characters that Postgres can't keep: each turn ends well, title included."""
    body = _message(content=[{"type": "input_text", "text": "hello\0 \x01 you"}])
    while True:
        async with session.post(f"{gateway}/chatkit", data=body, headers=_JSON) as answer:
            said = await answer.read()
        if b": end completed" not in said:
            raise RuntimeError(f"HTTP {answer.status}, and at the end {said[-200:]!r}")
        await asyncio.sleep(0.2)


async def uploads(_: aiohttp.ClientSession, gateway: str) -> None:
    """Forty uploads of which a byte comes each second."""
    head = (
        b"POST /attachments HTTP/1.1\r\nHost: a\r\nX-User-Id: abuser\r\nContent-Length: 9999999\r\n"
        b"Content-Type: multipart/form-data; boundary=b\r\n\r\n"
    )
    await asyncio.gather(*(_connect(gateway, [head], repeat(b"-"), 1.0) for _ in range(40)))


async def documents(session: aiohttp.ClientSession, gateway: str) -> None:
    """Documents that take as long to read as one may, sixteen at a time."""
    document = slow_pdf()

    async def send() -> None:
        while True:
            form = aiohttp.FormData()
            form.add_field("file", document, filename="a.pdf", content_type="application/pdf")
            with suppress(*_GONE):
                async with session.post(f"{gateway}/attachments", data=form, headers=ABUSER):
                    pass
            await asyncio.sleep(0.2)

    await asyncio.gather(*(send() for _ in range(16)))


async def short_calls(session: aiohttp.ClientSession, gateway: str) -> None:
    """Two hundred and fifty short calls at once, again as soon as all are answered.

    At most every two seconds: a flood of requests is another abuse, which rates and proxies bound.
    """

    async def ask() -> None:
        with suppress(*_GONE):
            async with session.get(f"{gateway}/entities?q=a", headers=ABUSER):
                pass

    while True:
        await asyncio.gather(asyncio.sleep(2), *(ask() for _ in range(250)))


async def long_messages(session: aiohttp.ClientSession, gateway: str) -> None:
    """A thread of the longest messages, and the reading of it from many places at once."""
    said = [{"type": "input_text", "text": "長" * 31_000}]
    body = _message(content=said)
    async with session.post(f"{gateway}/chatkit", data=body, headers=_JSON) as answer:
        opened = await answer.content.readline()
        thread_id = orjson.loads(opened.removeprefix(b"data: "))["thread"]["id"]
        await answer.read()
    more = _request("threads.add_user_message", thread_id=thread_id, input=_input(content=said))
    listing = _request("items.list", thread_id=thread_id, limit=100)

    async def again(request: bytes, pause: float) -> None:
        while True:
            with suppress(*_GONE):
                async with session.post(f"{gateway}/chatkit", data=request, headers=_JSON) as got:
                    await got.read()
            await asyncio.sleep(pause)

    await asyncio.gather(again(more, 0.5), *(again(listing, 0.5) for _ in range(4)))


ABUSES: dict[str, Abuse] = {
    each.__name__: each
    for each in (
        bodies,
        heads,
        long_targets,
        half_heads,
        idle_connections,
        streams,
        uploads,
        documents,
        short_calls,
        long_messages,
        odd_values,
        nul,
    )
}


async def _connect(gateway: str, begin: list[bytes], more: Iterator[bytes], pause: float) -> None:
    """Send pieces over a connection of one's own, and over a new one when that is closed."""
    address = urlsplit(gateway)
    while True:
        with suppress(*_GONE):
            _, writer = await asyncio.open_connection(address.hostname, address.port)
            writer.writelines(begin)
            while not writer.is_closing():
                writer.write(next(more))
                await writer.drain()
                await asyncio.sleep(pause)
        await asyncio.sleep(0.1)


def _input(**given: Any) -> dict[str, Any]:
    return {"content": [], "attachments": [], "inference_options": {}, **given}


def _message(**given: Any) -> bytes:
    return _request("threads.create", input=_input(**given))


def _request(kind: str, **params: Any) -> bytes:
    return _body({"type": kind, "params": params})


def _body(document: dict[str, Any]) -> bytes:
    return json.dumps(document).encode()  # orjson writes no integer beyond 64 bits


async def _main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.load.abuses", description=__doc__)
    parser.add_argument("kind", choices=ABUSES)
    parser.add_argument("gateway")
    options = parser.parse_args()
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(connector=connector) as session:
        print(BEGINS, flush=True)
        await ABUSES[options.kind](session, options.gateway)


if __name__ == "__main__":
    asyncio.run(_main())
