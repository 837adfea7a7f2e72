"""What ChatKit's tests import of their own helpers, which are not in the archive."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any

from chatkit.store import Store
from turnstream.contracts.turns import RequestContext

from tests.integration.upstream.standin import Given

_ASYNC = [name for name in vars(Store) if name.startswith(("load_", "save_", "add_", "delete_"))]


class SQLiteStore:
    """In place of upstream's: the store that an app is given here, whatever the path."""

    def __init__(self, path: str) -> None:
        self.db_path = path

    def generate_thread_id(self, context: Any) -> str:
        return Given.store.generate_thread_id(context)

    def generate_item_id(self, *asked: Any) -> str:
        return Given.store.generate_item_id(*asked)

    def __getattr__(self, name: str) -> Any:
        if name not in _ASYNC:
            raise AttributeError(name)
        return getattr(Given.store, name)


@contextmanager
def upstream_modules(folder: Path) -> Iterator[dict[str, ModuleType]]:
    """The modules of ChatKit's tests, under the names by which they import each other."""
    helpers, mock_store, types = (
        ModuleType(name) for name in ("helpers", "helpers.mock_store", "tests._types")
    )
    mock_store.SQLiteStore = SQLiteStore  # type: ignore[attr-defined]
    types.RequestContext = RequestContext  # type: ignore[attr-defined]
    modules = {each.__name__: each for each in (helpers, mock_store, types)}
    sys.modules.update(modules)
    try:
        for name in ("test_store", "test_chatkit_server"):
            spec = spec_from_file_location(f"tests.{name}", folder / f"{name}.py")
            assert spec is not None
            assert spec.loader is not None
            modules[spec.name] = sys.modules[spec.name] = module_from_spec(spec)
            spec.loader.exec_module(modules[spec.name])
        yield modules
    finally:
        for name in modules:
            sys.modules.pop(name, None)
