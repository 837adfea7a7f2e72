"""A reason to stop means the same in whatever words."""

import pytest
from turnstream_worker.dialects.finish_reasons import Ending, ending


@pytest.mark.parametrize(
    ("reasons", "means"),
    [
        ("stop eos eos_token </s> end_turn STOP FinishReason.STOP unknown", Ending.STOP),
        ("tool_calls function_call tool_use TOOL_CALL", Ending.CALLS),
        ("length MAX_TOKENS max-tokens max_output_tokens model_length", Ending.LENGTH),
        ("content_filter content-filter sensitive SAFETY RECITATION contentFilter", Ending.FILTER),
        ("error network_error server-error abort overloaded MALFORMED_FUNCTION_CALL", Ending.FAULT),
        ("insufficient_system_resource", Ending.FAULT),
    ],
)
def test_a_reason_means_what_its_server_means(reasons: str, means: Ending) -> None:
    assert {ending(reason) for reason in reasons.split()} == {means}


@pytest.mark.parametrize("reason", [None, ""])
def test_no_reason_means_that_the_model_goes_on(reason: str | None) -> None:
    assert ending(reason) is None
