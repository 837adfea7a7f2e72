"""The suite of dialects: every model server in the world that we know of, four times each.

`python -m tests.dialects` runs it. The dialects are in `tests/support/model_server/dialects`.
"""
