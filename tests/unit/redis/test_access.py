"""The file of ACL users that is delivered says what the services need today."""

import re
from pathlib import Path

from turnstream.redis import topology

from checks.redis_users import FILE, template

ROOT = Path(__file__).parents[3]


def test_the_delivered_users_are_current() -> None:
    """A new channel that a service needs reaches deployments with the release that needs it."""
    assert (ROOT / FILE).read_text() == template(), f"{FILE}: run `make api` and commit it"


def test_every_name_in_redis_has_somebody_who_may_use_it() -> None:
    """A key or channel that the rules forget would be refused to everybody."""
    values = [value for name, value in vars(topology).items() if not name.startswith("_")]
    fixed = {each for each in values if isinstance(each, str) and each.startswith("ts:")}
    made = {each("*") for each in values if callable(each) and each.__module__ == topology.__name__}
    assert fixed
    assert made
    missing = {
        name for name in fixed | made if not re.search(rf"[~&]{re.escape(name)}[ )]", template())
    }
    assert missing == set()
