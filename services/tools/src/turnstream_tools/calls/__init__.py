"""Running tool calls, once per key."""
