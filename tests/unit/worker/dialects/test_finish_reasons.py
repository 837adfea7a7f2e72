"""A reason to stop means the same in whatever words."""

import pytest
from turnstream_worker.dialects.finish_reasons import FinishReason, ending


@pytest.mark.parametrize(
    ("reasons", "means"),
    [
        ("stop eos eos_token </s> end_turn STOP FinishReason.STOP unknown", FinishReason.STOP),
        ("tool_calls function_call tool_use TOOL_CALL", FinishReason.CALLS),
        ("length MAX_TOKENS max-tokens max_output_tokens model_length", FinishReason.LENGTH),
        (
            "content_filter content-filter sensitive SAFETY RECITATION contentFilter",
            FinishReason.FILTER,
        ),
        (
            "error network_error server-error abort overloaded MALFORMED_FUNCTION_CALL",
            FinishReason.FAULT,
        ),
        ("insufficient_system_resource", FinishReason.FAULT),
    ],
)
def test_a_reason_means_what_its_server_means(reasons: str, means: FinishReason) -> None:
    assert {ending(reason) for reason in reasons.split()} == {means}


@pytest.mark.parametrize("reason", [None, ""])
def test_no_reason_means_that_the_model_goes_on(reason: str | None) -> None:
    assert ending(reason) is None
