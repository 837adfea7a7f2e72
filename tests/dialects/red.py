"""Dialects that do not hold yet, with the reason: `xfail(strict)` of this suite.

Whoever mends one takes its line away; a dialect that holds and stands here is a failure.
"""

from collections.abc import Mapping

from tests.support.model_server.request import WireFormat

RED: Mapping[WireFormat, Mapping[str, str]] = {
    "chat_completions": {
        "finish_reason network_error, nothing said": "first: completes",
        "finish_reason network_error after half": "first: completes",
        "finish_reason network_error once": "first: wrong answer",
        "finish_reason insufficient_system_resource": "first: completes",
        "finish_reason sensitive, nothing said": "first: completes",
        "finish_reason error": "first: completes",
        "finish_reason content_filter, nothing said": "first: fails as refused",
        "finish_reason content_filter after half": "first: completes",
        "finish_reason length after half": "first: completes",
        "finish_reason length, nothing said": "first: fails as agent_error",
        "custom call": "first: completes",
        "thoughts after the text": "first: an item stays open",
        "error frame 502": "first: fails as assistant_raised",
        "error frame 502 after half": "first: fails as assistant_raised",
        "error frame once": "first: fails as assistant_raised",
        "error frame rate_limit_exceeded": "first: fails as assistant_raised",
        "error frame overloaded_error": "first: fails as assistant_raised",
        "error frame server_error": "first: fails as assistant_raised",
        "error event": "first: fails as assistant_raised",
        "error event as text": "first: fails as assistant_raised",
        "error as a string": "first: fails as assistant_raised",
        "error beside choices": "first: fails as assistant_raised",
        "error in a choice": "first: completes",
        "detail instead of an answer": "first: fails as assistant_raised",
        "error frame 400": "first: fails as assistant_raised",
        "error frame context_length_exceeded": "first: fails as assistant_raised",
        "error frame invalid_api_key": "first: fails as assistant_raised",
        "error frame insufficient_quota": "first: fails as assistant_raised",
        "error frame content_filter": "first: fails as assistant_raised",
        "JSON cut in a frame": "first: fails as assistant_raised",
    },
    "responses": {},
}
