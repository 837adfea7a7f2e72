"""What assistants save in short calls, which run beside turns and beside each other."""

import asyncio

import orjson
from chatkit.types import ThreadMetadata
from turnstream.contracts.turns import RequestContext
from turnstream.store_client import StoreClient
from turnstream_worker.callers import begin
from turnstream_worker.thread.chatkit_store import TurnStore

from tests.support.turns import running

ANN = RequestContext(user_id="ann")


async def test_calls_at_once_keep_each_others_keys(client: StoreClient) -> None:
    """Each saves what it changed since it loaded the thread, and removes only what it removed."""
    store, turn = TurnStore(client), await running(client)
    loaded = asyncio.Barrier(4)

    async def call(change: str) -> None:
        begin(RequestContext(user_id="ann"))
        thread = await store.load_thread(turn.thread_id, ANN)
        await loaded.wait()
        if change == "old":
            del thread.metadata["old"]
        else:
            thread.metadata[change] = True
        await store.save_thread(thread, ANN)
        thread.metadata[f"{change} again"] = True
        await store.save_thread(thread, ANN)

    begin(RequestContext(user_id="ann"))
    thread = await store.load_thread(turn.thread_id, ANN)
    thread.metadata["old"] = thread.metadata["kept"] = True
    await store.save_thread(thread, ANN)
    await asyncio.gather(*map(call, ("a", "b", "c", "old")))

    kept = orjson.loads(await client.threads.metadata(ANN.owner, turn.thread_id))["metadata"]
    assert sorted(kept) == ["a", "a again", "b", "b again", "c", "c again", "kept", "old again"]


async def test_a_thread_that_an_assistant_thought_of_is_kept(client: StoreClient) -> None:
    """It was never loaded: all of it is new."""
    begin(RequestContext(user_id="ann"))
    store, turn = TurnStore(client), await running(client)
    known = await store.load_thread(turn.thread_id, ANN)
    thought_of = ThreadMetadata(
        id="thr_new", created_at=known.created_at, title="New", metadata={"key": "value"}
    )

    await store.save_thread(thought_of, ANN)

    stored = orjson.loads(await client.threads.metadata(ANN.owner, "thr_new"))
    assert (stored["title"], stored["metadata"]) == ("New", {"key": "value"})
