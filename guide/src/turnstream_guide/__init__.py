"""The bundled app: a guide that gets to know the user and shows what ChatKit can do.

It stands on `turnstream_worker.api`, `turnstream_tools` and `turnstream`, as any app does.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from chatkit.store import Store
    from turnstream.contracts.turns import RequestContext

    from turnstream_guide.server import GuideServer


def create(store: "Store[RequestContext]") -> "GuideServer":
    """The guide, for `ASSISTANT=turnstream_guide:create`."""
    # Here and not above: the tools service imports this package, and needs no assistant.
    from turnstream_guide import server

    return server.create(store)
