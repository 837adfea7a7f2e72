"""What the routes work with: built once by the composition root, never global."""

from dataclasses import dataclass
from typing import Annotated, cast

from fastapi import Depends, Query, Request

from turnstream_store.database.transactions import Database
from turnstream_store.publisher import Announcer
from turnstream_store.settings import StoreSettings


@dataclass(frozen=True)
class State:
    """The parts of a running store."""

    database: Database
    announcer: Announcer
    settings: StoreSettings


async def _state(request: Request) -> State:
    return cast(State, request.app.state.parts)


Parts = Annotated[State, Depends(_state)]
Owner = Annotated[str, Query(min_length=1, max_length=256)]
"""The user on whose behalf a call is made. There is no call without one but an operator's."""
