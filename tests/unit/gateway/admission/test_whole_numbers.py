"""Whole numbers in requests: those of 64 bits are taken as they are, longer ones are refused."""

import json
import time
from typing import Any

import pytest
from turnstream.errors import BadRequest
from turnstream_gateway.admission.bounds import RequestBounds
from turnstream_gateway.admission.incoming import parse, to_json
from turnstream_gateway.openapi import CHATKIT_REQUEST
from turnstream_gateway.settings import GatewaySettings

from tests.support.every_request import EVERY_REQUEST

BOUNDS = RequestBounds.of(GatewaySettings())
TOO_LONG = [2**64, -(2**63) - 1, 10**400]
FITTING = [0, True, -1, 2**53 + 1, 2**64 - 1, -(2**63), 2.0**80, -1.5]
FREE: list[tuple[str, str]] = [
    ("threads.custom_action", "action.payload"),
    ("threads.sync_custom_action", "action.payload"),
    ("threads.add_client_tool_output", "result"),
    ("threads.create", "input.content.0.data"),
    ("threads.add_user_message", "input.content.0.data"),
]
"""Where a request may hold any JSON besides its metadata."""

every_kind = pytest.mark.parametrize("kind", sorted(EVERY_REQUEST))
every_free_place = pytest.mark.parametrize(("kind", "place"), FREE)


def body(kind: str, place: str | None = None, number: object = None, **more: object) -> bytes:
    """The body of a request, with a number deep inside one of its places."""
    params = json.loads(json.dumps(EVERY_REQUEST[kind].params))
    if place is not None:
        if "input" in params:
            params["input"]["content"] = [{"type": "input_tag", "id": "1", "text": "a"}]
        *steps, last = place.split(".")
        holder: Any = params
        for step in steps:
            holder = holder[int(step) if step.isdigit() else step]
        holder[last] = {"n": [number]}
    return json.dumps({"type": kind, "params": params, **more}).encode()


@pytest.mark.filterwarnings("ignore::pydantic.json_schema.PydanticJsonSchemaWarning")
def test_the_table_knows_every_kind_of_request() -> None:
    """A new version of ChatKit may bring another."""
    forms = CHATKIT_REQUEST.json_schema()["$defs"].items()
    kinds = {form["properties"]["type"]["const"] for name, form in forms if name.endswith("Req")}
    assert kinds == set(EVERY_REQUEST)
    for kind in EVERY_REQUEST:
        assert parse(body(kind), BOUNDS).type == kind


@every_kind
@pytest.mark.parametrize("number", TOO_LONG, ids=["2^64", "-2^63-1", "10^400"])
def test_a_longer_number_in_metadata_is_refused_with_its_place(kind: str, number: int) -> None:
    """Whatever is asked."""
    with pytest.raises(BadRequest, match=r"metadata\.page\.0: .* 64 bits"):
        parse(body(kind, metadata={"ok": 1, "page": [number]}), BOUNDS)


@every_free_place
@pytest.mark.parametrize("number", TOO_LONG, ids=["2^64", "-2^63-1", "10^400"])
def test_a_longer_number_is_refused_wherever_it_stands(kind: str, place: str, number: int) -> None:
    """In what a page sends with an action, a result, or the data of a mention."""
    with pytest.raises(BadRequest, match=rf"params\.{place}\.n\.0: .* 64 bits"):
        parse(body(kind, place, number), BOUNDS)


@every_kind
@pytest.mark.parametrize("number", FITTING)
def test_any_other_number_in_metadata_is_taken_as_it_is(kind: str, number: float) -> None:
    """Floats too, however large."""
    read = parse(body(kind, metadata={"page": number}), BOUNDS).metadata["page"]
    assert (read, type(read)) == (number, type(number))


@every_free_place
@pytest.mark.parametrize("number", FITTING)
def test_any_other_number_is_taken_wherever_it_stands(kind: str, place: str, number: float) -> None:
    """And goes on to the other services as it came."""
    sent = json.dumps(to_json(parse(body(kind, place, number), BOUNDS)))
    assert f'{{"n": [{json.dumps(number)}]}}' in sent


def test_a_longer_number_is_found_in_a_large_body_at_once() -> None:
    """It is the last of a hundred thousand."""
    numbers = [1] * 100_000 + [2**64]
    told = body("threads.custom_action", params={"a": numbers})
    began = time.process_time()
    with pytest.raises(BadRequest, match=r"params\.a\.100000"):
        parse(told, BOUNDS._replace(body=1_000_000))
    assert time.process_time() - began < 0.5
