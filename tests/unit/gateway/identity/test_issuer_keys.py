"""The issuer's keys: fetched rarely, shared, bounded, and kept while the issuer is away."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest
from turnstream.errors import Unavailable
from turnstream_gateway.identity.issuer import Issuer
from turnstream_gateway.identity.issuer_keys import FLOOR, REFRESH_AFTER, IssuerKeys

from tests.support.identity.issuer import (
    DISCOVERY,
    JWKS,
    PlayedIssuer,
    make_key,
    played_issuer,
    published,
)
from tests.support.waiting import wait_until_async
from tests.unit.gateway.identity.conftest import bearer, gateway, settings


@asynccontextmanager
async def keys_of(
    issuer: PlayedIssuer, floor: float = FLOOR, refresh_after: float = REFRESH_AFTER, **given: str
) -> AsyncIterator[IssuerKeys]:
    keys = IssuerKeys(Issuer(settings(issuer, **given)), floor, refresh_after)
    yield keys
    await keys.aclose()


@pytest.fixture(autouse=True)
def one_key(issuer: PlayedIssuer) -> None:
    issuer.keys = {"first": make_key()}


async def test_keys_are_looked_up_by_discovery_once(issuer: PlayedIssuer) -> None:
    """A hundred requests at once share it."""
    async with keys_of(issuer) as keys:
        found = await asyncio.gather(*(keys.get("first") for _ in range(100)))
    assert None not in found
    assert issuer.asked == [DISCOVERY, JWKS]


async def test_an_address_of_keys_spares_discovery(issuer: PlayedIssuer) -> None:
    async with keys_of(issuer, jwks_url=issuer.url + JWKS) as keys:
        assert await keys.get("first")
    assert issuer.asked == [JWKS]


async def test_a_rotated_key_is_found_at_its_first_use(issuer: PlayedIssuer) -> None:
    """One fetch for all tokens that were signed with it."""
    async with keys_of(issuer, floor=0) as keys:
        assert await keys.get("first")
        issuer.keys = {"first": issuer.keys["first"], "second": make_key()}
        issuer.asked.clear()

        found = await asyncio.gather(*(keys.get("second") for _ in range(50)))

    assert None not in found
    assert issuer.asked.count(JWKS) == 1
    assert keys.generation == 0


async def test_invented_keys_cost_the_issuer_nothing(issuer: PlayedIssuer) -> None:
    """Ten thousand of them, within the floor: not one request."""
    async with keys_of(issuer) as keys:
        assert await keys.get("first")
        issuer.asked.clear()
        for number in range(10_000):
            assert await keys.get(f"invented-{number}") is None
    assert issuer.asked == []


async def test_keys_stay_through_an_outage_of_the_issuer(issuer: PlayedIssuer) -> None:
    """However often a fetch fails, and though they are older than they should be."""
    async with keys_of(issuer, floor=0, refresh_after=0) as keys:
        assert await keys.get("first")
        issuer.answers[DISCOVERY] = (503, {}, b"")
        for _ in range(5):
            assert await keys.get("first")
            assert await keys.get("unknown") is None
        assert issuer.asked.count(DISCOVERY) > 2


async def test_keys_are_fetched_anew_behind_the_requests(issuer: PlayedIssuer) -> None:
    """Anyone who asks has the old ones at once; what was withdrawn is gone a moment later."""
    async with keys_of(issuer, floor=0, refresh_after=0) as keys:
        assert await keys.get("first")
        issuer.keys = {"second": make_key()}
        assert await keys.get("first")

        async def withdrawn() -> bool:
            return await keys.get("first") is None

        await wait_until_async(withdrawn)
        assert keys.generation == 1


async def test_a_token_is_remembered_until_its_key_is_withdrawn(issuer: PlayedIssuer) -> None:
    """Also by one who holds it still: at the next look at the keys."""
    async with gateway(settings(issuer)) as http:
        token = issuer.token()
        assert (await http.get("/who", headers=bearer(token))).status_code == 200
        issuer.answers[DISCOVERY] = (503, {}, b"")
        assert (await http.get("/who", headers=bearer(token))).status_code == 200
        assert issuer.asked == [DISCOVERY, JWKS]


async def test_an_issuer_without_names_of_keys_may_have_a_new_one(issuer: PlayedIssuer) -> None:
    """A signature that the old one does not fit has the keys fetched once more."""
    async with keys_of(issuer, floor=0) as keys:
        nameless = {"keys": [published(issuer.keys["first"])]}
        issuer.answers[JWKS] = (200, {}, json.dumps(nameless).encode())
        first = await keys.get(None)
        nameless = {"keys": [published(make_key())]}
        issuer.answers[JWKS] = (200, {}, json.dumps(nameless).encode())
        await keys.refetched()
        assert await keys.get(None) != first


async def test_without_any_keys_nobody_comes_in_and_may_try_again(issuer: PlayedIssuer) -> None:
    """503 with `Retry-After`: it is no fault of the token."""
    issuer.answers[DISCOVERY] = (500, {}, b"")
    async with gateway(settings(issuer)) as http:
        answer = await http.get("/who", headers=bearer(issuer.token()))
    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
    assert "Retry-After" in answer.headers


async def test_an_issuer_that_hangs_holds_a_bounded_number_of_requests(
    issuer: PlayedIssuer,
) -> None:
    """The others are told to come back."""
    issuer.hold.clear()
    async with keys_of(issuer) as keys:
        waiting = [asyncio.ensure_future(keys.get("first")) for _ in range(600)]
        await wait_until_async(lambda: sum(each.done() for each in waiting) == 100)
        issuer.hold.set()
        answers = await asyncio.gather(*waiting, return_exceptions=True)
    assert sum(isinstance(each, Unavailable) for each in answers) == 100


def without_end(issuer: PlayedIssuer) -> None:
    """Ten megabytes of keys."""
    key = published(make_key(), kid="first")
    body = json.dumps({"keys": [key] * 60_000}).encode()
    assert len(body) > 8 * 2**20
    issuer.answers[JWKS] = (200, {}, body)


def too_many(issuer: PlayedIssuer) -> None:
    """Few bytes, many keys."""
    key = published(make_key())
    body = json.dumps({"keys": [{**key, "kid": str(each)} for each in range(65)]}).encode()
    issuer.answers[JWKS] = (200, {}, body)


def elsewhere(issuer: PlayedIssuer) -> None:
    """A redirect."""
    issuer.answers[JWKS] = (302, {"Location": f"{issuer.url}/other"}, b"")


def packed(issuer: PlayedIssuer) -> None:
    """A few packed bytes may be gigabytes."""
    issuer.answers[JWKS] = (200, {"Content-Encoding": "gzip"}, b"\x1f\x8b")


def no_json(issuer: PlayedIssuer) -> None:
    issuer.answers[JWKS] = (200, {}, b"<html>")


def a_list(issuer: PlayedIssuer) -> None:
    issuer.answers[JWKS] = (200, {}, b"[]")


def deep(issuer: PlayedIssuer) -> None:
    issuer.answers[JWKS] = (200, {}, b'{"keys":' + b"[" * 100_000)


def a_secret(issuer: PlayedIssuer) -> None:
    """A key of HS256: anyone who reads it could sign."""
    body = b'{"keys": [{"kty": "oct", "k": "c2VjcmV0", "kid": "first"}]}'
    issuer.answers[JWKS] = (200, {}, body)


def for_encryption(issuer: PlayedIssuer) -> None:
    key = published(make_key(), kid="first", use="enc")
    issuer.answers[JWKS] = (200, {}, json.dumps({"keys": [key]}).encode())


def of_another_issuer(issuer: PlayedIssuer) -> None:
    document = {"issuer": "https://evil.test", "jwks_uri": issuer.url + JWKS}
    issuer.answers[DISCOVERY] = (200, {}, json.dumps(document).encode())


def in_the_open(issuer: PlayedIssuer) -> None:
    """An address that anybody on the way could answer for."""
    document = {"issuer": issuer.url, "jwks_uri": "http://keys.example/jwks"}
    issuer.answers[DISCOVERY] = (200, {}, json.dumps(document).encode())


def of_a_file(issuer: PlayedIssuer) -> None:
    document = {"issuer": issuer.url, "jwks_uri": "file:///etc/passwd"}
    issuer.answers[DISCOVERY] = (200, {}, json.dumps(document).encode())


@pytest.mark.parametrize(
    "spoil",
    [
        *(without_end, too_many, elsewhere, packed, no_json, a_list, deep, a_secret),
        *(for_encryption, of_another_issuer, in_the_open, of_a_file),
    ],
)
async def test_what_an_issuer_should_not_publish_is_not_taken(
    issuer: PlayedIssuer, spoil: Callable[[PlayedIssuer], None]
) -> None:
    """Whether at the first fetch or later; a document without end is not read to its end."""
    async with keys_of(issuer, floor=0) as keys:
        assert await keys.get("first")
        spoil(issuer)
        assert await keys.get("second") is None
        assert await keys.get("first"), "what was there stays"
    async with keys_of(issuer, floor=0) as keys:
        with pytest.raises(Unavailable):
            await keys.get("first")
    if spoil is without_end:
        await wait_until_async(lambda: "gave up" in issuer.asked)


async def test_an_issuer_that_is_not_there_is_no_mystery() -> None:
    """The failure says which address did not answer."""
    with played_issuer() as gone:
        pass
    with pytest.raises(Unavailable, match=gone.url):
        await Issuer(settings(gone)).keys()
