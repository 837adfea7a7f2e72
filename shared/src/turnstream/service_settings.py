"""The settings of every service that is installed here, and all that is wrong with them.

What only an import can tell, of `ASSISTANT`, `WORKFLOWS` and `TOOLS`, the services find out first
thing when they start.
"""

import os
import sys
from importlib.util import find_spec, module_from_spec, spec_from_file_location
from pathlib import Path

from turnstream.process.bad_settings import bad_settings
from turnstream.settings import PREFIX, EnvironmentSettings

CLASSES = {
    "turnstream_gateway/settings.py": "GatewaySettings",
    "turnstream_store/settings.py": "StoreSettings",
    "turnstream_worker/settings.py": "WorkerSettings",
    "turnstream_worker/agent_builder/settings.py": "WorkflowSettings",
    "turnstream_worker/models/settings.py": "ModelSettings",
    "turnstream_tools/settings.py": "ToolsSettings",
    "turnstream_guide/settings.py": "GuideSettings",
}
"""Files and the settings in them."""
_PATHS = ("ASSISTANT", "WORKFLOW", "WORKFLOWS", "TOOLS", "BUNDLED_TOOLS", "KEYLESS_MODEL")
"""Settings that name code."""


def problems() -> list[str]:
    """A line for each setting that a service which is installed here could not use, and for each
    variable that seems to be a misspelt one.
    """
    found = [*bad_settings(map(_load, installed())), *_missing_modules()]
    return [" ".join(each.split()) for each in found]


def installed() -> list[str]:
    """The files of the classes whose packages are here."""
    return [file for file in CLASSES if find_spec(file.partition("/")[0]) is not None]


def _missing_modules() -> list[str]:
    """A line for each setting that names code of which there is nothing to import."""
    found = []
    for name in _PATHS:
        value = os.environ.get(f"{PREFIX}{name}") or os.environ.get(name, "")
        for path in value.split(","):
            module = path.rpartition("=")[2].partition(":")[0]
            package = module.strip().partition(".")[0]
            if package and package != "none" and find_spec(package) is None:
                found.append(f"{name}={value!r}: there is no module {package} to import")
    return found


def _load(file: str) -> type[EnvironmentSettings]:
    """A class from its file alone: some packages import the Agents SDK, which takes seconds."""
    package, _, rest = file.partition("/")
    found = find_spec(package)
    assert found is not None
    assert found.submodule_search_locations is not None
    path = Path(found.submodule_search_locations[0]) / rest
    spec = spec_from_file_location(file.removesuffix(".py").replace("/", "_"), path)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    sys.modules[spec.name] = module  # where pydantic looks up annotations
    spec.loader.exec_module(module)
    loaded: type[EnvironmentSettings] = getattr(module, CLASSES[file])
    return loaded
