"""A `ChatKitServer` that plays scenes: what the user says decides what happens.

It uses nothing but ChatKit's and the Agents SDK's public API, so that it runs behind the stock
`process()` as well as in a worker: `ASSISTANT=tests.support.scripted_server:create`.
"""

from .server import ScriptedServer, create

__all__ = ["ScriptedServer", "create"]
