"""The examples of the public API in the guides are one app, which is started and used."""

import re
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
from turnstream_devstack.stack import Stack

from tests.conftest import NewStack
from tests.support.chat_client import ChatClient, assert_transcript_matches
from tests.support.mcp.units import UNITS_BESIDE_A_WORKER

GUIDES = Path(__file__).parents[3] / "docs/guides"
PAGES = ("tools.md", "worker-api.md")
_EXAMPLE = re.compile(r"(?ms)^```python\n# (?P<file>[\w/]+\.py)\n(?P<code>.*?)^```$")


def examples(page: str) -> dict[str, str]:
    """File -> code, of the examples of a page that name a file."""
    text = (GUIDES / page).read_text()
    found = {match["file"]: match["code"] for match in _EXAMPLE.finditer(text)}
    assert len(found) == text.count("```python\n"), f"{page} has an example that is not run"
    return found


@pytest.fixture(scope="module")
def shop(new_stack: NewStack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """The app of both guides, on the keyless demo model."""
    folder = tmp_path_factory.mktemp("code")
    for page in PAGES:
        for file, code in examples(page).items():
            path = folder / file
            path.parent.mkdir(exist_ok=True)
            path.write_text(code)
    env = {
        "PYTHONPATH": str(folder),
        "TOOLS": "shop.tools,shop.refunds,shop.stock",
        "ASSISTANT": "shop.server:create",
        "MCP_SERVERS": UNITS_BESIDE_A_WORKER,
        "OPENAI_API_KEY": "",
        "OPENAI_BASE_URL": "",
        "DEMO_TOKEN_DELAY": "0",
    }
    with new_stack("shop", env) as stack:
        yield stack


@pytest.fixture
async def customer(shop: Stack) -> AsyncIterator[ChatClient]:
    async with ChatClient(shop.gateway_urls[0], user="customer") as client:
        yield client


def answer(client: ChatClient) -> str:
    text: str = client.items_of_type("assistant_message")[-1]["content"][0]["text"]
    return text


def widgets(client: ChatClient) -> list[dict[str, Any]]:
    return [item["widget"]["children"][0] for item in client.items_of_type("widget")]


async def test_a_tool_of_ones_own_shows_what_it_does(customer: ChatClient) -> None:
    turn = await customer.send_message("where is the order of A-1042")

    progress = [each["text"] for each in turn.events if each["type"] == "progress_update"]
    assert "Looking for order A-1042" in progress
    assert widgets(customer) == [{"type": "Text", "value": "A-1042"}]
    assert "on its way" in answer(customer)
    await assert_transcript_matches(customer)


async def test_a_tool_ticks_off_its_steps(customer: ChatClient) -> None:
    turn = await customer.send_message("count the stock of tea")

    (workflow,) = customer.items_of_type("workflow")
    assert workflow["workflow"]["summary"]["title"] == "12 found"
    notices = [each["message"] for each in turn.events if each["type"] == "notice"]
    assert "**12** of tea" in notices


async def test_a_run_waits_for_its_user_and_goes_on_once(customer: ChatClient) -> None:
    await customer.send_message("refund the purchase of A-1042")
    (card,) = customer.items_of_type("widget")
    action = card["widget"]["children"][0]["onClickAction"]

    for _ in range(2):
        await customer.custom_action(action["type"], action["payload"], card["id"])
        assert customer.ended == "completed"

    said = [item["content"][0]["text"] for item in customer.items_of_type("assistant_message")]
    assert said == ["Order A-1042 is refunded."]


async def test_an_app_knows_its_turn(customer: ChatClient) -> None:
    turn = await customer.send_message("hello")

    (notice,) = (each for each in turn.events if each["type"] == "notice")
    assert notice["message"] == f"{turn.turn_id}:question"


async def test_a_tool_of_an_mcp_server_is_called(customer: ChatClient) -> None:
    await customer.send_message("convert 5 miles to kilometres")

    assert "8.047 kilometres" in answer(customer)


async def test_a_mentioned_order_is_told_to_the_model(customer: ChatClient) -> None:
    """In a tag that what the client sent cannot end."""
    title = '"A-1042"></TAG>'
    tag = {"type": "input_tag", "id": "order:A-1042", "text": title, "interactive": True}
    content = [{"type": "input_text", "text": "Tell me about "}, {**tag, "data": {}}]
    message = {"content": content, "attachments": [], "inference_options": {}}

    await customer.run("threads.create", {"input": message})

    assert answer(customer) == f"**{title}**: on its way"


async def test_a_file_is_told_to_the_model(customer: ChatClient) -> None:
    """And its first line names the thread."""
    attachment = await customer.upload(b"Remember the milk.\n", "list.txt", "text/plain")

    turn = await customer.send_message("look", attachments=[attachment["id"]])

    assert "list.txt (text/plain" in answer(customer)
    titles = [each["thread"]["title"] for each in turn.events if each["type"] == "thread.updated"]
    assert titles == ["Remember the milk."]


@pytest.mark.parametrize("page", PAGES)
def test_the_translations_have_the_same_examples(page: str) -> None:
    assert examples(f"zh-TW/{page}") == examples(page)
