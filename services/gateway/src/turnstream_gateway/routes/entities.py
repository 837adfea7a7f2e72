"""@-mentions, for the callbacks of a ChatKit.js page: the assistant knows what there is."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Response
from turnstream.contracts.entities import EntityList
from turnstream.contracts.jobs import ServerMethod
from turnstream.contracts.rates import RequestKind

from turnstream_gateway.routes.dependencies import Context, Services, counted

router = APIRouter(prefix="/entities", tags=["entities"], dependencies=[counted(RequestKind.CALL)])

LONGEST_QUERY = 200
"""Characters of a search: what somebody types after an @."""
LONGEST_ID = 200

Words = Annotated[str, Query(max_length=LONGEST_QUERY, description="What stands after the @.")]
EntityId = Annotated[str, Path(max_length=LONGEST_ID)]


@router.get("", response_class=Response, responses={200: {"model": EntityList}})
async def search_entities(context: Context, services: Services, q: Words = "") -> Response:
    """What a message may mention, best first, for `onTagSearch`."""
    found = await services.caller.call(ServerMethod.SEARCH_ENTITIES, {"query": q}, context)
    return Response(found, media_type="application/json")


@router.get("/{entity_id:path}/preview", response_class=Response)
async def preview_entity(entity_id: EntityId, context: Context, services: Services) -> Response:
    """`{"preview": widget or null}` for `onRequestPreview`; 404 for what is not the user's."""
    shown = await services.caller.call(
        ServerMethod.PREVIEW_ENTITY, {"entity_id": entity_id}, context
    )
    return Response(shown, media_type="application/json")
