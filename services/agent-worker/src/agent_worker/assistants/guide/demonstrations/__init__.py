"""The demonstrations that run in the worker, one file each; a new file is found by itself.

Those that are tools are in the catalogue of the tools service.
"""

import importlib
import pkgutil

from agent_worker.assistants.guide.demonstration import Demonstration


def demonstrations() -> list[Demonstration]:
    """What each file of this folder calls `DEMONSTRATION`."""
    names = sorted(module.name for module in pkgutil.iter_modules(__path__))
    return [importlib.import_module(f"{__name__}.{name}").DEMONSTRATION for name in names]
