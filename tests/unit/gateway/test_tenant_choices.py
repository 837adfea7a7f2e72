"""An assistant is told what its user's tenant has: its assistant, its model and its choices."""

import asyncio

import pytest
from turnstream.contracts.identity import TenantRecord, TenantSettings
from turnstream.contracts.operating.privacy import Actor
from turnstream.contracts.turns import RequestContext
from turnstream.errors import Unavailable
from turnstream.store_client.identity.tenants import Tenants
from turnstream_gateway.tenants import FRESH, TenantChoices


class Clock:
    """A clock that goes on when it is told to."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


class Shelf(Tenants):
    """Tenants in memory; notes who is asked about, and is away when told."""

    def __init__(self) -> None:
        self.settings: dict[str, TenantSettings] = {}
        self.asked: list[str] = []
        self.away = False

    async def listed(self, limit: int = 1000) -> list[TenantRecord]:
        raise NotImplementedError

    async def set(
        self, tenant: str, settings: TenantSettings, actor: Actor | None = None
    ) -> TenantRecord:
        raise NotImplementedError

    async def show(self, tenant: str) -> TenantRecord:
        self.asked.append(tenant)
        await asyncio.sleep(0)
        if self.away:
            raise Unavailable()
        return TenantRecord(id=tenant, settings=self.settings.get(tenant, TenantSettings()))


@pytest.fixture
def shelf() -> Shelf:
    return Shelf()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def choices(shelf: Shelf, clock: Clock) -> TenantChoices:
    return TenantChoices(shelf, clock)


def of_acme(workflow: str | None = None) -> RequestContext:
    return RequestContext(user_id="ann", tenant="acme", workflow=workflow)


async def test_a_tenant_without_settings_changes_nothing(choices: TenantChoices) -> None:
    """The deployment's assistant and model answer."""
    assert await choices.with_settings(of_acme()) == of_acme()


async def test_what_a_tenant_has_goes_with_the_request(
    choices: TenantChoices, shelf: Shelf
) -> None:
    """The workflow that a session names comes before that of its tenant."""
    shelf.settings["acme"] = TenantSettings(
        assistant="wf_sales", model="large", model_choices=["large", "small"]
    )
    told = await choices.with_settings(of_acme())
    assert (told.workflow, told.model) == ("wf_sales", "large")
    assert told.model_choices == ("large", "small")
    assert (await choices.with_settings(of_acme("wf_help"))).workflow == "wf_help"


async def test_a_tenant_is_asked_about_once_in_a_while(
    choices: TenantChoices, shelf: Shelf, clock: Clock
) -> None:
    """However many requests come, and at once. A change counts after five seconds."""
    await asyncio.gather(*(choices.with_settings(of_acme()) for _ in range(50)))
    shelf.settings["acme"] = TenantSettings(model="large")
    assert (await choices.with_settings(of_acme())).model is None
    assert shelf.asked == ["acme"]

    clock.now += FRESH.total_seconds()
    assert (await choices.with_settings(of_acme())).model == "large"
    assert shelf.asked == ["acme", "acme"]


async def test_a_store_that_is_away_is_asked_again(choices: TenantChoices, shelf: Shelf) -> None:
    """The request is refused as one that can't be accepted; nothing of it is remembered."""
    shelf.away = True
    with pytest.raises(Unavailable):
        await choices.with_settings(of_acme())
    shelf.away = False
    assert await choices.with_settings(of_acme()) == of_acme()


async def test_a_request_that_is_given_up_takes_no_other_with_it(choices: TenantChoices) -> None:
    """They wait for the same answer."""
    first = asyncio.create_task(choices.with_settings(of_acme()))
    second = asyncio.create_task(choices.with_settings(of_acme()))
    await asyncio.sleep(0)
    first.cancel()
    assert await second == of_acme()
