"""The one room that touches what the agents, chatkit and openai packages do not promise to keep.

Everything here replaces, overrides or reads a name that an upgrade may move. The packages are
pinned, and `tests/unit/coupling` takes every such name from a real object: its table says what each
is for. The rest of the worker uses this room, and what those packages document.
"""
