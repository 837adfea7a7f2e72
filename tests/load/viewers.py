"""Viewers that read their answers as bytes and note when what came."""

import asyncio
import time
from dataclasses import dataclass, field

import aiohttp

_TIMEOUT = aiohttp.ClientTimeout(total=90, sock_connect=30)


@dataclass
class Watched:
    """One answer as its viewer saw it; times in seconds since its request was sent."""

    opened: float = 0.0
    first_delta: float = 0.0
    ended: float = 0.0
    gaps: list[float] = field(default_factory=list)
    ends: int = 0
    error: str = ""
    retry_after: float | None = None
    """Seconds after which a refused request may be sent again, as its answer said."""


async def watch_turns(gateway: str, turns: int, words: int) -> list[Watched]:
    """Start that many turns at once, each for a user of its own, and watch all to the end."""
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(connector=connector, timeout=_TIMEOUT) as session:
        watched = [Watched() for _ in range(turns)]
        await asyncio.gather(
            *(
                watch_turn(session, gateway, {"X-User-Id": f"user-{number}"}, words, each)
                for number, each in enumerate(watched)
            )
        )
    return watched


async def watch_turn(
    session: aiohttp.ClientSession,
    gateway: str,
    headers: dict[str, str],
    words: int,
    watched: Watched,
) -> None:
    """Start a turn as whom the headers name, and watch it to its end."""
    began = time.monotonic()
    content = [{"type": "input_text", "text": f"count to {words}"}]
    user_input = {"content": content, "attachments": [], "inference_options": {}}
    body = {"type": "threads.create", "params": {"input": user_input}}
    try:
        async with session.post(f"{gateway}/chatkit", json=body, headers=headers) as response:
            watched.opened = time.monotonic() - began
            if response.status != 200:
                watched.error = f"HTTP {response.status}"
                if told := response.headers.get("Retry-After"):
                    watched.retry_after = float(told)
                return
            await _read(response, watched, began)
    except (aiohttp.ClientError, TimeoutError) as error:
        watched.error = f"{type(error).__name__}: {error}"
    if not watched.error and watched.ends != 1:
        watched.error = f"{watched.ends} ends"


async def _read(response: aiohttp.ClientResponse, watched: Watched, began: float) -> None:
    last = 0.0
    async for line in response.content:
        now = time.monotonic() - began
        if b"text_delta" in line:
            if last:
                watched.gaps.append(now - last)
            watched.first_delta = watched.first_delta or now
            last = now
        elif line.startswith(b": end"):
            watched.ends += 1
            watched.ended = now
            if b"completed" not in line:
                watched.error = line.decode().strip()
