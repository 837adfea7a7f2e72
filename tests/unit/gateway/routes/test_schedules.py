"""A user's own schedules, as the gateway takes them."""

from typing import Any

import httpx2
import pytest
from fastapi import FastAPI
from turnstream.contracts.identity import Principal
from turnstream_gateway.identity.auth import authenticate

from tests.unit.gateway.alone import gateway_alone

ASKED = {"message": "What is due?", "cron": "0 9 * * *", "time_zone": "Asia/Taipei"}
ANN, BOB = (Principal(tenant="acme", user=user) for user in ("ann", "bob"))


@pytest.fixture
def app() -> FastAPI:
    """A gateway that has not been started, for Ann."""
    app = gateway_alone(max_message=100)
    app.dependency_overrides[authenticate] = lambda: ANN
    return app


async def test_a_request_that_comes_again_makes_no_second_schedule(
    app: FastAPI, http: httpx2.AsyncClient
) -> None:
    """By its key, which is the user's own: the same one of somebody else is another."""
    key = {"Idempotency-Key": "monday"}
    first = await http.post("/schedules", json=ASKED, headers=key)
    again = await http.post("/schedules", json=ASKED, headers=key)
    other = await http.post("/schedules", json=ASKED)
    assert first.status_code == 201
    assert again.json() == first.json() != other.json()

    app.dependency_overrides[authenticate] = lambda: BOB
    theirs = await http.post("/schedules", json=ASKED, headers=key)
    assert theirs.json()["id"] not in (first.json()["id"], other.json()["id"])
    assert (await http.get("/schedules")).json() == {"schedules": [theirs.json()]}


@pytest.mark.parametrize(
    ("change", "status", "place"),
    [
        ({"time_zone": "Mars/Olympus"}, 400, "body.time_zone"),
        ({"run_at": "2099-01-01T00:00:00Z"}, 400, "body"),
        ({"zone": "Asia/Taipei"}, 400, "body.zone"),
        ({"id": "sch_mine"}, 400, "body.id"),
        ({"message": "x" * 101}, 413, "MAX_MESSAGE"),
    ],
)
async def test_what_is_no_schedule_is_told_where(
    http: httpx2.AsyncClient, change: dict[str, Any], status: int, place: str
) -> None:
    """A time zone, two times, a misspelt name, an id of one's own, a message beyond the bound."""
    answer = await http.post("/schedules", json=ASKED | change)
    assert (answer.status_code, place in answer.text) == (status, True), answer.text
