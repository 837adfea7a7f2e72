"""For whom a call is made: what a name may hold, and how two headers say it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from turnstream.contracts.owner import (
    DEFAULT_TENANT,
    TENANT_HEADER,
    USER_HEADER,
    Owner,
    Tenant,
    checked_tenant,
    checked_user,
    owner_headers,
    owner_named,
)

NAMES = st.text(min_size=1, max_size=256).filter(
    lambda name: name.isprintable() and name == name.strip()
)


@given(st.from_regex(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,62}", fullmatch=True), NAMES)
def test_an_owner_crosses_in_headers_as_it_was(tenant: str, user: str) -> None:
    """Whatever the name: in ASCII, without a line break."""
    owner = Owner(tenant, user)
    headers = owner_headers(owner)
    assert all(value.isascii() and value.isprintable() for value in headers.values())
    assert owner_named([headers[TENANT_HEADER]], [headers[USER_HEADER]]) == owner


def test_a_tenant_alone_names_no_user() -> None:
    assert owner_headers(Tenant("acme")) == {TENANT_HEADER: "acme"}


@pytest.mark.parametrize(
    "tenant",
    [
        "default",
        "6c1f0d3e-2b7a-4a51-9f1e-0c7e0b0f7a11",
        "org_2ZfKzAbC",
        "example.com",
        "0",
        "a" * 63,
    ],
)
def test_what_identity_providers_call_an_organization_is_a_tenant(tenant: str) -> None:
    assert checked_tenant(tenant) == tenant


@pytest.mark.parametrize(
    "tenant",
    ["", "*", "-a", ".", "..", "_a", "a b", "a/b", "a%2e", "a:b", "a'b", "ä", "a\n", "a" * 64],
)
def test_what_is_no_tenant_is_refused(tenant: str) -> None:
    with pytest.raises(ValueError, match="tenant's name"):
        Owner.checked(tenant, "ann")


@pytest.mark.parametrize("user", ["auth0|5f7c8e", "ann@example.com", "Ann B. Lee", "安", "a" * 256])
def test_what_identity_providers_call_a_subject_is_a_user(user: str) -> None:
    assert checked_user(user) == user


@pytest.mark.parametrize("user", ["", " ", " ann", "ann ", "a\nb", "a\x00b", "\ud800", "a" * 257])
def test_what_is_no_user_is_refused(user: str) -> None:
    with pytest.raises(ValueError, match="user's name"):
        Owner.checked(DEFAULT_TENANT, user)


@pytest.mark.parametrize(
    ("tenants", "users"),
    [
        ([], ["ann"]),
        (["acme"], []),
        (["acme", "acme"], ["ann"]),
        (["acme", "default"], ["ann"]),
        (["acme"], ["ann", "bob"]),
        (["acme,default"], ["ann"]),
        (["*"], ["ann"]),
        ([""], ["ann"]),
        (["acme"], [""]),
        (["acme"], ["%"]),
        (["acme"], ["%zz"]),
        (["acme"], ["ann%"]),
        (["acme"], ["%ff"]),
        (["acme"], ["%c3%a4"]),  # quote writes upper case: one owner has one spelling
        (["acme"], ["%61nn"]),
        (["acme"], ["ann b"]),
        (["acme"], ["ann+b"]),
        (["acme"], ["ä"]),
        (["acme"], ["%0A"]),
        (["acme"], ["%20ann"]),
        (["acme"], ["a" * 257]),
        (["%61cme"], ["ann"]),
    ],
)
def test_headers_that_name_no_owner_are_refused(tenants: list[str], users: list[str]) -> None:
    """Neither a missing one, nor one that came twice, nor a second spelling of a name."""
    with pytest.raises(ValueError, match=r"Turnstream-|name holds"):
        owner_named(tenants, users)
