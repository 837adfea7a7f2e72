"""A ChatKit server of your own on Turnstream: `ASSISTANT=my_app:create`.

This is all of Turnstream that the app knows: `server.py` is as the stock library has it.
"""

from typing import Any

from chatkit.store import Store
from turnstream.contracts.turns import RequestContext
from turnstream_worker.api import App

from my_app.server import ShopServer, Visit


def create(store: Store[Any]) -> App:
    """Called once in each worker, with a store that is durable: use it in place of your own."""
    return App(ShopServer(store), visit)


def visit(request: RequestContext) -> Visit:
    """What your server takes as `context`, made of what is known of a request."""
    return Visit(customer=request.user_id)
