"""Who gets into the console, and what their browser keeps."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from starlette.testclient import TestClient
from turnstream.contracts.identity import Scope
from turnstream.contracts.operating.privacy import Actor, ActorKind
from turnstream.secrets.issued import digest
from turnstream.store_client.identity.made_keys import make_key
from turnstream.testing import MemoryStore
from turnstream_gateway.app import create_app
from turnstream_gateway.identity.failed_logins import FailedLogins
from turnstream_gateway.identity.operators import COOKIE, Operators
from turnstream_gateway.identity.own_pages import OwnPages
from turnstream_gateway.identity.verifiers.keys import KeyVerifier
from turnstream_gateway.settings import GatewaySettings

OURS = {"Sec-Fetch-Site": "same-origin"}


class Known:
    """Keys as the store has them, with nothing remembered."""

    def __init__(self, store: MemoryStore) -> None:
        self._store = store

    async def get(self, secret: str) -> object:
        return await self._store.keys.find(digest(secret))


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


def client_of(store: MemoryStore, base: str = "http://localhost", **settings: object) -> TestClient:
    """A gateway before this store."""
    app = create_app(GatewaySettings.model_validate({"auth": "jwt", **_JWT, **settings}))
    app.state.services = replace(app.state.services, store=store)
    keys = KeyVerifier(Known(store), chats=False)  # type: ignore[arg-type]  # it asks `get` alone
    nothing_counted = FailedLogins(None, None)  # type: ignore[arg-type]  # without a rate
    app.state.operators = Operators(keys, OwnPages(), nothing_counted)
    return TestClient(app, base)


_JWT = {"jwt_issuer": "https://login.example.com", "jwt_audience": "chat"}


@pytest.fixture
def client(store: MemoryStore) -> Iterator[TestClient]:
    yield client_of(store)


async def key_with(store: MemoryStore, *scopes: Scope) -> dict[str, str]:
    """The header that shows a new key."""
    made = await make_key(store, "default", frozenset(scopes))
    return {"Authorization": f"Bearer {made.secret.get_secret_value()}"}


async def test_a_key_is_shown_once_and_kept_where_no_script_reads_it(
    store: MemoryStore, client: TestClient
) -> None:
    """Whatever `AUTH` says; for requests of this page alone, until it is signed out."""
    answer = client.post("/console/api/session", headers=await key_with(store, Scope.OPERATOR))
    kept = answer.headers["Set-Cookie"]

    for attribute in ("HttpOnly", "SameSite=strict", "Path=/console"):
        assert attribute in kept
    assert "Max-Age" not in kept and "tsk_" not in answer.text
    assert client.get("/console/api/overview").status_code == 200
    client.delete("/console/api/session")
    assert COOKIE not in client.cookies
    assert client.get("/console/api/overview").status_code == 401


async def test_the_cookie_is_for_https_where_the_page_is(store: MemoryStore) -> None:
    """Also where a proxy ends TLS, as `PUBLIC_URL` says."""
    shown = await key_with(store, Scope.OPERATOR)
    for client in (
        client_of(store, "https://localhost"),
        client_of(store, public_url="https://chat.example.com", allowed_hosts="*"),
    ):
        answer = client.post("/console/api/session", headers=shown)
        assert "Secure" in answer.headers["Set-Cookie"]


async def test_only_a_key_with_the_scope_gets_in(store: MemoryStore, client: TestClient) -> None:
    """No key, one that is no key, one for something else."""
    others = await key_with(store, Scope.CHAT, Scope.USAGE_READ)
    for headers, status in (
        ({}, 401),
        ({"Authorization": "Bearer eyJhbGciOi"}, 401),
        ({"Authorization": "Bearer tsk_x"}, 401),
        (others, 403),
    ):
        for path in ("session", "overview", "turns", "keys", "tenants", "audit"):
            assert client.get(f"/console/api/{path}", headers=headers).status_code == status
        assert client.post("/console/api/session", headers=headers).status_code == status


@pytest.mark.parametrize("wrong", [{}, {"Sec-Fetch-Site": "cross-site"}, {"Origin": "http://x"}])
async def test_a_page_of_another_origin_changes_nothing(
    store: MemoryStore, client: TestClient, wrong: dict[str, str]
) -> None:
    """Its request may bring the cookie along; ours says where it comes from."""
    client.post("/console/api/session", headers=await key_with(store, Scope.OPERATOR))
    (key,) = await store.keys.newest()
    revoke = f"/console/api/keys/{key.id}/revoke"
    assert client.post(revoke, headers=wrong).status_code == 403
    assert client.post(revoke, headers=OURS).status_code == 200


async def test_what_is_done_is_done_by_the_key(store: MemoryStore, client: TestClient) -> None:
    """The store is told its id, for the audit."""
    told: list[Actor | None] = []

    async def revoke(tenant: str | None, key_id: str, actor: Actor | None = None) -> object:
        told.append(actor)
        return (await store.keys.newest())[0]

    shown = await key_with(store, Scope.OPERATOR)
    (key,) = await store.keys.newest()
    store.keys.revoke = revoke  # type: ignore[method-assign,assignment]  # one call is looked at
    client.post("/console/api/keys/key_1/revoke", headers=shown)
    assert told == [Actor(ActorKind.KEY, key.id)]


async def test_a_new_key_is_in_one_answer(store: MemoryStore, client: TestClient) -> None:
    """A body that names no scope is refused, with the field."""
    shown = await key_with(store, Scope.OPERATOR)
    wanted = {"tenant": "acme", "scopes": ["chat"], "name": "shop", "days": 7}
    made = client.post("/console/api/keys", json=wanted, headers=shown)
    refused = client.post("/console/api/keys", json={"tenant": "acme"}, headers=shown)

    assert made.headers["Cache-Control"] == "no-store"
    assert made.json()["secret"].startswith("tsk_")
    assert made.json()["key"]["tenant"] == "acme"
    assert refused.status_code == 400 and "scopes" in refused.text


def test_the_page_allows_nothing_inline_and_no_frame(client: TestClient) -> None:
    """It is the same for everybody, and says nothing of anybody."""
    answer = client.get("/console")
    policy = answer.headers["Content-Security-Policy"]
    assert "unsafe" not in policy and "frame-ancestors 'none'" in policy
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert "{{" not in answer.text


def test_a_gateway_can_do_without(store: MemoryStore) -> None:
    """Such as one that the public reaches."""
    client = client_of(store, console=False)
    for path in ("/console", "/console/api/session"):
        assert client.get(path).status_code == 404


@pytest.mark.parametrize("address", ["https://traces.example.com/", "javascript:{trace_id}"])
def test_a_trace_url_names_the_trace(address: str) -> None:
    """And leads to a page."""
    with pytest.raises(ValueError, match="trace_url"):
        GatewaySettings(trace_url=address)
