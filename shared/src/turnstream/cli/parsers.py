"""argparse helpers for commands. It imports little: commands must start fast."""

import argparse
from typing import Protocol

EXAMPLES = argparse.RawDescriptionHelpFormatter
"""Keeps the line breaks of the examples below a command's options."""


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
