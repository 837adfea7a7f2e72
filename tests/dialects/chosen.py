"""The dialects that `make test` speaks: of every kind the one that hurt most."""

from collections.abc import Mapping

from tests.support.model_server.request import WireFormat

CHOSEN: Mapping[WireFormat, frozenset[str]] = {
    "chat_completions": frozenset(
        {
            "no [DONE]",
            "no finish_reason",
            "ping events",
            "finish_reason network_error once",
            "empty answer",
        }
    ),
    "responses": frozenset(
        {
            "usage without details",
            "message id repeated in every response",
            "item id new in each event",
            "item.done missing",
            "output empty in the end",
            "annotations missing",
        }
    ),
}
