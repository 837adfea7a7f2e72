"""The password of Redis may stand beside its URL, with any characters."""

import pytest
from redis.connection import parse_url
from turnstream.settings import Settings

AWKWARD = "p@ss/w#rd%41:&?"


def parsed(url: str) -> dict[str, object]:
    """What the client of Redis reads in a URL."""
    return dict(parse_url(url))  # type: ignore[no-untyped-call]  # redis-py has no types there


@pytest.mark.parametrize("name", ["REDIS_URL", "EVENTS_REDIS_URL", "EVENTS_REDIS_URLS"])
def test_it_is_that_of_the_user_whom_the_url_names(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv(name, "rediss://store@valkey:6380/3?ssl_cert_reqs=none")
    monkeypatch.setenv("REDIS_PASSWORD", AWKWARD)

    settings = Settings()

    url = settings.redis_url if name == "REDIS_URL" else settings.log_redis_urls[0]
    assert parsed(url)["username"] == "store"
    assert parsed(url)["password"] == AWKWARD
    assert parsed(url)["host"] == "valkey"
    assert parsed(url)["port"] == 6380
    assert parsed(url)["db"] == 3


@pytest.mark.parametrize("url", ["redis://valkey:6379/0", "redis://store:its-own@valkey:6379/0"])
def test_a_url_without_a_user_or_with_a_password_is_left_alone(
    monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    """A second Redis may ask for none, or for another."""
    monkeypatch.setenv("REDIS_PASSWORD", AWKWARD)
    monkeypatch.setenv("REDIS_URL", url)

    assert Settings().redis_url == url
