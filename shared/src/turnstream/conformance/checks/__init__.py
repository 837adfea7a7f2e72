"""All checks, in the order in which they are made."""

from turnstream.conformance.checks import (
    answering,
    connections,
    errors,
    files,
    messages,
    paging,
    people,
    streams,
    threads,
)
from turnstream.conformance.checks.check import Check

_MODULES = (messages, threads, paging, answering, files, people, connections, errors, streams)

CHECKS = tuple(
    value for module in _MODULES for value in vars(module).values() if isinstance(value, Check)
)
"""Those of `streams` come last: they look at all that came before."""
