"""The same requests to the stock server and to Turnstream: what differs is a decision or a bug."""

import pytest

pytest.register_assert_rewrite("tests.integration.differential.pair")
