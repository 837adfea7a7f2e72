"""A whole system whose files are in a bucket: `BLOBS_URL` and the credentials are all it takes."""

import base64
from collections.abc import AsyncIterator, Iterator

import aiohttp
import pytest
from turnstream_devstack.stack import Stack

from tests.conftest import NewStack
from tests.support import files
from tests.support.chat_client import ChatClient, assert_transcript_matches
from tests.support.model_server import ModelServer, instructed, rounds, rules, text, tool_call
from tests.support.servers.s3 import Bucket, s3_bucket
from tests.support.waiting import wait_until_async


@pytest.fixture
def bucket() -> Iterator[Bucket]:
    with s3_bucket() as bucket:
        yield bucket


@pytest.fixture
def stack(new_stack: NewStack, bucket: Bucket, model: ModelServer) -> Iterator[Stack]:
    """The guide, on the settings that the guide to attachments tells an operator to make."""
    model.reset()
    chart = tool_call("draw_chart", {"values": [1, 2, 4]})
    title = (instructed("short title"), text("A title"))
    model.script = rules(title, otherwise=rounds(chart, text("I see.")))
    env = {
        "BLOBS_URL": bucket.url,
        "OPENAI_API_KEY": "test",
        "OPENAI_BASE_URL": model.base_url,
        **bucket.credentials,
    }
    with new_stack("s3", env) as stack:
        yield stack


@pytest.fixture
async def client(stack: Stack) -> AsyncIterator[ChatClient]:
    async with ChatClient(stack.gateway_urls[0]) as client:
        yield client


async def fetched(link: str) -> bytes:
    """As a page's <img> fetches it."""
    async with aiohttp.ClientSession() as browser, browser.get(link) as response:
        return await response.read()


async def test_files_live_and_die_in_the_bucket(
    client: ChatClient, stack: Stack, bucket: Bucket, model: ModelServer
) -> None:
    """An upload is kept by the gateway and read by the worker, a chart is drawn by the tools
    service; both are shown by links and deleted by the store. None is on a disk of ours.
    """
    picture = files.image()
    attachment = await client.upload(picture, "red.png", "image/png")
    assert bucket.keys() == [f"some/prefix/{attachment['id']}.png"]

    await client.send_message("What is this?", attachments=[attachment["id"]])
    assert client.ended == "completed"
    asked = str([call.request.input for call in model.calls])
    assert base64.b64encode(picture).decode() in asked
    await assert_transcript_matches(client)

    (message,) = client.items_of_type("user_message")
    (chart,) = client.items_of_type("generated_image")
    assert await fetched(message["attachments"][0]["preview_url"]) == picture
    assert (await fetched(chart["image"]["url"])).startswith(b"\x89PNG")
    assert len(bucket.keys()) == 2

    await client.request("threads.delete", {"thread_id": client.shown})
    await wait_until_async(lambda: not bucket.keys(), 30, "the bytes are still there")
    assert not (stack.data_dir / "blobs").exists()
