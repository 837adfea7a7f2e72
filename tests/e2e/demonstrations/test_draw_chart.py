"""`draw_chart`: an image that a tool draws, by link and never in the stream."""

from io import BytesIO
from typing import Any

import aiohttp
import orjson
import pytest
from PIL import Image
from turnstream_devstack.stack import Stack

from tests.support.chat_client import ChatClient, assert_transcript_matches
from tests.support.waiting import wait_until_async

LARGEST_EVENT = 4000
"""Bytes: an image in the stream would be many times that."""


async def fetched(url: str) -> tuple[int, bytes]:
    """As an <img> fetches it: without a header that says who is asking."""
    async with aiohttp.ClientSession() as session, session.get(url) as response:
        return response.status, await response.read()


def shown(client: ChatClient) -> dict[str, Any]:
    (item,) = client.items_of_type("generated_image")
    image: dict[str, Any] = item["image"]
    return image


@pytest.mark.parametrize("sentence", ["Draw a chart of 3, 5 and 8", "畫一張圖表", "画一张图表"])
async def test_a_chart_is_an_image_behind_a_link(
    client: ChatClient, demo: Stack, sentence: str
) -> None:
    """The item has a link of this gateway, and what it shows is a PNG."""
    await client.send_message(sentence)

    assert client.ended == "completed"
    image = shown(client)
    assert image["url"].startswith(f"{demo.gateway_urls[0]}/files/{image['id']}.png?")
    status, png = await fetched(image["url"])
    assert status == 200
    with Image.open(BytesIO(png)) as opened:
        assert (opened.format, opened.size) == ("PNG", (640, 360))
    assert max(len(orjson.dumps(event.event)) for event in client.events) < LARGEST_EVENT
    await assert_transcript_matches(client)


async def test_the_same_numbers_are_another_image_for_each_message(client: ChatClient) -> None:
    """An image belongs to its call: two messages have two, which do not replace each other."""
    for _ in range(2):
        await client.send_message("draw a chart of 1, 2, 4")

    ids = [item["image"]["id"] for item in client.items_of_type("generated_image")]
    assert len(set(ids)) == 2
    await assert_transcript_matches(client)


async def test_a_chart_goes_with_its_thread(client: ChatClient) -> None:
    """The link that still lasts shows nothing once the thread is deleted."""
    await client.send_message("draw a chart")
    url = shown(client)["url"]

    await client.request("threads.delete", {"thread_id": client.shown})

    async def gone() -> bool:
        return (await fetched(url))[0] == 404

    await wait_until_async(gone, message="the chart is still there")


async def test_a_number_out_of_bounds_is_told_to_the_model(client: ChatClient) -> None:
    """Nothing is drawn, the model reads which number it was, and the turn completes."""
    await client.send_message("draw a chart of 99999999 00000001")

    assert client.ended == "completed"
    assert client.items_of_type("generated_image") == []
    await assert_transcript_matches(client)
