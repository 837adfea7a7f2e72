"""What the agents, chatkit and openai packages do not promise to keep is touched here.

Everything in this folder replaces, overrides or reads a name that an upgrade may move. The packages
are pinned, and `tests/unit/coupling` takes every such name from a real object: its table says what
each is for, and which few are used elsewhere, such as the stream whose deltas are joined
(`models/delta_joining.py`) and the texts of two errors (`failures/`).
"""
