"""Thumbs up and down, pressed and read again."""

from tests.support.chat_client import ChatClient


async def judge(client: ChatClient, kind: str, *item_ids: str) -> object:
    """Press a thumb; the items are the answer's unless others are named."""
    ids = item_ids or [item["id"] for item in client.items_of_type("assistant_message")]
    params = {"thread_id": client.shown, "item_ids": list(ids), "kind": kind}
    return await client.request("items.feedback", params)


async def ratings(client: ChatClient) -> list[tuple[str, str]]:
    """What the user's thumbs say, as a page that loads the thread shows them."""
    page = await client.call("GET", f"/threads/{client.shown}/feedback")
    return [(rating["item_id"], rating["kind"]) for rating in page["data"]]
