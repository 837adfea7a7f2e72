"""The stock server, as the ChatKit documentation builds it: FastAPI, one process, in memory."""

import os

from chatkit.server import StreamingResult
from fastapi import FastAPI, Request
from fastapi.responses import Response, StreamingResponse
from turnstream_worker.assistants.example import create

from tests.support.stock.memory_store import MemoryStore

if not os.environ["OPENAI_BASE_URL"]:
    # The one thing the Agents SDK does not have: a model in the process.
    from turnstream_worker.models import default_provider, use_as_default

    use_as_default(default_provider())

app = FastAPI()
server = create(MemoryStore())


@app.post("/chatkit")
async def chatkit(request: Request) -> Response:
    """Everything a ChatKit frontend asks."""
    result = await server.process(await request.body(), {})
    if isinstance(result, StreamingResult):
        return StreamingResponse(result, media_type="text/event-stream")
    return Response(content=result.json, media_type="application/json")


@app.get("/ready")
async def ready() -> None:
    """Answers once the process serves."""
