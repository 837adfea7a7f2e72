"""`Limits` says what the settings of the store say."""

from dataclasses import asdict

from turnstream.contracts.identity import TenantSettings
from turnstream.testing import Limits
from turnstream_store.identity.limits import LIMITS
from turnstream_store.settings import StoreSettings


def test_a_limit_has_the_name_and_the_default_of_the_stores_setting() -> None:
    """Else a test would pass in memory that fails in a deployment."""
    limits = asdict(Limits())
    settings = StoreSettings.model_construct()
    assert limits == {name: getattr(settings, name) for name in limits}


def test_a_tenant_may_have_each_of_its_limits_in_memory_too() -> None:
    """What the store takes from a tenant's settings is taken here."""
    assert asdict(Limits()).keys() >= LIMITS
    own = TenantSettings(max_turns_per_user=1, assistant="desk")
    assert asdict(Limits(max_attempts=7).of_tenant(own)) == asdict(
        Limits(max_attempts=7, max_turns_per_user=1)
    )
