"""What a gateway remembers of secrets: for a second, within bounds, and never past a revocation."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import pytest
from turnstream.errors import Unavailable
from turnstream.secrets.issued import KEY_PREFIX, SESSION_PREFIX, digest, new_secret, well_formed
from turnstream_gateway.identity import secret_cache
from turnstream_gateway.identity.revocations import Revocations
from turnstream_gateway.identity.secret_cache import Description, SecretCache
from turnstream_gateway.relay.streams.disconnects import Disconnects
from turnstream_gateway.relay.streams.viewers import Viewers
from turnstream_gateway.settings import OnDisconnect

from tests.unit.gateway.relay.streams.test_response import PlayedTurns


@dataclass
class Key:
    id: str


class PlayedKeys:
    """A store with one key, which counts what it is asked."""

    def __init__(self, secret: str = "") -> None:
        self.key: Key | None = Key("key_1")
        self.away = False
        self.asked = 0
        self.meanwhile: Callable[[], Awaitable[None]] | None = None
        self._digest = digest(secret)

    async def find(self, name: str) -> Key | None:
        self.asked += 1
        if self.away:
            raise Unavailable
        found = self.key if name == self._digest else None
        if self.meanwhile is not None:
            await self.meanwhile()
        return found

    async def revoked(self, ids: list[str]) -> list[str]:
        return ids


def remembering(
    store: PlayedKeys, lasts: float | None = None
) -> tuple[SecretCache[Key], Revocations]:
    lost = Disconnects(PlayedTurns(), OnDisconnect.GRACE, lambda: False)
    revocations = Revocations(store, Viewers(lost))
    known: SecretCache[Key] = SecretCache(
        store.find, lambda key: Description((key.id,), lasts), revocations
    )
    return known, revocations


async def test_a_secret_is_asked_once_a_second() -> None:
    """A page that sends ten requests costs the store one look-up."""
    store = PlayedKeys("s")
    known, _ = remembering(store)

    found = [await known.get("s") for _ in range(10)]

    assert found == [Key("key_1")] * 10
    assert store.asked == 1


async def test_requests_of_one_moment_share_a_look_up() -> None:
    """Also when it fails: then all of them are told so."""
    store = PlayedKeys("s")
    known, _ = remembering(store)
    assert await asyncio.gather(*(known.get("s") for _ in range(50))) == [Key("key_1")] * 50
    assert store.asked == 1

    store.away = True
    failed = await asyncio.gather(*(known.get("other") for _ in range(50)), return_exceptions=True)
    assert {type(each) for each in failed} == {Unavailable}
    assert store.asked == 2


async def test_a_secret_that_nobody_has_is_remembered_too() -> None:
    """Anyone who tries it again and again costs the store one look-up a second."""
    store = PlayedKeys("s")
    known, _ = remembering(store)

    assert [await known.get("nobody's") for _ in range(10)] == [None] * 10
    assert store.asked == 1


async def test_what_is_remembered_lives_on_while_the_store_is_away_and_no_longer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """For its second; then, and for anyone who is new, the answer is that nobody can say."""
    monkeypatch.setattr(secret_cache, "REMEMBERED", 0.05)
    store = PlayedKeys("s")
    known, _ = remembering(store)
    await known.get("s")
    store.away = True

    assert await known.get("s") == Key("key_1")
    with pytest.raises(Unavailable):
        await known.get("nobody's")
    await asyncio.sleep(0.06)
    with pytest.raises(Unavailable):
        await known.get("s")


async def test_a_revocation_is_heard_at_once() -> None:
    """The store is asked again, and says so."""
    store = PlayedKeys("s")
    known, revocations = remembering(store)
    await known.get("s")

    store.key = None
    revocations.forget("key_1")

    assert await known.get("s") is None


async def test_what_was_asked_before_a_revocation_is_not_remembered_behind_it() -> None:
    """The answer was on its way when the message came."""
    store = PlayedKeys("s")
    known, revocations = remembering(store)

    async def revoke() -> None:
        store.key, store.meanwhile = None, None
        revocations.forget("key_1")

    store.meanwhile = revoke
    await known.get("s")

    assert await known.get("s") is None


async def test_a_secret_is_not_remembered_past_its_end() -> None:
    """One that ends in a moment is asked again then."""
    store = PlayedKeys("s")
    known, _ = remembering(store, lasts=0.02)
    await known.get("s")
    await asyncio.sleep(0.03)

    await known.get("s")

    assert store.asked == 2


async def test_a_flood_of_new_secrets_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Few look-ups at a time, few that wait, and the rest are told to come again."""
    monkeypatch.setattr(secret_cache, "_WAITING", 100)
    store, enough = PlayedKeys("s"), asyncio.Event()

    async def wait() -> None:
        await enough.wait()

    store.meanwhile = wait
    known, _ = remembering(store)
    tries = [asyncio.create_task(known.get(f"wrong {number}")) for number in range(1000)]
    await asyncio.sleep(0.01)
    under_way = store.asked
    enough.set()
    answers = await asyncio.gather(*tries, return_exceptions=True)

    refused = [each for each in answers if isinstance(each, Unavailable)]
    assert under_way == secret_cache._QUESTIONS
    assert len(refused) == 1000 - 100 - secret_cache._QUESTIONS
    assert all(each.retry_after for each in refused)


def test_a_secret_has_a_form_that_can_be_told() -> None:
    """Its prefix, its length and its checksum; no two are alike."""
    secrets = {new_secret(SESSION_PREFIX) for _ in range(100)}

    assert len(secrets) == 100
    assert {len(secret) for secret in secrets} == {53}
    assert all(well_formed(secret, SESSION_PREFIX) for secret in secrets)
    for secret in secrets:
        assert not well_formed(secret, KEY_PREFIX)
        assert not well_formed(secret[:-1], SESSION_PREFIX)
        assert not well_formed(secret.swapcase(), SESSION_PREFIX)
        assert not well_formed(secret[:-1] + "é", SESSION_PREFIX)
