"""Dialects that do not hold yet, with the reason: `xfail(strict)` of this suite.

Anyone who mends one takes its line away; a dialect that holds and stands here is a failure.
"""

from collections.abc import Mapping

from tests.support.model_server.request import ModelApi

RED: Mapping[ModelApi, Mapping[str, str]] = {"chat_completions": {}, "responses": {}}
