"""What the commands of `turnstream` share."""

import argparse
from datetime import timedelta
from typing import Protocol

from turnstream.store_client import HttpStoreClient

EXAMPLES = argparse.RawDescriptionHelpFormatter
"""Keeps the line breaks of the examples below a command's options."""

_PATIENCE = timedelta(seconds=3)


class Commands(Protocol):
    """What `add_subparsers` returns; argparse has no public name for it."""

    def add_parser(
        self,
        name: str,
        *,
        help: str = ...,
        description: str = ...,
        epilog: str = ...,
        formatter_class: type[argparse.HelpFormatter] = ...,
    ) -> argparse.ArgumentParser:
        """Add a command."""
        ...


def store_of(options: argparse.Namespace) -> HttpStoreClient:
    """The store of the deployment that the options name, as an async context manager."""
    return HttpStoreClient(options.store_url, patience=_PATIENCE)


def printable(line: str) -> str:
    """The line without the control characters that a terminal would obey."""
    return "".join(each if each.isprintable() else "\ufffd" for each in line)
