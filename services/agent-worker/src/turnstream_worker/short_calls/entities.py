"""Mentions with @: two methods that an assistant may have besides those of `ChatKitServer`.

`GET /entities?q=` and `GET /entities/{id}/preview` call them, for the callbacks `onTagSearch` and
`onRequestPreview` of a ChatKit.js page.
"""

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

from chatkit.widgets import WidgetRoot
from turnstream.contracts.entities import Entity
from turnstream.contracts.turns import RequestContext

MOST_ENTITIES = 20
"""What a list below the composer can show. What an assistant gives beyond that is dropped."""


@runtime_checkable
class OffersEntities(Protocol):
    """A `ChatKitServer` with both methods has entities. For any other the answer is 501.

    Give a user only what is theirs: `context.user_id` says who asks.
    """

    async def search_entities(self, query: str, context: RequestContext) -> Sequence[Entity]:
        """Entities for the text after the @, best first. `query` is empty at first."""
        ...

    async def preview_entity(self, entity_id: str, context: RequestContext) -> WidgetRoot | None:
        """The widget shown on hovering over a mention; None for none.

        Raise ChatKit's `NotFoundError` for an id that does not exist or is not the user's.
        """
        ...
