"""What a route may ask for: the services of the store, one transaction, the announcements."""

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from typing import Annotated, cast

from fastapi import BackgroundTasks, Depends, Request
from sqlmodel.ext.asyncio.session import AsyncSession
from turnstream.contracts import owner as owners
from turnstream.contracts.operating.privacy import ACTOR_HEADER, Actor, ActorKind
from turnstream.errors import BadRequest

from turnstream_store.announcements import Announcement
from turnstream_store.database import statements
from turnstream_store.database.pools import Database, TenantDatabase
from turnstream_store.erasure.job import Eraser
from turnstream_store.identity.limits import TenantLimits
from turnstream_store.operations.overview import OverviewCache
from turnstream_store.publisher import Announcer
from turnstream_store.queue.rules import QueueStateCache
from turnstream_store.settings import StoreSettings
from turnstream_store.turns.acceptance.under_way import AcceptancesUnderWay


@dataclass(frozen=True)
class StoreServices:
    """What requests work with. The composition root builds them once; none is global."""

    database: Database
    announcer: Announcer
    settings: StoreSettings
    limits: TenantLimits
    queue: QueueStateCache
    eraser: Eraser
    overview: OverviewCache
    acceptances: AcceptancesUnderWay = field(default_factory=AcceptancesUnderWay)


def services_of(request: Request) -> StoreServices:
    """The services of this store. A dependency costs a hot route more than this call."""
    return cast(StoreServices, request.app.state.services)


def tenant_of(request: Request) -> owners.Tenant:
    """The tenant on whose behalf a call is made. Raises `BadRequest`."""
    try:
        return owners.tenant_named(request.headers.getlist(owners.TENANT_HEADER))
    except ValueError as error:
        raise BadRequest(str(error)) from error


async def _services(request: Request) -> StoreServices:
    return services_of(request)


Services = Annotated[StoreServices, Depends(_services)]


async def _transaction(request: Request, services: Services) -> AsyncIterator[AsyncSession]:
    async with services.database.of(tenant_of(request)).session() as session:
        yield session


async def _connection(request: Request, services: Services) -> AsyncIterator[statements.Connection]:
    async with services.database.of(tenant_of(request)).connection() as connection:
        yield connection


async def _all_tenants_connection(services: Services) -> AsyncIterator[statements.Connection]:
    async with services.database.all_tenants().connection() as connection:
        yield connection


async def _raw_transaction(
    request: Request, services: Services
) -> AsyncIterator[statements.Connection]:
    async with services.database.of(tenant_of(request)).transaction() as connection:
        yield connection


async def _all_tenants_transaction(services: Services) -> AsyncIterator[AsyncSession]:
    async with services.database.all_tenants().session() as session:
        yield session


Session = Annotated[AsyncSession, Depends(_transaction, scope="function")]
"""The transaction of a request. It commits after the route has returned and before the response is
sent (`scope="function"`), so a failing commit is an error answer, and a client that has its answer
can read what was committed. It reaches the rows of the tenant that the call names."""

AllTenantsSession = Annotated[AsyncSession, Depends(_all_tenants_transaction, scope="function")]
"""The transaction of an operator's request, which reaches the rows of all tenants."""

Connection = Annotated[statements.Connection, Depends(_connection, scope="function")]
"""A connection for one hot statement, which is its own transaction. It reaches the rows of the
tenant that the call names. It is given back before the response is sent, as that of a `Session`."""

AllTenantsConnection = Annotated[
    statements.Connection, Depends(_all_tenants_connection, scope="function")
]
"""The same for the rows of all tenants: for duties, and to look up a secret, whose tenant is not
known yet."""

Transaction = Annotated[statements.Connection, Depends(_raw_transaction, scope="function")]
"""One transaction of hot statements, which commits when that of a `Session` does."""


async def _announce(
    services: Services, background: BackgroundTasks
) -> Callable[[Sequence[Announcement]], None]:
    def announce(announcements: Sequence[Announcement]) -> None:
        if announcements:
            background.add_task(services.announcer.publish, announcements)

    return announce


Announce = Annotated[Callable[[Sequence[Announcement]], None], Depends(_announce)]
"""Publishes announcements once the response is sent, hence after the commit; never if it fails.
A caller that asked need not wait: what counts is committed."""


def owner_of(request: Request) -> owners.Owner:
    """The owner on whose behalf a call is made. Raises `BadRequest`."""
    headers = request.headers
    try:
        return owners.owner_named(
            headers.getlist(owners.TENANT_HEADER), headers.getlist(owners.USER_HEADER)
        )
    except ValueError as error:
        raise BadRequest(str(error)) from error


def checked_owner(request: Request, named: owners.Owner) -> owners.Owner:
    """The owner on whose behalf a call is made, whom its body names too. Raises `BadRequest`."""
    owner = owner_of(request)
    if owner != named:
        raise BadRequest("The body of the call is for another owner than its headers.")
    return owner


async def _owner(request: Request) -> owners.Owner:
    return owner_of(request)


Owner = Annotated[owners.Owner, Depends(_owner)]
"""The user on whose behalf a call is made, and their tenant. Only calls for a whole tenant, of an
operator or of a system duty have none."""


async def _any_tenant(request: Request) -> str | None:
    return tenant_of(request) if owners.TENANT_HEADER in request.headers else None


async def _tenant(request: Request) -> str:
    return tenant_of(request)


Tenant = Annotated[str, Depends(_tenant)]
"""The tenant for which a call is made, where its user does not matter."""
AnyTenant = Annotated[str | None, Depends(_any_tenant)]
"""The tenant for which a call is made; None for an operator's, which reaches every tenant."""


async def _reached(services: Services, tenant: AnyTenant) -> TenantDatabase:
    database = services.database
    return database.all_tenants() if tenant is None else database.of(tenant)


_Reached = Annotated[TenantDatabase, Depends(_reached)]


async def _reached_session(reached: _Reached) -> AsyncIterator[AsyncSession]:
    async with reached.session() as session:
        yield session


async def _reached_transaction(reached: _Reached) -> AsyncIterator[statements.Connection]:
    async with reached.transaction() as connection:
        yield connection


ReachedSession = Annotated[AsyncSession, Depends(_reached_session, scope="function")]
"""The transaction of an operator's request, which reaches the rows of the tenant that the call
names, or those of all tenants if it names none."""

ReachedTransaction = Annotated[
    statements.Connection, Depends(_reached_transaction, scope="function")
]
"""The same, of hot statements."""


OPERATOR_KEY = "turnstream.operator_key"
"""The key in the scope of a request that holds the id of the server key that an operator showed."""


async def _actor(request: Request) -> Actor:
    key: str | None = request.scope.get(OPERATOR_KEY)
    if key is not None:
        return Actor(ActorKind.KEY, key)
    kind, _, id_ = request.headers.get(ACTOR_HEADER, "").partition(":")
    if kind not in set(ActorKind):
        return Actor()
    return Actor(ActorKind(kind), id_[:_ACTOR_LIMIT])


_ACTOR_LIMIT = 64
"""Characters of an actor's id."""

CurrentActor = Annotated[Actor, Depends(_actor)]
"""Who asks, for the audit: the key of an operator, or whom a service of ours names."""
