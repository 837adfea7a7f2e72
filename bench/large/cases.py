"""What is asked of a store: the operations of a turn, and what a client reads."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

import orjson
from turnstream.contracts.ids import new_id
from turnstream.contracts.owner import DEFAULT_TENANT, Owner
from turnstream.contracts.pages import PageRequest
from turnstream.contracts.store_api import StoredItem, WriteAttempt
from turnstream.contracts.turns import AcceptTurn, ClaimedTurn, ClaimTurn, RequestContext
from turnstream.store_client import StoreClient

from bench.large.past import BUSY, FAITHFUL

WORDS = 60
"""The words of an answer: with what is around it, 600 bytes."""
_LEASE = timedelta(minutes=5)
_BUSY, _FAITHFUL = Owner(DEFAULT_TENANT, BUSY), Owner(DEFAULT_TENANT, FAITHFUL)

Operation = Callable[[int], Awaitable[object]]
"""Does the thing once; the number says for the how manieth time of a batch."""


@dataclass
class Turns:
    """A batch of turns under way: each operation takes all of them one step further."""

    store: StoreClient
    long_threads: Sequence[str]
    claimed: list[ClaimedTurn] = field(default_factory=list)

    def operations(self, *, in_long_threads: bool) -> Mapping[str, Operation]:
        """From the message to the end, in this order."""
        accept = self._accept_in_thread if in_long_threads else self._accept_new
        return {
            "acceptance": accept,
            "claim": self._claim,
            "a step": self._step,
            "the end": self._end,
        }

    async def _accept_new(self, _: int) -> None:
        await accept(self.store, _BUSY)

    async def _accept_in_thread(self, number: int) -> None:
        await accept(self.store, _FAITHFUL, self.long_threads[number])

    async def _claim(self, number: int) -> None:
        if number == 0:
            self.claimed.clear()
        self.claimed.append(await claim(self.store))

    async def _step(self, number: int) -> None:
        value = orjson.dumps({"output": "word " * WORDS}).decode()
        await write(self.store, self.claimed[number], steps=[{"key": "model", "value": value}])

    async def _end(self, number: int) -> None:
        await end(self.store, self.claimed[number])


def reads(store: StoreClient, long_threads: Sequence[str]) -> Mapping[str, Operation]:
    """What pages of a user, and their servers, ask."""

    async def items(number: int) -> bytes:
        thread = long_threads[number]
        return await store.threads.items(_FAITHFUL, thread, limit=20, order="desc", after=None)

    async def opened(number: int) -> bytes:
        return await store.threads.show(_FAITHFUL, long_threads[number])

    async def threads(_: int) -> bytes:
        return await store.threads.page(_BUSY, limit=20, order="desc", after=None)

    async def of_tenant(_: int) -> bytes:
        return await store.tenant_threads.page(DEFAULT_TENANT, PageRequest())

    async def of_user(_: int) -> bytes:
        return await store.tenant_threads.page(DEFAULT_TENANT, PageRequest(), BUSY)

    return {
        "newest 20 items": items,
        "a thread is opened": opened,
        "list of a user's threads": threads,
        "the same for their server": of_user,
        "list of a tenant's threads": of_tenant,
    }


async def accept(store: StoreClient, owner: Owner, thread_id: str | None = None) -> None:
    """A message, in a new thread or in this one."""
    content = [{"type": "input_text", "text": "What is the weather in Oslo today, and tomorrow?"}]
    params = {"input": {"content": content, "attachments": [], "inference_options": {}}}
    kind = "threads.add_user_message" if thread_id else "threads.create"
    if thread_id:
        params["thread_id"] = thread_id  # type: ignore[assignment]  # a request is any JSON
    context = RequestContext(user_id=owner.user, tenant=owner.tenant)
    request = {"type": kind, "params": params}
    command = AcceptTurn(turn_id=new_id("turn"), request=request, context=context)
    await store.turns.accept(command)


async def claim(store: StoreClient) -> ClaimedTurn:
    """The turn whose turn it is."""
    turn_id = new_id("turn")  # of a job, which wakes a worker and decides nothing
    command = ClaimTurn(turn_id=turn_id, tenant=DEFAULT_TENANT, worker="bench", lease=_LEASE)
    claimed = await store.turns.claim_next(command)
    assert claimed is not None
    return claimed


async def end(store: StoreClient, claimed: ClaimedTurn) -> None:
    """Its answer, and its end."""
    item_id = new_id("msg")
    content = [{"type": "output_text", "text": "word " * WORDS, "annotations": []}]
    document = {"id": item_id, "type": "assistant_message", "content": content}
    payload = orjson.dumps(document | {"thread_id": claimed.thread_id}).decode()
    item = StoredItem(item_id=item_id, type="assistant_message", payload=payload)
    await write(store, claimed, items=[item], end={"status": "completed"})


async def write(store: StoreClient, claimed: ClaimedTurn, **writes: object) -> None:
    """What an attempt writes."""
    command = WriteAttempt.model_validate({"attempt": claimed.attempt, **writes})
    await store.attempts.write(claimed.context.owner, claimed.turn_id, command)


async def one_turn(store: StoreClient) -> None:
    """A whole turn in a new thread."""
    await accept(store, _BUSY)
    await end(store, await claim(store))
