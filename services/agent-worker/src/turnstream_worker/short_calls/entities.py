"""@-mentions: two methods that an assistant may have besides those of `ChatKitServer`.

`GET /entities?q=` and `GET /entities/{id}/preview` lead here, for the callbacks `onTagSearch` and
`onRequestPreview` of a ChatKit.js page.
"""

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

from chatkit.widgets import WidgetRoot
from turnstream.contracts.entities import Entity
from turnstream.contracts.turns import RequestContext

MOST_ENTITIES = 20
"""What a list below the composer can show; an assistant may give more, and is cut."""


@runtime_checkable
class OffersEntities(Protocol):
    """A `ChatKitServer` with both methods has entities; any other answers 501.

    They show a user only what is theirs: `context.user_id` says who asks.
    """

    async def search_entities(self, query: str, context: RequestContext) -> Sequence[Entity]:
        """What fits the words behind the @, best first. Nothing is typed yet: what comes first."""
        ...

    async def preview_entity(self, entity_id: str, context: RequestContext) -> WidgetRoot | None:
        """What a hover shows; None for nothing.

        Raises ChatKit's `NotFoundError` for an id that is not there or not the user's.
        """
        ...
