"""`AUTH=jwt`: which tokens let somebody in, as whom, and which never do."""

import json
import time
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from statistics import median
from typing import Any

import httpx2
import pytest
from fastapi import Request

from tests.support.identity.issuer import (
    AUDIENCE,
    JWKS,
    PlayedIssuer,
    by,
    by_secret,
    encoded,
    make_key,
    public_pem,
    published,
    signed,
)
from tests.unit.gateway.identity.conftest import authenticator, bearer, gateway, settings

NOW = int(time.time())
"""When the tests were collected; they may run minutes later."""


@pytest.fixture
async def http(issuer: PlayedIssuer) -> AsyncIterator[httpx2.AsyncClient]:
    async with gateway(settings(issuer)) as client:
        yield client


async def test_a_token_of_the_issuer_names_its_user(
    issuer: PlayedIssuer, http: httpx2.AsyncClient
) -> None:
    """With all of its claims, and when it expires; a token's user may chat, and no more."""
    token = issuer.token(email="alice@acme.example", exp=NOW + 10_000)

    who = (await http.get("/who", headers=bearer(token))).json()

    assert (who["tenant"], who["user"], who["method"]) == ("default", "alice", "jwt")
    assert who["scopes"] == ["chat"]
    assert who["claims"]["email"] == "alice@acme.example"
    assert datetime.fromisoformat(who["expires_at"]) == datetime.fromtimestamp(NOW + 10_000, UTC)


@pytest.mark.parametrize("algorithm", ["RS256", "ES256", "EdDSA"])
async def test_keys_of_three_kinds_sign_tokens(issuer: PlayedIssuer, algorithm: str) -> None:
    """Under the kid that the issuer gave them."""
    issuer.keys = {"other": make_key(), "first": make_key(algorithm)}
    async with gateway(settings(issuer)) as http:
        answer = await http.get("/who", headers=bearer(issuer.token()))
        assert answer.json()["user"] == "alice"


@pytest.mark.parametrize("kind", ["JWT", "at+jwt", "AT+JWT", None])
async def test_access_tokens_may_say_that_they_are_some(
    issuer: PlayedIssuer, http: httpx2.AsyncClient, kind: str | None
) -> None:
    """As RFC 9068 has it, or as everybody did before."""
    token = issuer.token(header={"typ": kind})
    assert (await http.get("/who", headers=bearer(token))).status_code == 200


async def test_clocks_may_differ_by_the_leeway(
    issuer: PlayedIssuer, http: httpx2.AsyncClient
) -> None:
    """A token that is valid in a moment, or was a moment ago."""
    now = int(time.time())
    early = issuer.token(iat=now + 20, nbf=now + 20)
    late = issuer.token(exp=now - 10)
    for token in (early, late):
        assert (await http.get("/who", headers=bearer(token))).status_code == 200


def changed(**changes: object) -> Callable[[PlayedIssuer], str]:
    """A token that is good but for this."""
    return lambda issuer: issuer.token(**changes)  # type: ignore[arg-type]


def with_header(**header: object) -> Callable[[PlayedIssuer], str]:
    """A token that is good but for this of its header."""
    return lambda issuer: issuer.token(header=header)


def unsigned(issuer: PlayedIssuer) -> str:
    """The oldest attack: the token says that it needs no signature."""
    _, claims, _ = issuer.token().split(".")
    header = encoded(json.dumps({"alg": "none", "kid": "first"}).encode())
    return f"{header}.{claims}."


def signed_with_the_public_key(issuer: PlayedIssuer) -> str:
    """The second oldest: the public key, which everybody knows, as the secret of HS256."""
    claims = {"iss": issuer.url, "aud": AUDIENCE, "sub": "mallory", "exp": NOW + 10_000}
    secret = public_pem(issuer.keys["first"])
    return signed({"alg": "HS256", "kid": "first"}, claims, by_secret(secret))


def signed_with_a_key_of_its_own(issuer: PlayedIssuer) -> str:
    """The token brings the key along that it is to be verified with."""
    claims = {"iss": issuer.url, "aud": AUDIENCE, "sub": "mallory", "exp": NOW + 10_000}
    key = make_key()
    header = {"alg": "ES256", "kid": "first", "jwk": published(key), "jku": "http://evil.test/"}
    return signed(header, claims, by(key))


def with_other_claims(issuer: PlayedIssuer) -> str:
    """The signature is of another token."""
    header, _, signature = issuer.token().split(".")
    return ".".join([header, issuer.token(sub="mallory").split(".")[1], signature])


REFUSED = {
    "alg: none": unsigned,
    "HS256 with the public key": signed_with_the_public_key,
    "a key in the token": signed_with_a_key_of_its_own,
    "claims of another token": with_other_claims,
    "another algorithm than the key's": with_header(alg="RS256"),
    "a critical extension": with_header(crit=["exp"]),
    "another type: logout": with_header(typ="logout+jwt"),
    "another type: proof": with_header(typ="dpop+jwt"),
    "another issuer": changed(iss="https://evil.example"),
    "an issuer that only begins alike": changed(iss="http://127.0.0.1"),
    "a list of issuers": lambda issuer: issuer.token(iss=[issuer.url]),
    "no issuer": changed(iss=None),
    "another audience": changed(aud="https://other.example"),
    "no audience": changed(aud=None),
    "an empty audience": changed(aud=[]),
    "no expiry": changed(exp=None),
    "an expiry that is no number": changed(exp="soon"),
    "an expiry beyond all days": changed(exp=float("inf")),
    "not yet valid": changed(nbf=NOW + 86_400),
    "issued tomorrow": changed(iat=NOW + 86_400),
    "no user": changed(sub=None),
    "an empty user": changed(sub=""),
    "a user of a million characters": changed(sub="x" * 9000),
    "a user with a line break": changed(sub="alice\nbob"),
    "a user that is a number": changed(sub=42),
    "a kid with a path": with_header(kid="../../keys"),
    "a kid with an address": with_header(kid="http://evil.test/keys"),
    "a kid that is a list": with_header(kid=["first"]),
    "a kid of 10,000 characters": with_header(kid="x" * 10_000),
    "an unknown kid": with_header(kid="second"),
    "a header that is no JSON": lambda issuer: f"{encoded(b'{')}.{issuer.token().split('.', 1)[1]}",
    "three dots": lambda issuer: issuer.token() + ".x",
    "nothing but dots": lambda _: "..",
    "no token": lambda _: "x",
}


@pytest.mark.parametrize("make", REFUSED.values(), ids=REFUSED)
async def test_a_token_that_is_no_good_is_refused_and_says_why(
    issuer: PlayedIssuer, http: httpx2.AsyncClient, make: Callable[[PlayedIssuer], str]
) -> None:
    """With 401, a code, and a challenge; `X-User-Id` beside it changes nothing."""
    token = make(issuer)
    answer = await http.get("/who", headers={**bearer(token), "X-User-Id": "root"})

    assert (answer.status_code, answer.json()["code"]) == (401, "unauthorized")
    assert answer.headers["WWW-Authenticate"].startswith('Bearer error="invalid_token"')
    assert token not in answer.text
    assert set(issuer.asked) <= {"/.well-known/openid-configuration", JWKS}


async def test_an_expired_token_says_so(issuer: PlayedIssuer, http: httpx2.AsyncClient) -> None:
    """So that a page fetches another and tries again."""
    answer = await http.get("/who", headers=bearer(issuer.token(exp=NOW - 300)))

    assert (answer.status_code, answer.json()["code"]) == (401, "token_expired")
    assert answer.headers["WWW-Authenticate"] == (
        'Bearer error="invalid_token", error_description="The token has expired"'
    )


async def test_only_the_token_says_who_asks(issuer: PlayedIssuer, http: httpx2.AsyncClient) -> None:
    """Not the headers beside it."""
    beside = {"X-User-Id": "root", "X-Tenant-Id": "acme"}
    who = (await http.get("/who", headers={**bearer(issuer.token()), **beside})).json()
    assert (who["tenant"], who["user"]) == ("default", "alice")

    answer = await http.get("/who", headers=beside)
    assert (answer.status_code, answer.json()["code"]) == (401, "unauthorized")


async def test_two_tokens_are_none(issuer: PlayedIssuer, http: httpx2.AsyncClient) -> None:
    """A proxy in front may have looked at the other one."""
    headers = [("Authorization", f"Bearer {issuer.token(sub=each)}") for each in ("alice", "bob")]
    answer = await http.get("/who", headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (401, "unauthorized")


@pytest.mark.parametrize(
    ("names", "claims", "owner"),
    [
        ({"jwt_user_claim": "email"}, {"email": "a@x.example"}, ("default", "a@x.example")),
        ({"jwt_user_claim": "ext.id"}, {"ext": {"id": "7"}}, ("default", "7")),
        ({"jwt_tenant_claim": "org_id"}, {"org_id": "acme"}, ("acme", "alice")),
        (
            {"jwt_tenant_claim": "https://a.b/org"},
            {"https://a.b/org": "acme"},
            ("acme", "alice"),
        ),
    ],
    ids=["another claim", "a claim in a claim", "a tenant", "a claim with dots in its name"],
)
async def test_an_operator_says_which_claims_name_user_and_tenant(
    issuer: PlayedIssuer, names: dict[str, str], claims: dict[str, Any], owner: tuple[str, str]
) -> None:
    """As identity providers differ."""
    async with gateway(settings(issuer, **names)) as http:
        who = (await http.get("/who", headers=bearer(issuer.token(**claims)))).json()
        assert (who["tenant"], who["user"]) == owner


@pytest.mark.parametrize("tenant", [None, "", "*", "../acme", "a" * 64, 7, ["acme"], "a b"])
async def test_a_tenant_that_cannot_be_one_lets_nobody_in(
    issuer: PlayedIssuer, tenant: object
) -> None:
    """Nor does a token without one become somebody of the default tenant."""
    async with gateway(settings(issuer, jwt_tenant_claim="org")) as http:
        answer = await http.get("/who", headers=bearer(issuer.token(org=tenant)))
        assert (answer.status_code, answer.json()["code"]) == (401, "unauthorized")


async def test_an_operator_may_allow_fewer_algorithms(issuer: PlayedIssuer) -> None:
    """Then keys of other kinds are not even taken from the issuer."""
    issuer.keys = {"first": make_key("ES256"), "second": make_key("RS256")}
    async with gateway(settings(issuer, jwt_algorithms="RS256")) as http:
        for kid, status in (("first", 401), ("second", 200)):
            answer = await http.get("/who", headers=bearer(issuer.token(kid=kid)))
            assert answer.status_code == status


async def test_a_token_of_another_form_is_for_another_verifier(issuer: PlayedIssuer) -> None:
    """But never for one that believes anybody."""
    async with gateway(settings(issuer, auth="jwt,dev")) as http:
        beside = {"X-User-Id": "root"}
        assert (await http.get("/who", headers=beside)).json()["user"] == "root"
        for token in ("tsk_anything", issuer.token(aud="other")):
            answer = await http.get("/who", headers={**bearer(token), **beside})
            assert answer.status_code == 401


async def test_a_remembered_token_costs_nothing_that_a_first_event_would_show(
    issuer: PlayedIssuer,
) -> None:
    """At most 0.1 ms; it is a twentieth of that on the machine of the bench."""
    asked = authenticator(settings(issuer))
    header = [(b"authorization", f"Bearer {issuer.token()}".encode())]
    request = Request({"type": "http", "method": "POST", "headers": header})
    assert (await asked.authenticate(request)).user == "alice"
    took = []
    for _ in range(200):
        start = time.perf_counter()
        await asked.authenticate(request)
        took.append(time.perf_counter() - start)
    await asked.aclose()
    print(f"a remembered token: {median(took) * 1e6:.1f} us")
    assert median(took) < 100e-6
