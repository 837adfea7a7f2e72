"""The oracle of every suite: what the user sees is what is stored."""

from typing import Any

from turnstream.conformance.canonical import canonical

from .client import ChatClient

Json = dict[str, Any]


async def assert_transcript_matches(
    client: ChatClient, page: int = 20, *, known: str | None = None
) -> None:
    """Check a client against the store, once its turns are over.

    Its items equal the stored ones: ids, order and content byte for byte, only the formatting of
    `created_at` may differ. Nothing is in progress, every stream seen to its close had exactly
    one end, streams of one turn agree on it, and no event was out of order or inapplicable.
    `known` is the rule that the server is known to break.
    """
    complaints = [each for each in client.complaints if not known or not each.startswith(known)]
    assert not complaints, "\n".join(complaints)
    _assert_ends(client)
    thread_id = client.thread_id
    assert thread_id is not None, "the client shows no thread"
    thread = await client.get_thread(thread_id)
    stored = await client.all_items(thread_id, limit=page)
    _assert_first_page(thread, stored)
    unfinished = [item_id for item_id, status in client.status.items() if status != "done"]
    assert unfinished == [], f"in progress: {unfinished}"
    if client.thread is not None:
        shown = {name: value for name, value in thread.items() if name != "items"}
        _assert_equal("thread", client.thread, shown)
    _assert_same(list(client.items.values()), stored)


def _assert_ends(client: ChatClient) -> None:
    outcomes: dict[str | None, str] = {}
    for stream in client.streams:
        if not stream.complete or stream.turn_id is None:
            continue
        assert len(stream.ends) == 1, f"{len(stream.ends)} ends\n{stream.describe()}"
        before = outcomes.setdefault(stream.turn_id, stream.ends[0])
        assert before == stream.ends[0], f"turn {stream.turn_id} ended {before}, then otherwise"


def _assert_first_page(thread: Json, stored: list[Json]) -> None:
    first = thread["items"]["data"]
    _assert_equal("first page", first, stored[: len(first)])
    has_more = thread["items"]["has_more"]
    assert has_more == (len(first) < len(stored)), f"has_more is {has_more} after {len(first)}"


def _assert_same(shown: list[Json], stored: list[Json]) -> None:
    ids = ([item["id"] for item in shown], [item["id"] for item in stored])
    assert ids[0] == ids[1], f"shown {ids[0]}, stored {ids[1]}"
    for ours, theirs in zip(shown, stored, strict=True):
        _assert_equal(f"item {ours['id']}", ours, theirs)


def _assert_equal(what: str, ours: Any, theirs: Any) -> None:
    left, right = canonical(ours), canonical(theirs)
    assert left == right, f"{what}: shown\n{left}\nstored\n{right}"
