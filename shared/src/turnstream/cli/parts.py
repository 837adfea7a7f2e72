"""What the commands of `turnstream` share."""

import argparse
import sys
from datetime import timedelta
from typing import Protocol

from turnstream.cli import deployment
from turnstream.contracts.owner import DEFAULT_TENANT
from turnstream.errors import BadRequest
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
    try:
        return HttpStoreClient(options.store_url, patience=_PATIENCE, key=_key(options.key))
    except ValueError as error:
        raise BadRequest(f"The key for the store can't be used. {error}") from error


def _key(given: str | None) -> str:
    if given == "-":
        return sys.stdin.readline().strip()
    return given or deployment.key()


def whose(tenant: str, user: str) -> str:
    """An owner as the lists of the commands name it: a user of the default tenant by name alone."""
    return user if tenant == DEFAULT_TENANT else f"{tenant}/{user}"


def printable(line: str) -> str:
    """The line without the control characters that a terminal would obey."""
    return "".join(each if each.isprintable() else "\ufffd" for each in line)
