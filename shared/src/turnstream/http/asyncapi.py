"""The description of a service's messages, as a document that it serves."""

from fastapi import FastAPI, Response
from faststream.redis import RedisBroker
from faststream.specification import AsyncAPI


def asyncapi_route(app: FastAPI, broker: RedisBroker) -> None:
    """Add `GET /asyncapi.json`: the messages that the broker's subscribers take."""
    specification = AsyncAPI(broker, title=app.title, version=app.version)

    @app.get("/asyncapi.json", include_in_schema=False)
    async def asyncapi() -> Response:
        """The messages that this service takes."""
        document = specification.to_specification().to_json()
        return Response(document, media_type="application/json")
