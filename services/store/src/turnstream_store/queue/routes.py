"""The queue over HTTP, for gateways."""

from fastapi import APIRouter
from turnstream.contracts.operating.queue import QueueState

from turnstream_store.dependencies import Services

router = APIRouter(tags=["turns"])


@router.get("/queue")
async def state(services: Services) -> QueueState:
    """How long the queue of turns is and how fast it goes."""
    return await services.queue.state()
