"""What every service must know about thread items; all else of an item is opaque."""

HIDDEN_TYPES = frozenset({"hidden_context_item", "sdk_hidden_context"})
"""Types of items that the model reads and no client is ever shown."""
