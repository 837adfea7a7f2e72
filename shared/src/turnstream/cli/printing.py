"""What commands of `turnstream` print: lines of text that a terminal can show."""

import argparse
from collections.abc import Awaitable, Callable

from turnstream.cli.options import store_of
from turnstream.contracts.owner import DEFAULT_TENANT
from turnstream.store_client import StoreClient


def whose(tenant: str, user: str) -> str:
    """An owner as the lists of the commands name it: a user of the default tenant by name alone."""
    return user if tenant == DEFAULT_TENANT else f"{tenant}/{user}"


def printable(line: str) -> str:
    """The line without the control characters that a terminal would obey."""
    return "".join(each if each.isprintable() else "\ufffd" for each in line)


def printing(
    lines: Callable[[StoreClient, argparse.Namespace], Awaitable[list[str]]],
) -> Callable[[argparse.Namespace], Awaitable[int]]:
    """A command that prints what a function finds out at the store."""

    async def run(options: argparse.Namespace) -> int:
        async with store_of(options) as client:
            for line in await lines(client, options):
                print(line)
        return 0

    return run
