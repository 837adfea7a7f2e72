"""What every service must know about thread items; all else of an item is opaque."""

import json
from collections.abc import Collection, Iterable, Iterator

from turnstream.contracts.turns import RequiredAction

HIDDEN_TYPES = frozenset({"hidden_context_item", "sdk_hidden_context"})
"""Types of items that the model reads and no client is ever shown."""


def required_actions(
    items: Iterable[tuple[str, str, str]], cards: Collection[str]
) -> Iterator[RequiredAction]:
    """What of a turn's items waits for its user: `items` are id, type and public form as JSON.

    `cards` names those that ask for a decision which nobody has made yet.
    """
    for item_id, kind, text in items:
        match kind:
            case "client_tool_call":
                request = "threads.add_client_tool_output"
            case "structured_input":
                request = "threads.add_structured_input"
            case _ if item_id in cards:
                request = "threads.custom_action"
            case _:
                continue
        item = json.loads(text)
        if item.get("status", "pending") == "pending":
            yield RequiredAction(request=request, item=item)
