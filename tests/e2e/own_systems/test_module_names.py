"""An app as it was written for another place: its names, its context, its habits are its own.

No service of ours is hidden by its modules, and it keeps a `DATABASE_URL` for itself.
"""

from collections.abc import AsyncIterator, Iterator

import pytest
from turnstream_devstack.stack import Stack

from tests.conftest import NewStack
from tests.support.chat_client import ChatClient, Problem, assert_transcript_matches

FILES = {
    "settings.py": 'GREETING = "from settings"\n',
    "models.py": 'NAME = "from models"\n',
    "store/__init__.py": "",
    "store/orders.py": 'ORDERS = {"A-1042": "from store"}\n',
    "gateway/__init__.py": 'CARRIER = "from gateway"\n',
    "tools/__init__.py": "",
    # Names of packages and of Python's modules that our services use: nobody may be given the app's
    # file for them.
    "redis.py": "raise ImportError('this is the app')",
    "email.py": "raise ImportError('this is the app')",
    "token.py": "raise ImportError('this is the app')",
    "dis.py": "raise ImportError('this is the app')",
    "structlog/__init__.py": "raise ImportError('this is the app')",
    "tools/orders.py": """
from pydantic import BaseModel
from store.orders import ORDERS
from turnstream_tools import ToolContext, tool


class Order(BaseModel):
    number: str


@tool(name="find_parcel", description="Find a parcel.", idempotent=True)
async def find_parcel(call: ToolContext, args: Order) -> dict[str, str]:
    return {"place": ORDERS[args.number]}
""",
    "app.py": """
import asyncio
import os
from contextlib import asynccontextmanager

import gateway
import models
import settings
from agents import Agent, Runner
from chatkit.agents import AgentContext, simple_to_agent_input, stream_agent_response
from chatkit.server import ChatKitServer
from chatkit.types import NoticeEvent
from fastapi import HTTPException
from store.orders import ORDERS
from turnstream_worker.api import App, remote_tools

import tools.orders

assert tools.orders.find_parcel.name == "find_parcel"


class Server(ChatKitServer):
    async def respond(self, thread, input_user_message, context):
        seen = [settings.GREETING, models.NAME, gateway.CARRIER, ORDERS["A-1042"]]
        yield NoticeEvent(level="info", message=", ".join(seen))
        told = [self.pool, context["user"], os.environ["DATABASE_URL"]]
        yield NoticeEvent(level="info", message=", ".join(told))
        asyncio.create_task(self.find_a_title(thread))
        page = await self.store.load_thread_items(thread.id, None, 20, "desc", context)
        items = await simple_to_agent_input(page.data[::-1])
        agent = Agent(name="app", tools=remote_tools("find_parcel"))
        agent_context = AgentContext(thread=thread, store=self.store, request_context=context)
        result = Runner.run_streamed(agent, items, context=agent_context)
        async for event in stream_agent_response(agent_context, result):
            yield event


    async def find_a_title(self, thread):
        await asyncio.sleep(0.2)
        thread.title = "Parcels"

    async def sync_action(self, thread, action, sender, context):
        raise HTTPException(413, f"{context['user']} asks for too much")


@asynccontextmanager
async def create(store):
    server = Server(store)
    server.pool = "from the start"
    yield App(server, lambda request: {"request": request, "user": request.user_id})
""",
}


@pytest.fixture(scope="module")
def theirs(new_stack: NewStack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A system whose PYTHONPATH has modules of the most ordinary names."""
    folder = tmp_path_factory.mktemp("code")
    for name, code in FILES.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(code)
    env = {
        "PYTHONPATH": str(folder),
        "ASSISTANT": "app:create",
        "TOOLS": "tools",
        "DATABASE_URL": "postgresql://orders.example/shop",
        "OPENAI_API_KEY": "",
        "OPENAI_BASE_URL": "",
    }
    with new_stack("names", env) as stack:
        yield stack


@pytest.fixture
async def client(theirs: Stack) -> AsyncIterator[ChatClient]:
    async with ChatClient(theirs.gateway_urls[0]) as chat:
        yield chat


async def test_ordinary_module_names_are_the_apps_own(client: ChatClient) -> None:
    """The app, its tool and their modules answer a turn; every service is Turnstream's."""
    turn = await client.send_message("find the parcel of A-1042")

    notice, _ = (each for each in turn.events if each["type"] == "notice")
    assert notice["message"] == "from settings, from models, from gateway, from store"
    (answer,) = client.items_of_type("assistant_message")
    assert "from store" in answer["content"][0]["text"]
    await assert_transcript_matches(client)


async def test_an_app_brings_its_start_its_context_and_its_own_database(client: ChatClient) -> None:
    """A title that it began to find and did not await is saved and shown too."""
    turn = await client.send_message("find the parcel of A-1042")

    _, told = (each["message"] for each in turn.events if each["type"] == "notice")
    assert told == "from the start, alice, postgresql://orders.example/shop"
    titles = [each["thread"]["title"] for each in turn.events if each["type"] == "thread.updated"]
    assert titles == ["Parcels"]


async def test_an_http_status_of_the_app_reaches_its_caller(client: ChatClient) -> None:
    await client.send_message("find the parcel of A-1042")

    with pytest.raises(Problem) as refused:
        await client.sync_custom_action("order")

    assert refused.value.status == 413
    assert refused.value.body["detail"] == "alice asks for too much"
