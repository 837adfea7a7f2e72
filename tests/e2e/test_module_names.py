"""An app may call its modules what it likes: no service of ours is hidden by `tools` or `store`."""

from collections.abc import AsyncIterator, Iterator

import pytest
from devstack.stack import Stack

from tests.conftest import NewStack
from tests.support.chat_client import ChatClient, assert_transcript_matches

FILES = {
    "settings.py": 'GREETING = "from settings"\n',
    "models.py": 'NAME = "from models"\n',
    "store/__init__.py": "",
    "store/orders.py": 'ORDERS = {"A-1042": "from store"}\n',
    "gateway/__init__.py": 'CARRIER = "from gateway"\n',
    "tools/__init__.py": "",
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
import gateway
import models
import settings
from agents import Agent, Runner
from chatkit.agents import AgentContext, simple_to_agent_input, stream_agent_response
from chatkit.server import ChatKitServer
from chatkit.types import NoticeEvent
from store.orders import ORDERS
from turnstream_worker.api import remote_tools

import tools.orders

assert tools.orders.find_parcel.name == "find_parcel"


class Server(ChatKitServer):
    async def respond(self, thread, input_user_message, context):
        seen = [settings.GREETING, models.NAME, gateway.CARRIER, ORDERS["A-1042"]]
        yield NoticeEvent(level="info", message=", ".join(seen))
        page = await self.store.load_thread_items(thread.id, None, 20, "desc", context)
        items = await simple_to_agent_input(page.data[::-1])
        agent = Agent(name="app", tools=remote_tools("find_parcel"))
        agent_context = AgentContext(thread=thread, store=self.store, request_context=context)
        result = Runner.run_streamed(agent, items, context=agent_context)
        async for event in stream_agent_response(agent_context, result):
            yield event


def create(store):
    return Server(store)
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

    (notice,) = (each for each in turn.events if each["type"] == "notice")
    assert notice["message"] == "from settings, from models, from gateway, from store"
    (answer,) = client.items_of_type("assistant_message")
    assert "from store" in answer["content"][0]["text"]
    await assert_transcript_matches(client)
