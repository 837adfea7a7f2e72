"""One try of a delivery: the request as Standard Webhooks has it, and what its answer means."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import NamedTuple

import orjson
from aiohttp import (
    ClientConnectorError,
    ClientError,
    ClientResponse,
    ClientSession,
    ClientTimeout,
    DummyCookieJar,
    TCPConnector,
)
from standardwebhooks import Webhook
from turnstream.contracts.times import utc_text
from turnstream.errors import Unprocessable
from turnstream.version import VERSION

from turnstream_store.settings import StoreSettings
from turnstream_store.webhooks.addresses import Addresses
from turnstream_store.webhooks.deliveries_sql import ClaimedDelivery

MOST_READ = 16 * 1024
"""Bytes of an answer that are read, so that its connection can be used again. Nothing is kept."""
_ERROR_LIMIT = 300
"""Characters of an error that are kept."""
_GONE = 410
_LONGEST_WAIT = timedelta(hours=1)
"""What `Retry-After` may ask for beyond our own schedule."""


class DeliveryResult(NamedTuple):
    """How a try went."""

    status: int | None
    """The status of the answer; None where there was none."""
    error: str | None = None
    """None when the endpoint has the event."""
    gone: bool = False
    """The endpoint wants nothing any more: it answered 410."""
    wait: timedelta = timedelta(0)
    """How long it asks us to wait at least."""


def body_of(event: ClaimedDelivery) -> str:
    """The body, the same in every try: ids and the outcome, and nothing that anybody said."""
    data: dict[str, object] = {
        "tenant": event.tenant,
        "user": event.owner,
        "thread_id": event.thread_id,
        "turn_id": event.turn_id,
        "attempt": event.attempt,
    }
    if event.error_code is not None:
        data["error_code"] = event.error_code
    if event.required is not None:
        data["required_actions"] = orjson.loads(event.required)
    payload = {"type": event.event, "timestamp": utc_text(event.occurred_at), "data": data}
    return orjson.dumps(payload).decode()


def headers_of(
    event: ClaimedDelivery, body: str, secrets: Sequence[str], now: datetime
) -> dict[str, str]:
    """The headers, with a signature of each secret."""
    signed = [Webhook(secret).sign(event.event_id, now, body) for secret in secrets]
    return {
        "Content-Type": "application/json",
        "User-Agent": f"Turnstream/{VERSION}",
        "webhook-id": event.event_id,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": " ".join(signed),
    }


class Requests:
    """Sends events. Use it as an async context manager; it owns a pool of connections.

    It follows no redirect, keeps no cookie and ignores proxies of the environment: a redirect or a
    proxy would bypass the check of addresses.
    """

    def __init__(self, settings: StoreSettings) -> None:
        self._addresses = Addresses.of(settings)
        self._timeout = ClientTimeout(total=settings.webhook_timeout.total_seconds())
        self._limit = settings.webhook_concurrency
        self._session: ClientSession | None = None

    async def __aenter__(self) -> "Requests":
        connector = TCPConnector(limit=self._limit, socket_factory=self._addresses.socket_to)
        self._session = ClientSession(
            connector=connector,
            timeout=self._timeout,
            cookie_jar=DummyCookieJar(),
            auto_decompress=False,
            trust_env=False,
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._session is not None:
            await self._session.close()

    async def send(self, event: ClaimedDelivery, secrets: Sequence[str]) -> DeliveryResult:
        """Send an event once."""
        if self._session is None:
            raise RuntimeError("not entered")
        try:
            self._addresses.check_url(event.url)
            body = body_of(event)
            headers = headers_of(event, body, secrets, datetime.now(UTC))
            async with self._session.post(
                event.url, data=body.encode(), headers=headers, allow_redirects=False
            ) as response:
                outcome = _outcome(response)
                await response.content.read(MOST_READ)
                return outcome
        except TimeoutError:
            limit = self._timeout.total
            return DeliveryResult(None, f"no answer within {limit:g} s")
        except (ClientError, OSError, ValueError) as error:
            return DeliveryResult(None, _described(error)[:_ERROR_LIMIT])
        except Unprocessable as error:
            return DeliveryResult(None, error.detail)


def _described(error: Exception) -> str:
    if isinstance(error, ClientConnectorError) and error.strerror is None:
        return f"cannot connect: {error.os_error}"  # of several addresses, each for its reason
    return str(error) or repr(error)


def _outcome(response: ClientResponse) -> DeliveryResult:
    status = response.status
    if 200 <= status < 300:
        return DeliveryResult(status)
    if 300 <= status < 400:
        return DeliveryResult(status, "it answered with a redirect, which is not followed")
    wait = _wanted_wait(response.headers.get("Retry-After", ""))
    return DeliveryResult(status, f"it answered {status}", gone=status == _GONE, wait=wait)


def _wanted_wait(text: str) -> timedelta:
    """What `Retry-After` asks for, in seconds or as a date; nothing for what is neither."""
    try:
        if text.isdigit():
            wanted = timedelta(seconds=min(int(text), _LONGEST_WAIT.total_seconds()))
        else:
            wanted = parsedate_to_datetime(text) - datetime.now(UTC)
    except (ValueError, TypeError, OverflowError):
        return timedelta(0)
    return min(max(wanted, timedelta(0)), _LONGEST_WAIT)
