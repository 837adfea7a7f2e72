"""Loading the assistant that a deployment names."""

import importlib
from dataclasses import dataclass

from chatkit.server import ChatKitServer
from turnstream.contracts.turns import RequestContext
from turnstream.settings import ConfigurationError

from turnstream_worker.thread.chatkit_store import TurnStore


class AssistantNotLoaded(ConfigurationError):
    """The factory cannot be used. The message says why and what to do."""


@dataclass(frozen=True)
class Assistant:
    """The server of an app, and the store that it was given."""

    server: ChatKitServer[RequestContext]
    store: TurnStore


def load_assistant(path: str, store: TurnStore) -> Assistant:
    """Call `module:factory` with the store.

    Raises `AssistantNotLoaded` with a message for the operator who set `ASSISTANT`.
    """
    module_name, _, factory_name = path.partition(":")
    if not module_name or not factory_name:
        raise AssistantNotLoaded(f"ASSISTANT={path!r} is not of the form module:factory.")
    try:
        factory = getattr(importlib.import_module(module_name), factory_name)
        server = factory(store)
    except Exception as error:
        raise AssistantNotLoaded(
            f"ASSISTANT={path!r} could not be loaded: {type(error).__name__}: {error}. "
            "Is the module on PYTHONPATH, and does the factory take one store?"
        ) from error
    if not isinstance(server, ChatKitServer):
        raise AssistantNotLoaded(
            f"ASSISTANT={path!r} made a {type(server).__name__}, not a ChatKitServer."
        )
    return Assistant(server, store)
