"""A gateway of a unit test: what it asks of others is answered in this process, at once."""

from dataclasses import replace
from typing import Any

from fastapi import FastAPI
from turnstream.store_client import StoreClient
from turnstream.testing import MemoryStore
from turnstream_gateway.admission.counters import LocalCounter
from turnstream_gateway.admission.rates import RequestRates
from turnstream_gateway.app import create_app
from turnstream_gateway.settings import GatewaySettings
from turnstream_gateway.tenants import TenantChoices


def gateway_alone(store: StoreClient | None = None, **settings: Any) -> FastAPI:
    """A gateway that has not been started, before this store and without a Redis."""
    store, given = store or MemoryStore(), GatewaySettings(host="127.0.0.1", **settings)
    app = create_app(given)
    tenants = TenantChoices(store.tenants)
    rates = RequestRates(LocalCounter(), tenants, given)
    app.state.services = replace(app.state.services, store=store, tenants=tenants, rates=rates)
    return app
