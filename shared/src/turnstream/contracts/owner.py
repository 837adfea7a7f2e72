"""For whom something is kept or done, and how a request says it.

A call between services names its owner in two headers, `Turnstream-Tenant` and `Turnstream-User`,
each percent-encoded UTF-8. A call for a turn whose user is not known yet names the tenant alone.
"""

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple, NewType
from urllib.parse import quote, unquote

DEFAULT_TENANT = "default"
"""The tenant of a deployment that needs one only, and of rows that are older than tenants."""

ANONYMOUS = "anonymous"
"""The user of `AUTH=dev` who does not say who they are."""

TENANT_HEADER = "Turnstream-Tenant"
USER_HEADER = "Turnstream-User"

USER_LIMIT = 256
"""Characters of a user's name: what identity providers call a subject has up to 255."""
_TENANT = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,62}")
"""Ids of organizations as identity providers write them: UUIDs, domains, `org_2Xy…`. No sign of it
means anything to a shell, a URL, a file system or SQL."""
_REMEMBERED = 1024
"""Owners whose headers are kept ready: a gateway's or worker's users of the moment."""


Tenant = NewType("Tenant", str)
"""The name of a tenant, where a call is for one and its user is not known."""


class Owner(NamedTuple):
    """A user of a tenant. Every row has one, and every call to the store names one.

    Two tenants may have users of the same name: these are different owners. Names are compared
    sign by sign; case counts.
    """

    tenant: str
    user: str

    @classmethod
    def checked(cls, tenant: str, user: str) -> "Owner":
        """An owner of names from outside. Raises `ValueError` that says what a name may hold."""
        return cls(checked_tenant(tenant), checked_user(user))


def checked_tenant(name: str) -> Tenant:
    """The name of a tenant: 1 to 63 letters, digits, `_`, `.` and `-` of ASCII, and the first a
    letter or digit. Raises `ValueError`.
    """
    if _TENANT.fullmatch(name) is None:
        raise ValueError(
            "A tenant's name holds 1 to 63 letters, digits, '_', '.' and '-', "
            "and begins with a letter or digit."
        )
    return Tenant(name)


def checked_user(name: str) -> str:
    """The name of a user: 1 to 256 printable characters without a space at either end. Raises
    `ValueError`.
    """
    if not (0 < len(name) <= USER_LIMIT and name.isprintable() and name == name.strip()):
        raise ValueError(
            f"A user's name holds 1 to {USER_LIMIT} printable characters "
            "and neither begins nor ends with a space."
        )
    return name


def owner_headers(owner: "Owner | Tenant") -> dict[str, str]:
    """The headers of a request on behalf of an owner, or of a tenant alone. Raises `ValueError`."""
    if not isinstance(owner, Owner):
        return {TENANT_HEADER: checked_tenant(owner)}
    tenant, user = Owner.checked(*owner)
    return {TENANT_HEADER: tenant, USER_HEADER: quote(user, safe="")}


def tenant_named(values: Sequence[str]) -> Tenant:
    """The tenant that the values of `Turnstream-Tenant` name. Raises `ValueError`."""
    return checked_tenant(_decoded(TENANT_HEADER, values))


def owner_named(tenants: Sequence[str], users: Sequence[str]) -> Owner:
    """The owner that the values of both headers name. Raises `ValueError`.

    Strict: each header comes exactly once and as `owner_headers` writes it, so that no two readers
    can take one request for two owners.
    """
    return Owner(tenant_named(tenants), checked_user(_decoded(USER_HEADER, users)))


def _decoded(header: str, values: Sequence[str]) -> str:
    if len(values) != 1:
        raise ValueError(f"{header} must come exactly once.")
    return _unquoted(header, values[0])


@lru_cache(_REMEMBERED)
def _unquoted(header: str, value: str) -> str:
    try:
        text = unquote(value, errors="strict")
    except UnicodeDecodeError as error:
        raise ValueError(f"{header} must be percent-encoded UTF-8.") from error
    if quote(text, safe="") != value:
        raise ValueError(f"{header} must be percent-encoded UTF-8.")
    return text
