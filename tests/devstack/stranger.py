"""Becomes another account of the machine, tries to read what a stack keeps, prints what it got."""

import asyncio
import contextlib
import os
import sys
from pathlib import Path

import asyncpg
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import AuthenticationError
from redis.retry import Retry

NOBODYS = 54_321
"""A user id that no account has: not the one that Postgres runs as, which reads its own files."""


def main(data_dir: Path, redis_port: int, postgres_port: int, pids: list[str]) -> None:
    """Print a line for each thing that could be had."""
    _servers(redis_port, postgres_port)  # as ourselves: libraries import some of theirs late
    os.environ["HOME"] = "/"
    os.setgroups([])
    os.setgid(NOBODYS)
    os.setuid(NOBODYS)
    _files(data_dir, pids)
    _servers(redis_port, postgres_port)
    print("that is all")


def _files(data_dir: Path, pids: list[str]) -> None:
    for directory, _, names in os.walk(data_dir):
        print("listed", directory, names)
    known = (
        "run/internal.key",
        "run/redis.url",
        "run/postgres.url",
        "blobs/file",
        "log/store-1.log",
    )
    for path in (*(data_dir / name for name in known), *(Path(f"/proc/{p}/environ") for p in pids)):
        try:
            print("read", path.read_text())
        except PermissionError:
            continue


def _servers(redis_port: int, postgres_port: int) -> None:
    once = Retry(NoBackoff(), 0)
    with Redis(port=redis_port, retry=once) as redis, contextlib.suppress(AuthenticationError):
        print("redis", redis.dbsize())
    for user in ("turnstream", "postgres", "turnstream_data"):
        asyncio.run(_ask(user, postgres_port))


async def _ask(user: str, port: int) -> None:
    try:
        connection = await asyncpg.connect(
            host="127.0.0.1", port=port, user=user, password="guess", database="postgres"
        )
    except asyncpg.InvalidPasswordError:
        return
    print("postgres", await connection.fetchval("SELECT current_user"))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), sys.argv[4:])
