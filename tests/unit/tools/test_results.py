import math

import orjson
import pytest
from pydantic import BaseModel
from turnstream.contracts.tools import ToolFailure
from turnstream_tools.calls import results
from turnstream_tools.calls.running import Stop


class Point(BaseModel):
    x: int


@pytest.mark.parametrize(
    ("output", "plain"),
    [
        (None, None),
        ({"a": [1, "é"]}, {"a": [1, "é"]}),
        ({1: "int keys"}, {"1": "int keys"}),
        (Point(x=1), {"x": 1}),
        (math.nan, None),
        ({"\ud800": "\0"}, {"\ufffd": "\ufffd"}),
    ],
)
def test_an_output_becomes_plain_json(output: object, plain: object) -> None:
    """The model, the ledger and a replay get the same."""
    result = results.succeeded(output, 1000)
    assert (result.failure, result.output) == (None, plain)


@pytest.mark.parametrize("output", [object(), {"x": {1, 2}}, 2**80, lambda: None])
def test_what_is_no_json_is_said_to_be_none(output: object) -> None:
    """The message names the type, for the author of the tool."""
    result = results.succeeded(output, 1000)
    assert result.failure is ToolFailure.NOT_JSON
    result.model_dump_json()


@pytest.mark.parametrize("output", ["é" * 5000, "\x01" * 5000, [{"a": '"'}] * 5000])
def test_an_output_that_is_too_long_is_cut_and_says_so(output: object) -> None:
    """The model knows that there is more."""
    result = results.succeeded(output, 1000)
    assert "[Cut" in result.output
    assert 900 < len(orjson.dumps(result.output)) <= 1000


def test_an_error_is_told_briefly_and_can_always_be_written_down() -> None:
    """Postgres takes no NUL, and JSON no lone surrogate."""
    result = results.raised(ValueError("\x00\ud800" + "x" * 10_000))
    assert result.detail.startswith("ValueError: ")
    assert len(result.detail) <= results.DETAIL_LIMIT
    result.model_dump_json()


@pytest.mark.parametrize("reason", list(Stop))
@pytest.mark.parametrize("started", [True, False])
@pytest.mark.parametrize("idempotent", [True, False])
def test_what_is_said_of_a_stopped_call_is_true(
    reason: Stop, started: bool, idempotent: bool
) -> None:
    """The model is told whether there may have been an effect."""
    result = results.stopped(reason, started=started, idempotent=idempotent)
    if reason is Stop.LOST or (reason is Stop.DRAINED and idempotent):
        assert result is None
        return
    assert result is not None
    assert ("no effect" in result.detail) is not started
    assert ("may or may not" in result.detail) is (started and not idempotent)
    unknown = reason is Stop.DRAINED and started
    assert (result.failure is ToolFailure.OUTCOME_UNKNOWN) is unknown
