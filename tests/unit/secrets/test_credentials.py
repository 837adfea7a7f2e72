"""Headers between gateway and worker are sealed: for one user, one turn, and holders of the key."""

import pytest
from pydantic import SecretStr
from turnstream.contracts.turns import RequestContext
from turnstream.errors import CredentialsUnreadable
from turnstream.secrets.credentials import Credentials
from turnstream_gateway.settings import GatewaySettings

OLD, NEW = "o" * 32, "n" * 32
TOKEN = "Bearer eyJhbGciOi.very.secret"
CONTEXT = RequestContext(user_id="ann", tenant="acme", headers={"authorization": TOKEN})


def ring(*keys: str) -> Credentials:
    return Credentials(SecretStr(",".join(keys)))


def sealed(by: Credentials, context: RequestContext = CONTEXT) -> str:
    without, text = by.taken_from(context, "turn_1")
    assert without == context.model_copy(update={"headers": {}})
    assert text is not None
    return text


def test_what_is_sealed_comes_back_and_is_not_read_on_the_way() -> None:
    """Twice the same is not the same twice, so nobody sees who uses one token."""
    first, second = sealed(ring(NEW)), sealed(ring(NEW))
    assert first != second
    assert "secret" not in first and TOKEN not in first
    bare = CONTEXT.model_copy(update={"headers": {}})
    assert ring(NEW).put_back(bare, first, "turn_1") == CONTEXT


def test_a_key_is_changed_without_a_pause() -> None:
    """The first seals, both open."""
    for text in (sealed(ring(OLD, NEW)), sealed(ring(NEW, OLD))):
        assert ring(OLD, NEW).put_back(CONTEXT, text, "turn_1") == CONTEXT
    assert ring(OLD).put_back(CONTEXT, sealed(ring(OLD, NEW)), "turn_1") == CONTEXT
    with pytest.raises(CredentialsUnreadable):
        ring(OLD).put_back(CONTEXT, sealed(ring(NEW, OLD)), "turn_1")


@pytest.mark.parametrize(
    ("changed", "about"),
    [({"user_id": "bob"}, "turn_1"), ({"tenant": "default"}, "turn_1"), ({}, "turn_2")],
)
def test_nobody_elses_turn_opens_it(changed: dict[str, str], about: str) -> None:
    """Anyone who can write to the database moves no token to a turn of their own."""
    with pytest.raises(CredentialsUnreadable):
        ring(NEW).put_back(CONTEXT.model_copy(update=changed), sealed(ring(NEW)), about)


@pytest.mark.parametrize("text", ["", "AAAA", "not base64!", "A" * 200])
def test_what_was_not_sealed_here_is_refused(text: str) -> None:
    with pytest.raises(CredentialsUnreadable):
        ring(NEW).put_back(CONTEXT, text, "turn_1")


def test_a_worker_without_a_key_opens_nothing() -> None:
    """It says so, rather than that it answers a user without what they sent."""
    with pytest.raises(CredentialsUnreadable):
        Credentials().put_back(CONTEXT, sealed(ring(NEW)), "turn_1")


def test_where_there_is_nothing_to_seal_nothing_changes() -> None:
    """Without headers, or without keys: then a context travels as it is."""
    bare = RequestContext(user_id="ann")
    assert ring(NEW).taken_from(bare, "turn_1") == (bare, None)
    assert Credentials().taken_from(CONTEXT, "turn_1") == (CONTEXT, None)
    assert ring(NEW).put_back(CONTEXT, None, "turn_1") == CONTEXT


@pytest.mark.parametrize(
    "name", ["Authorization", "cookie", "X-Auth-Token", "x-api-key", "client-secret"]
)
def test_a_gateway_passes_on_no_credential_that_is_not_sealed(name: str) -> None:
    with pytest.raises(ValueError, match="set CREDENTIAL_KEYS"):
        GatewaySettings(context_headers=(name,))
    GatewaySettings(context_headers=(name,), credential_keys=SecretStr(NEW))


def test_other_headers_need_no_key() -> None:
    assert GatewaySettings(context_headers=("article-id", "X-Page")).credential_keys is None
