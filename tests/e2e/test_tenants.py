"""Two customers of one deployment, with a user `ann` each: neither finds what is the other's.

A proxy in front says who they are, as one that has authenticated them.
"""

from collections.abc import AsyncIterator, Awaitable
from itertools import count

import aiohttp
import pytest
from turnstream_devstack.stack import Stack
from yarl import URL

from tests.conftest import PROXY_SECRET
from tests.support.chat_client import ChatClient, Problem
from tests.support.chat_client.oracle import assert_transcript_matches

TEXT = b"Terms of use"
_anns = count(1)


@pytest.fixture
async def anns(demo: Stack) -> AsyncIterator[tuple[ChatClient, ChatClient]]:
    """A user of `acme` and one of `globex`, of one name, each on a gateway of their own."""
    name = f"ann-{next(_anns)}"
    ours, theirs = (
        ChatClient(url, name, credentials=named(tenant, name))
        for tenant, url in zip(("acme", "globex"), demo.gateway_urls, strict=True)
    )
    async with ours, theirs:
        yield ours, theirs


def named(tenant: str, user: str) -> dict[str, str]:
    """What the proxy says of a tenant's user."""
    return {"X-Proxy-Secret": PROXY_SECRET, "X-User-Id": user, "X-Tenant-Id": tenant}


async def refused(call: Awaitable[object]) -> tuple[int, str | None]:
    """The status and code with which a call is refused."""
    with pytest.raises(Problem) as caught:
        await call
    return caught.value.status, caught.value.code


async def test_two_tenants_users_of_one_name_share_nothing(
    anns: tuple[ChatClient, ChatClient],
) -> None:
    """Threads, turns, facts, emails, ratings and files: what one has does not exist for the other,
    and what one does changes nothing of the other's.
    """
    ours, theirs = anns
    attachment = await ours.upload(TEXT, "terms.txt", "text/plain")
    await ours.send_message("I live in Oslo", attachments=[attachment["id"]])
    await theirs.send_message("I live in Rome")
    thread, turn, fact = ours.shown, ours.turn_id, fact_of(ours)
    path = f"/attachments/{attachment['id']}/content"
    message = ours.items_of_type("user_message")[0]["id"]
    rating = {"thread_id": thread, "item_ids": [message], "kind": "negative"}

    for call in (
        theirs.get_thread(thread),
        theirs.list_items(thread),
        theirs.request("threads.update", {"thread_id": thread, "title": "Mine"}),
        theirs.request("threads.delete", {"thread_id": thread}),
        theirs.request("items.feedback", rating),
        theirs.request("attachments.delete", {"attachment_id": attachment["id"]}),
        theirs.call("GET", path),
        theirs.call("GET", f"/turns/{turn}"),
        theirs.call("GET", f"/turns/{turn}/events"),
        theirs.call("POST", f"/turns/{turn}/cancel"),
        theirs.call("GET", f"/threads/{thread}/feedback"),
        theirs.active_turn(thread),
        theirs.call("POST", f"/facts/{fact}/save"),
        theirs.call("POST", f"/facts/{fact}/discard"),
        theirs.send_message("mine now", attachments=[attachment["id"]], new_thread=True),
    ):
        assert await refused(call) == (404, "not_found")

    for mine, fact_id in ((ours, fact), (theirs, fact_of(theirs))):
        assert [each["id"] for each in (await mine.list_threads())["data"]] == [mine.thread_id]
        facts = (await mine.call("GET", "/facts"))["facts"]
        assert [(each["id"], each["status"]) for each in facts] == [(fact_id, "pending")]
        await assert_transcript_matches(mine)
    assert await ours.call("GET", path) == TEXT.decode()


async def test_one_idempotency_key_of_two_tenants_names_two_turns(
    anns: tuple[ChatClient, ChatClient],
) -> None:
    """Each user's own, however often it is sent."""
    turns = []
    for client in anns:
        for _ in range(2):
            await client.send_message("hello", new_thread=True, headers={"Idempotency-Key": "once"})
            turns.append(client.turn_id)
    first, again, others, others_again = turns
    assert (first, others) == (again, others_again)
    assert first != others


async def test_the_link_of_an_upload_is_its_tenants(anns: tuple[ChatClient, ChatClient]) -> None:
    """Anyone who has the link sends the bytes; named for another tenant it opens nothing."""
    ours, theirs = anns
    other = await theirs.announce("terms.txt", len(TEXT), "text/plain")
    owner = URL(other["upload_descriptor"]["url"]).query["owner"]
    waiting = await ours.announce("terms.txt", len(TEXT), "text/plain")
    place = waiting["upload_descriptor"]["url"]
    headers = waiting["upload_descriptor"]["headers"]
    async with aiohttp.ClientSession() as browser:
        forged = URL(place).update_query(owner=owner)
        async with browser.put(forged, data=TEXT, headers=headers) as response:
            assert (response.status, (await response.json())["code"]) == (403, "link_refused")
        async with browser.put(place, data=TEXT, headers=headers) as response:
            assert response.status == 204
    assert await ours.call("GET", f"/attachments/{waiting['id']}/content") == TEXT.decode()


def fact_of(client: ChatClient) -> str:
    """The fact that the assistant noted in the client's thread."""
    [call] = client.items_of_type("client_tool_call")
    return str(call["arguments"]["fact_id"])
