"""`checks.api_documents [directory]` writes the API documents of the services.

OpenAPI for what speaks HTTP, AsyncAPI for what hears the bus, as the apps themselves describe it.
Equal code gives equal files: a test compares them with the ones in `docs/api`.
"""

import asyncio
import json
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from fastapi.routing import APIRoute
from pydantic import SecretStr
from turnstream.secrets.internal_key import SHORTEST
from turnstream_gateway.app import create_app as create_gateway
from turnstream_gateway.settings import GatewaySettings
from turnstream_store.app import create_app as create_store
from turnstream_store.settings import StoreSettings
from turnstream_tools.app import create_app as create_tools
from turnstream_tools.settings import ToolsSettings
from turnstream_worker.app import create_app as create_worker
from turnstream_worker.settings import WorkerSettings

DIRECTORY = Path("docs/api")
INSTANCE = "instance"
"""The processes' name in the documents, where a real one has its own."""
KEY = SecretStr("k" * SHORTEST)
"""The apps are not made without one. It is in no document."""
REDIS = "redis://127.0.0.1:6379/0"
GUIDE = "turnstream_guide:create"
_OWN_NAME = re.compile(rf"{INSTANCE}_[0-9a-f]{{32}}")
"""A worker's replies go to a name that is fresh in every process."""

Document = Mapping[str, Any]


def main() -> None:
    """Write every document; the directory is `docs/api` unless another one is named."""
    directory = Path(sys.argv[1]) if len(sys.argv) > 1 else DIRECTORY
    directory.mkdir(parents=True, exist_ok=True)
    for name, document in documents().items():
        (directory / name).write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n")


def documents() -> dict[str, Document]:
    """File name -> document. Nothing is connected to: the apps are made, not started."""
    gateway = create_gateway(GatewaySettings(host="127.0.0.1", internal_key=KEY))
    store = create_store(StoreSettings(internal_key=KEY))
    of_bus: dict[str, Any] = {"instance": INSTANCE, "redis_url": REDIS, "internal_key": KEY}
    worker = create_worker(WorkerSettings(assistant=GUIDE, **of_bus))
    tools = create_tools(ToolsSettings(tools="", **of_bus))
    return {
        "gateway.openapi.json": gateway.openapi(),
        "store.openapi.json": store.openapi(),
        "agent-worker.asyncapi.json": _asyncapi(worker),
        "tools.asyncapi.json": _asyncapi(tools),
    }


def _asyncapi(app: FastAPI) -> Document:
    """What `GET /asyncapi.json` of this app answers, without the name of this one process.

    In alphabetical order: the broker keeps its subscribers in a set, in no order of their own.
    """
    routes = [route for route in app.routes if isinstance(route, APIRoute)]
    route = next(route for route in routes if route.path == "/asyncapi.json")
    answer = asyncio.run(route.endpoint())
    text = json.dumps(json.loads(answer.body), sort_keys=True)
    document: Document = json.loads(_OWN_NAME.sub(INSTANCE, text))
    return document


if __name__ == "__main__":
    main()
