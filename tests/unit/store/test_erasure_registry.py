"""What an erasure knows of Redis."""

import re

from turnstream.redis.access import RULES
from turnstream_store.erasure.registry import KEYS

_OF_OURS = re.compile(r"~(ts:[^ )]+)")


def test_every_key_that_a_service_may_use_is_in_the_registry() -> None:
    """Redis refuses every other to our services, so a new key says here how an erasure ends it."""
    rules = " ".join(rule for each in RULES.values() for rule in each)
    assert set(_OF_OURS.findall(rules)) == KEYS.keys()
