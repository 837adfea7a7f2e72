"""Servers that deviate in several ways at once, drawn by chance from the dialects that hold."""

import random
from collections.abc import Iterator

from tests.support.model_server.dialects.catalogue import CATALOGUE, SECTIONS
from tests.support.model_server.dialects.changes import all_of
from tests.support.model_server.dialects.dialect import RIGHT, Dialect
from tests.support.model_server.dialects.stream import Change, Part
from tests.support.model_server.request import ModelApi

AND = " + "
AT_ONCE = 3
"""Deviations of one server. More of them hide each other."""


def composed(api: ModelApi, name: str) -> Dialect:
    """The dialect of a name; of several names joined by `AND`, all their changes in this order."""
    parts = [_named(api, each) for each in name.split(AND)]
    if len(parts) == 1:
        return parts[0]
    sentences = " ".join(part.says for part in parts)
    return Dialect(
        name,
        sentences,
        "drawn by chance",
        change=all_of(*(_where_it_fits(part.change) for part in parts)),
        encode=parts[-1].encode,
    )


def drawn(apis: tuple[ModelApi, ...], times: int, seed: int) -> Iterator[tuple[ModelApi, str]]:
    """So many compositions, the same for the same seed."""
    chance = random.Random(seed)
    for _ in range(times):
        api = chance.choice(apis)
        whole = SECTIONS[api]["Servers as they are"]
        names = [each.name for each in CATALOGUE[api] if _is_harmless(each) and each not in whole]
        yield api, AND.join(chance.sample(names, AT_ONCE))


def _where_it_fits(change: Change) -> Change:
    """The change, or none where another one took away what it is about."""

    def fitting(parts: list[Part]) -> list[Part]:
        try:
            return change(parts)
        except (LookupError, StopIteration, AssertionError, TypeError):
            return parts

    return fitting


def _named(api: ModelApi, name: str) -> Dialect:
    return next(dialect for dialect in CATALOGUE[api] if dialect.name == name)


def _is_harmless(dialect: Dialect) -> bool:
    """True for a change of the stream after which the answer must still be right."""
    changes_the_stream = dialect.refuse is Dialect.refuse and dialect.edit_whole is None
    return dialect.outcome == RIGHT and changes_the_stream and not dialect.once
