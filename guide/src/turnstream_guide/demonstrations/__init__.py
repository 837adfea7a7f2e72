"""The demonstrations that run in the worker, one file each; a new file is found by itself.

Those that are tools are in the catalogue of the tools service.
"""

import importlib
import pkgutil

from turnstream_guide.demonstrations import agents, interaction
from turnstream_guide.demonstrations.demonstration import Demonstration


def demonstrations() -> list[Demonstration]:
    """What each file of the folders beside this one calls `DEMONSTRATION`, in order of names."""
    found = {
        module.name: f"{folder.__name__}.{module.name}"
        for folder in (agents, interaction)
        for module in pkgutil.iter_modules(folder.__path__)
    }
    return [importlib.import_module(found[name]).DEMONSTRATION for name in sorted(found)]
