"""A reader follows a message through the gateway without coming back to a room again and again."""

from collections import Counter
from typing import Any

import httpx2
import pytest
from turnstream.contracts.turns import AcceptTurn, TurnAccepted
from turnstream.errors import Unavailable
from turnstream.testing import MemoryStore

from tests.support.turns import message
from tests.support.ways import Way
from tests.unit.gateway.alone import gateway_alone


@pytest.mark.parametrize("params", [{}, {"thread_id": "thr_1"}], ids=["new thread", "known thread"])
async def test_a_message_enters_no_room_of_the_gateway_more_than_twice(
    params: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """From its arrival until the store is asked to accept it."""
    way, store, until_then = Way("turnstream_gateway"), MemoryStore(), Counter[str]()

    async def accept(_: AcceptTurn) -> TurnAccepted:
        until_then.update(way.rooms)
        raise Unavailable("The store does not answer.")

    monkeypatch.setattr(store.turns, "accept", accept)
    transport = httpx2.ASGITransport(gateway_alone(store))
    async with httpx2.AsyncClient(transport=transport, base_url="http://chat.localhost") as http:
        with way.followed():
            answer = await http.post("/chatkit", json=message(**params))
    assert answer.status_code == Unavailable.status
    assert until_then["admission.accept"] == 1
    assert max(until_then.values()) <= 2, str(way)
