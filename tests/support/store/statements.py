"""Every raw statement of the store."""

import pkgutil
from collections.abc import Iterator
from importlib import import_module

import turnstream_store
from turnstream_store.database.statements import Statement


def statements() -> Iterator[tuple[str, Statement[tuple[object, ...]]]]:
    """Every `Statement` that is a constant of a module of the store, with its name."""
    for module in pkgutil.walk_packages(turnstream_store.__path__, "turnstream_store."):
        if "migrations" in module.name or module.name.endswith("__main__"):
            continue
        for name, value in vars(import_module(module.name)).items():
            if isinstance(value, Statement):
                yield f"{module.name.removeprefix('turnstream_store.')}.{name}", value


STATEMENTS = dict(statements())
