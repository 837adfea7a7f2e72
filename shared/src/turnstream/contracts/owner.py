"""For whom something is kept or done."""

from typing import NamedTuple

DEFAULT_TENANT = "default"
"""The tenant of a deployment that needs one only, and of rows that are older than tenants."""

ANONYMOUS = "anonymous"
"""The user of `AUTH=dev` who does not say who they are."""


class Owner(NamedTuple):
    """A user of a tenant. Every row has one, and every call to the store names one.

    Two tenants may have users of the same name: these are different owners.
    """

    tenant: str
    user: str
