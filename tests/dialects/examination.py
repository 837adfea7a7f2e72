"""Examining one dialect: its conversations, and what came of them."""

import asyncio
import logging
import time
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

import structlog

from tests.dialects.composition import composed
from tests.dialects.conversation import ALL_RUNS, STREAMED, WHOLE, ConversationResult, Run, converse
from tests.dialects.faults import faults
from tests.dialects.red import RED
from tests.support.model_server.dialects.catalogue import CATALOGUE, NOT_STREAMED_TOO
from tests.support.model_server.dialects.dialect import Dialect
from tests.support.model_server.request import ModelApi

LONGEST = 20.0
"""Seconds for one conversation. It takes a tenth of one; one that hangs is a fault."""


class Mark(StrEnum):
    """How a dialect stands."""

    HOLDS = "holds"
    RED = "red, as marked"
    FAULTY = "FAULTY"
    STALE = "HOLDS BUT IS MARKED RED"


@dataclass(frozen=True)
class Report:
    """What came of one dialect."""

    api: ModelApi
    name: str
    faults: tuple[str, ...]
    red: str
    seconds: float

    @property
    def mark(self) -> Mark:
        """Whether it is as expected."""
        if self.faults:
            return Mark.RED if self.red else Mark.FAULTY
        return Mark.STALE if self.red else Mark.HOLDS


def entries(apis: tuple[ModelApi, ...]) -> Iterator[tuple[ModelApi, Dialect]]:
    """Every dialect, with the API it is spoken in."""
    for api in apis:
        for dialect in CATALOGUE[api]:
            yield api, dialect


async def examine(api: ModelApi, dialect: Dialect) -> Report:
    """Hold all conversations with a server of this dialect."""
    began, told, found = time.monotonic(), list[ConversationResult](), list[str]()
    for run in _runs(api, dialect):
        try:
            async with asyncio.timeout(LONGEST):
                told.append(await converse(dialect, api, run))
        except TimeoutError:
            found.append(f"{run}: not over after {LONGEST:g} s")
            break
    else:
        found = faults(dialect, told)
    red = RED[api].get(dialect.name, "")
    return Report(api, dialect.name, tuple(found), red, time.monotonic() - began)


def _runs(api: ModelApi, dialect: Dialect) -> tuple[Run, ...]:
    if dialect.edit_whole is not None:
        return WHOLE
    return ALL_RUNS if dialect in NOT_STREAMED_TOO[api] else STREAMED


def examine_alone(api: ModelApi, name: str) -> Report:
    """Examine a dialect in a process of its own."""
    silence()
    return asyncio.run(examine(api, composed(api, name)))


def silence() -> None:
    """Log nothing: hundreds of failures are asked for, and tracebacks are slow to draw."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    logging.disable(logging.CRITICAL)
    warnings.simplefilter("ignore")
