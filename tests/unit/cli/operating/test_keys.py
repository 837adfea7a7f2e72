"""`turnstream keys` and `turnstream tenants`: what an operator types, and what is printed."""

import argparse

import pytest
from turnstream.cli import main as cli
from turnstream.cli.operating.keys import key_lines
from turnstream.cli.operating.tenants import changed, tenant_lines
from turnstream.contracts.identity import Scope, TenantSettings
from turnstream.errors import BadRequest
from turnstream.secrets.issued import KEY_PREFIX, digest, well_formed
from turnstream.testing import MemoryStore


def typed(line: str) -> argparse.Namespace:
    return cli._parser().parse_args(line.split())


async def test_a_new_key_is_the_last_line_and_is_never_shown_again() -> None:
    """A script takes the last line; the list tells everything else."""
    store = MemoryStore()
    scopes = "sessions:write,threads:read"
    *_, secret = await key_lines(
        store, typed(f"keys create --tenant acme --scope {scopes} --name shop --expires 90d")
    )

    (line,) = await key_lines(store, typed("keys list"))

    assert well_formed(secret, KEY_PREFIX)
    key = await store.keys.find(digest(secret))
    assert key is not None
    assert key.scopes == {Scope.SESSIONS_WRITE, Scope.THREADS_READ}
    assert key.expires_in == pytest.approx(90 * 86400, abs=60)
    for told in (key.id, "acme", scopes, "'shop'", "expires"):
        assert told in line
    assert secret not in line


async def test_a_revoked_key_is_listed_as_such() -> None:
    """Of whatever tenant; its id is enough."""
    store = MemoryStore()
    await key_lines(store, typed("keys create --tenant acme --scope chat"))
    (key,) = await store.keys.newest()

    await key_lines(store, typed(f"keys revoke {key.id}"))

    (line,) = await key_lines(store, typed("keys list --tenant acme"))
    assert "revoked" in line
    assert await key_lines(store, typed("keys list --tenant other")) == ["no keys"]


@pytest.mark.parametrize(
    "wrong",
    [
        "keys create",
        "keys create --scope everything",
        "keys create --scope chat --expires soon",
        "keys create --scope chat --expires 0s",
    ],
)
def test_a_mistyped_key_is_not_made(wrong: str, capsys: pytest.CaptureFixture[str]) -> None:
    """The message says what can be typed instead."""
    with pytest.raises(SystemExit):
        typed(wrong)
    assert "--scope" in capsys.readouterr().err


async def test_an_operator_sets_some_of_what_a_tenant_has() -> None:
    """The rest stays; an empty value takes back."""
    store = MemoryStore()
    await tenant_lines(store, typed("tenants set acme max_turns_per_user=5 retention=30d"))
    (line,) = await tenant_lines(
        store, typed("tenants set acme model_choices=small,large max_turns_per_user=")
    )

    assert line == "acme  retention=P30D  model_choices=small,large"
    assert await tenant_lines(store, typed("tenants list")) == [line]
    (shown,) = await tenant_lines(store, typed("tenants show acme"))
    assert '"retention": "P30D"' in shown


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("colour=blue", "colour=blue is not name=value"),
        ("model", "model is not name=value"),
        ("max_turns_per_user=0", "max_turns_per_user"),
        ("max_turns_per_user=many", "max_turns_per_user"),
        ("retention=soon", "retention"),
    ],
)
def test_a_setting_that_no_tenant_can_have_is_refused(word: str, said: str) -> None:
    """With its name, before anything is changed."""
    with pytest.raises(BadRequest, match=said):
        changed(TenantSettings(), [word])
