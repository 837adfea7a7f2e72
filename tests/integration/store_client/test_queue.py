"""The queue tells who waits for a slot, and how fast it goes."""

from turnstream.contracts.operating.queue import QueueState
from turnstream.contracts.owner import Owner
from turnstream.contracts.turns import BusyPolicy
from turnstream.store_client import StoreClient

from tests.support.turns import accept, claim, finish, message, running
from tests.support.waiting import wait_until_async

ANN, BOB, ELSEWHERE = Owner("acme", "ann"), Owner("acme", "bob"), Owner("globex", "ann")


async def state_with(client: StoreClient, waiting: dict[str, int]) -> QueueState:
    """The queue once so many users of each tenant wait; a store looks at it once a second."""
    seen: list[QueueState] = []

    async def is_so() -> bool:
        seen[:] = [await client.queue.state()]
        return {name: each.users for name, each in seen[0].tenants.items()} == waiting

    await wait_until_async(is_so)
    return seen[0]


async def test_users_wait_and_turns_do_not(client: StoreClient) -> None:
    """However many turns a user has queued, there is one who waits."""
    for owner in (ANN, ANN, ANN, BOB, ELSEWHERE):
        await accept(client, owner=owner)

    state = await state_with(client, {"acme": 2, "globex": 1})

    assert state.oldest == state.tenants["acme"].age >= state.tenants["globex"].age >= 0
    assert (state.ended, state.window) == (0, 30.0)


async def test_what_waits_for_another_turn_does_not_wait_for_a_slot(client: StoreClient) -> None:
    """It does once that turn has ended, and the queue tells of the end."""
    first = await running(client, owner=ANN)
    follow = message(thread_id=first.thread_id)
    second = await accept(client, follow, owner=ANN, when_busy=BusyPolicy.ENQUEUE)
    await state_with(client, {})
    await finish(client, first)

    assert (await state_with(client, {"acme": 1})).ended == 1

    assert await claim(client, second.turn_id, tenant="acme")
    await state_with(client, {})
