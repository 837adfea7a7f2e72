"""The layer contract of the store has every module of it."""

import pkgutil
import tomllib
from collections import Counter
from pathlib import Path

import turnstream_store

_PYPROJECT = Path(__file__).parents[3] / "pyproject.toml"
_PACKAGE = "turnstream_store"
_WHOLE_LAYERS = frozenset({f"{_PACKAGE}.database"})
"""Packages that stand in the contract as a whole. Each noun has modules in several layers."""


def _in_the_contract() -> list[str]:
    """The modules that the contract names."""
    linter = tomllib.loads(_PYPROJECT.read_text())["tool"]["importlinter"]
    (layers,) = (
        contract["layers"]
        for contract in linter["contracts"]
        if contract["name"].startswith("Inside the store")
    )
    return [module for layer in layers for module in layer.split(" : ")]


def _modules() -> list[str]:
    """Every module of the store that is no package, and the packages that are whole layers."""
    return [
        module.name
        for module in pkgutil.walk_packages(turnstream_store.__path__, f"{_PACKAGE}.")
        if (module.name in _WHOLE_LAYERS if module.ispkg else True)
        and not any(module.name.startswith(f"{whole}.") for whole in _WHOLE_LAYERS)
    ]


def test_every_module_says_where_it_stands() -> None:
    """A module that the contract does not name may import, and be imported, as it likes."""
    assert Counter(_in_the_contract()) == Counter(_modules())
