"""Assistants: ChatKit servers that a worker runs, by `ASSISTANT=module:factory`."""
