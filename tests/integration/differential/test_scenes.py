"""One message, every kind of answer: the same events, and the same thread afterwards."""

import pytest

from tests.support.scripted_server.scenes import SCENES

from .pair import Pair

ELSEWHERE = {
    "hold",
    "cancel itself",
    "careless hidden",
    "agent trips",
    "agent researches",
    "overtaken",
    "unstorable",
}
"""Scenes whose outcome differs on purpose, or that never end by themselves."""
KEPT = {"crash in a sentence", "crash in a workflow", "failing widget", "never finished"}
"""Scenes that break off inside an item: see `test_deliberate_differences`."""
WORDS = {"many": "25", "recall": "2 asc", "remember": "key=value", "slow": "0.01"}


@pytest.mark.parametrize("name", sorted(SCENES.keys() - ELSEWHERE - KEPT))
async def test_a_scene_is_the_same(pair: Pair, name: str) -> None:
    """Whatever a server can answer with reaches the client, and the store, as with stock."""
    await pair.say(f"{name}: {WORDS.get(name, 'words')}")
    await pair.same_thread()
