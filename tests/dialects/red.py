"""Dialects that do not hold yet, with the reason: `xfail(strict)` of this suite.

Whoever mends one takes its line away; a dialect that holds and stands here is a failure.
"""

from collections.abc import Mapping

from tests.support.model_server.request import WireFormat

RED: Mapping[WireFormat, Mapping[str, str]] = {
    "chat_completions": {
        "finish_reason network_error once": "first: wrong answer",
        "finish_reason sensitive, nothing said": "first: completes",
        "finish_reason content_filter, nothing said": "first: fails as refused",
        "finish_reason content_filter after half": "first: completes",
        "finish_reason length after half": "first: completes",
        "finish_reason length, nothing said": "first: fails as agent_error",
        "custom call": "first: completes",
        "thoughts after the text": "first: an item stays open",
        "error frame once": "first: fails as assistant_raised",
        "error event as text": "first: fails as assistant_raised",
        "detail instead of an answer": "first: fails as assistant_raised",
        "error frame 400": "first: fails as assistant_raised",
        "error frame insufficient_quota": "first: fails as assistant_raised",
        "error frame content_filter": "first: fails as assistant_raised",
        "JSON cut in a frame": "first: fails as assistant_raised",
    },
    "responses": {},
}
