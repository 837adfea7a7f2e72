"""A scenario: one kind of load, its options on the command line, and whether it went well."""

import argparse
from collections.abc import Callable
from dataclasses import dataclass


def _no_options(_: argparse.ArgumentParser) -> None:
    pass


@dataclass(frozen=True)
class Scenario:
    """One kind of load. `run` prints its report, and returns whether the promise was kept."""

    name: str
    promise: str
    """One sentence, for `--help` and the report."""
    run: Callable[[argparse.Namespace], bool]
    add_options: Callable[[argparse.ArgumentParser], None] = _no_options
    """Adds options, each with a default: `make load` runs every scenario without any."""
