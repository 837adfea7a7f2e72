"""The model that answers where there is no key and no base URL: named by `KEYLESS_MODEL`."""

import importlib

from agents import Model
from turnstream.settings import ConfigurationError

NO_MODEL = "none"
"""The value of `KEYLESS_MODEL` for an app that brings models of its own."""


class KeylessModelNotLoaded(ConfigurationError):
    """`KEYLESS_MODEL` can't be used. The message says why, and what to do."""


class NoModel(Exception):
    """An agent needs a model, and none is set up."""


def load_keyless_model(path: str) -> Model | None:
    """The model that `module:factory` makes; None for `none`. Raises `KeylessModelNotLoaded`."""
    if path == NO_MODEL:
        return None
    module_name, _, factory_name = path.partition(":")
    try:
        model = getattr(importlib.import_module(module_name), factory_name)()
    except Exception as error:
        raise KeylessModelNotLoaded(
            f"KEYLESS_MODEL={path!r} could not be loaded: {type(error).__name__}: {error}. Set "
            "OPENAI_API_KEY or OPENAI_BASE_URL, install turnstream-guide, or set "
            f"KEYLESS_MODEL={NO_MODEL} for an app that brings models of its own."
        ) from error
    if not isinstance(model, Model):
        raise KeylessModelNotLoaded(f"KEYLESS_MODEL={path!r} made no model of the Agents SDK.")
    return model
