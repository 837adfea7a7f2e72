"""The demonstrations that run in the worker, one file each. A new file needs no registration.

Demonstrations that are tools of the tools service are in `turnstream_guide.tools`.
"""

import importlib
import pkgutil

from turnstream_guide.demonstrations import agents, interaction
from turnstream_guide.demonstrations.demonstration import Demonstration


def demonstrations() -> list[Demonstration]:
    """The `DEMONSTRATION` of each file in the folders, in the order of the files' names."""
    found = {
        module.name: f"{folder.__name__}.{module.name}"
        for folder in (agents, interaction)
        for module in pkgutil.iter_modules(folder.__path__)
    }
    return [importlib.import_module(found[name]).DEMONSTRATION for name in sorted(found)]
