"""The dialects that `make test` speaks: of every kind the one that hurt most."""

from collections.abc import Mapping

from tests.support.model_server.request import ModelApi

CHOSEN: Mapping[ModelApi, frozenset[str]] = {
    "chat_completions": frozenset(
        {
            "usage without choices",
            "no finish_reason",
            "finish_reason network_error once",
            "finish_reason length after half",
            "finish_reason sensitive, nothing said",
            "empty answer",
            "ping events",
            "choice index missing",
            "two calls of index 0 in pieces",
            "two calls with empty ids",
            "call id the same in every response",
            "arguments an object",
            "legacy function_call",
            "content as a list of parts",
            "error frame once",
            "error frame invalid_api_key",
            "packets end inside a letter",
            "Retry-After 86400",
        }
    ),
    "responses": frozenset(
        {
            "usage without details",
            "response of output alone",
            "message id repeated in every response",
            "item id new in each event",
            "item.added missing",
            "item.done missing",
            "output empty in the end",
            "annotations missing",
            "content a string",
            "reasoning with summary null",
            "unknown item",
            "arguments null",
            "two calls with one call_id",
            "failed with server_error once",
            "incomplete by length",
            "empty message",
        }
    ),
}
