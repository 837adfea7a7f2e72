"""The internal key, and how it is changed while everything runs."""

import itertools
from datetime import timedelta

import pytest
from pydantic import ValidationError
from turnstream.secrets.internal_key import HEADER, KeyRing, hkdf
from turnstream.settings import ConfigurationError, Settings
from turnstream.store_client import HttpStoreClient

OLD, NEW = "o" * 32, "n" * 32
STEPS = (OLD, f"{OLD},{NEW}", f"{NEW}, {OLD}", NEW)
"""What `INTERNAL_KEY` is, from one rolling restart to the next."""


@pytest.mark.parametrize(("before", "after"), list(itertools.pairwise(STEPS)))
def test_services_before_and_after_a_step_take_each_others_keys(before: str, after: str) -> None:
    """So a key can be changed without a pause, in whatever order the services restart."""
    for one, other in itertools.product((KeyRing(before), KeyRing(after)), repeat=2):
        assert other.has(one.first.encode())
        assert one.derived("x")[0] in other.derived("x")


def test_a_key_that_was_replaced_is_refused() -> None:
    """Once it is out of the ring."""
    assert not KeyRing(NEW).has(OLD.encode())
    assert not KeyRing(NEW).has(b"")
    assert not KeyRing(NEW).has("é".encode())


@pytest.mark.parametrize(
    "wrong", ["short", f"{OLD},", f"{OLD},{NEW},{'x' * 32}", "a b" * 20, "a\r\nb" * 10, "é" * 40]
)
def test_what_is_no_key_is_refused_without_being_repeated(wrong: str) -> None:
    """A service with it does not start, and its log has no part of a secret."""
    with pytest.raises(ValidationError) as refused:
        Settings.model_validate({"internal_key": wrong})
    assert wrong not in refused.value.errors()[0]["msg"]


def test_without_a_key_the_message_tells_how_to_make_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """No service starts open."""
    monkeypatch.delenv("INTERNAL_KEY")
    with pytest.raises(ConfigurationError, match=r"INTERNAL_KEY must be set.*openssl rand"):
        _ = Settings().key_ring


def test_keys_are_in_no_repr() -> None:
    """Of a ring and of the settings."""
    settings = Settings.model_validate({"internal_key": f"{OLD},{NEW}"})
    assert OLD not in repr(settings) + repr(settings.key_ring)


def test_keys_for_other_purposes_are_derived_as_the_standard_says() -> None:
    """RFC 5869, test case 3: no salt, no label; the first 32 of its bytes."""
    expected = "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d"
    assert hkdf(b"\x0b" * 22, b"").hex() == expected


@pytest.mark.parametrize("key", ["a\r\nX-Other: b", "tsk_ü"])
def test_a_key_cannot_become_another_header(key: str) -> None:
    """It is refused before anything is sent."""
    with pytest.raises(ValueError, match="visible"):
        HttpStoreClient("http://127.0.0.1:1", retry_timeout=timedelta(seconds=1), key=key)
    assert HEADER == "Turnstream-Internal-Key"
