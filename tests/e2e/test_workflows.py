"""Several assistants behind one deployment, as the guide has them, in real processes."""

import asyncio
from datetime import timedelta
from typing import Any

import orjson
from turnstream.contracts.ids import new_id
from turnstream.contracts.owner import DEFAULT_TENANT, Owner
from turnstream.contracts.turns import AcceptTurn, Json, RequestContext, TurnStatus
from turnstream.store_client import HttpStoreClient
from turnstream_devstack.stack import Stack

from tests.support.model_server import Hold, ModelRequest, ModelServer, Step, text
from tests.support.turns import message
from tests.support.waiting import wait_until_async

ANN = Owner(DEFAULT_TENANT, "ann")
HELD = "mid-text"


def instructed(request: ModelRequest) -> Step:
    """Says what it was instructed to do; is held in the middle of it."""
    return text(request.instructions, Hold(HELD), " At your service.")


async def answered(store: HttpStoreClient, **context: Any) -> str:
    """The answer to a turn of ann's, as a gateway accepts one of a session with this workflow."""
    told = RequestContext(user_id=ANN.user, **context)
    command = AcceptTurn(turn_id=new_id("turn"), request=message("Hello"), context=told)
    accepted = await store.turns.accept(command)

    async def ended() -> bool:
        view = await store.turns.show(ANN, accepted.turn_id)
        assert view.status is not TurnStatus.FAILED, view.error
        return view.status.ended

    await wait_until_async(ended, 30, "the turn has ended")
    [item, _] = await _items(store, accepted.thread_id)
    return str(item["content"][0]["text"])


async def _items(store: HttpStoreClient, thread_id: str) -> list[Json]:
    page = await store.threads.items(
        ANN, thread_id, limit=9, after=None, order="desc", seen_by=("", 0)
    )
    rows: list[Json] = orjson.loads(page)["data"]
    return rows


async def test_each_workflow_has_its_assistant_also_when_its_worker_is_killed(
    modelled: Stack, model: ModelServer
) -> None:
    """Both know what the server said of the customer, in every attempt."""
    model.reset()
    model.script = instructed
    url = (modelled.data_dir / "run/store.url").read_text()
    store_at = HttpStoreClient(
        url.strip(), retry_timeout=timedelta(seconds=10), key=modelled.internal_key
    )
    async with store_at as store:
        sales = {"workflow": "wf_sales", "state_variables": {"plan": "gold"}}
        asked = asyncio.gather(
            answered(store, **sales),
            answered(store, workflow="wf_help", metadata={"state_variables": {"plan": "gold"}}),
        )
        await wait_until_async(lambda: model.waiting(HELD) == 2, 10, "both are held")
        modelled.service("agent-worker-1").kill()
        model.open(HELD)
        assert list(await asked) == [
            "You sell. The customer's plan is gold. At your service.",
            "You help. The customer's plan is free. At your service.",
        ]
