"""Dialects that do not hold yet, with the reason: `xfail(strict)` of this suite.

Whoever mends one takes its line away; a dialect that holds and stands here is a failure.
"""

from collections.abc import Mapping

from tests.support.model_server.request import WireFormat

RED: Mapping[WireFormat, Mapping[str, str]] = {
    "chat_completions": {
        "whole: arguments null": "not streamed: fails as assistant_raised",
        "whole: finish_reason length, nothing said": "not streamed: fails as agent_error",
        "whole: choices empty": "not streamed: fails as agent_error",
        "whole: choices null": "not streamed: fails as agent_error",
    },
    "responses": {
        "usage with fractions": "not streamed: fails as assistant_raised",
        "two calls with one call_id": "not streamed: fails as agent_error",
        "two calls with empty call_ids": "not streamed: fails as agent_error",
    },
}
