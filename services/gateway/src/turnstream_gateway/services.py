"""What the routes work with: built once by the composition root, never global."""

from dataclasses import dataclass

from turnstream.contracts.owner import Owner
from turnstream.files.blobs import Blobs
from turnstream.files.links import Links
from turnstream.redis.event_log import EventLog
from turnstream.secrets.credentials import Credentials
from turnstream.store_client import StoreClient

from turnstream_gateway.admission.bounds import RequestBounds
from turnstream_gateway.admission.limits import SessionRules
from turnstream_gateway.admission.overload import OverloadGuard
from turnstream_gateway.admission.rates import RequestRates
from turnstream_gateway.files.attachments import Attachments
from turnstream_gateway.files.renewal import Renew, renewal
from turnstream_gateway.non_streaming_requests import NonStreamingRequests
from turnstream_gateway.relay.following.hub import Hub
from turnstream_gateway.relay.relay import Relay
from turnstream_gateway.relay.streams.open_streams import OpenStreams
from turnstream_gateway.relay.streams.viewers import Viewers
from turnstream_gateway.settings import GatewaySettings
from turnstream_gateway.short_calls import ServerCaller
from turnstream_gateway.tenants import TenantChoices


@dataclass(frozen=True)
class FileServices:
    """What keeps and shows files."""

    blobs: Blobs
    links: Links
    attachments: Attachments


@dataclass(frozen=True)
class GatewayServices:
    """The services of a running gateway."""

    settings: GatewaySettings
    bounds: RequestBounds
    store: StoreClient
    event_log: EventLog
    hub: Hub
    tenants: TenantChoices
    credentials: Credentials
    relay: Relay
    viewers: Viewers
    caller: ServerCaller
    non_streaming: NonStreamingRequests
    rates: RequestRates
    overload: OverloadGuard
    streams: OpenStreams
    session_rules: SessionRules
    files: FileServices | None
    """None without a key to sign links with."""

    def renewal(self, owner: Owner, base_url: str) -> Renew:
        """What makes the links in a user's documents work now."""
        return renewal(self.files.links if self.files else None, owner, base_url)
