"""The short form of the abusers: beside one client that harms, an ordinary user is served."""

import pytest
from turnstream_devstack.stack import Stack

from tests.load.abusers import compare

FLOOR = 0.5
"""Seconds below which nothing counts: other tests run at the same time. Before there were bounds,
what is tried here took seconds for everybody, or was refused to them."""


@pytest.mark.parametrize(
    "kind",
    [
        *("bodies", "heads", "long_targets", "half_heads", "idle_connections"),
        *("uploads", "documents", "short_calls", "odd_values", "nul"),
    ],
)
async def test_an_ordinary_user_does_not_feel_an_abuser(demo: Stack, kind: str) -> None:
    """First events, uploads and short calls take at most three times as long as before."""
    for compared in await compare(demo.gateway_urls[0], [kind], times=5):
        assert compared.within(FLOOR), str(compared)
