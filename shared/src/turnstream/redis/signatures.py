"""Signatures on the bus: anyone who merely reaches Redis can make no service do anything.

Every message of a broker is signed: an HMAC with a key derived from the internal key, over the
stream or channel it is for, the second in which it was sent, and its body. What bears no signature
or a wrong one is dropped before it is parsed. A recorded message may be played again, to the same
destination only; what that does:

- `RunTurn`, `CancelTurn`, `ForgetSecret` repeat what is committed; the store decides, once.
- `CallTool` names turn, attempt and key: the ledger runs a key once, and none after its attempt.
- `CancelTool` and `AttachTool` name a call that was cancelled, or redirected, in just that way.
- Tool replies and `ServerAnswered` name a call; nobody waits for it once it is answered.
- `CallServer` alone would run again. It counts for `_MAX_AGE` after it was sent, by which time the
  gateway has long stopped waiting.

Entries of event logs are not signed: Redis' own access lists guard them (docs/decisions/038).
"""

import hmac
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from hashlib import sha256
from typing import Any

from faststream import BaseMiddleware
from faststream.exceptions import SkipMessage
from faststream.message import encode_message
from faststream.redis.message import RedisStreamMessage
from faststream.redis.response import RedisPublishCommand
from prometheus_client import Counter
from pydantic import BaseModel
from redis.exceptions import RedisError

from turnstream.contracts.text import encode_model
from turnstream.redis import topology
from turnstream.secrets.internal_key import KeyRing
from turnstream.telemetry import get_logger

log = get_logger(__name__)

REFUSED = Counter(
    "turnstream_messages_refused_total",
    "Messages of the bus that were dropped, because their signature is missing, wrong or too old.",
    ["reason"],
)
_HEADER = "signature"
_MAX_AGE = timedelta(minutes=5)
"""Longer than any gateway waits for a short call and than clocks differ that anybody looks after:
the only place where clocks of two machines are compared."""
_EXPIRING_STREAMS = frozenset({topology.SERVER_CALLS})
_LOG_INTERVAL = timedelta(minutes=1)
"""The seconds between two lines of the log: a flood of forged messages must not become one of
lines."""


class Signatures:
    """Signs with the first key of a ring and takes those of all, so that it can be changed."""

    def __init__(self, ring: KeyRing, clock: Callable[[], float] = time.time) -> None:
        self._keys = ring.derived("bus")
        self._clock = clock
        self._logged_at = float("-inf")

    def __call__(self, message: Any, /, *, context: Any) -> BaseMiddleware[Any, Any]:
        """The middleware for a message that comes or goes."""
        return _SigningMiddleware(message, context=context, signatures=self)

    def sign(self, destination: str, body: bytes) -> str:
        """The signature of a message that is sent now."""
        sent = str(int(self._clock()))
        return f"{sent}.{_mac(self._keys[0], destination, sent, body)}"

    def rejection_reason(self, destination: str, body: bytes, signature: object) -> str | None:
        """Why a message must not be believed; None for one of ours."""
        if not isinstance(signature, str) or not signature.isascii():
            return "unsigned"
        sent, _, mac = signature.partition(".")
        expected = (_mac(key, destination, sent, body) for key in self._keys)
        if not any(hmac.compare_digest(mac, each) for each in expected):
            return "wrong"
        age = abs(self._clock() - int(sent))
        return (
            "old" if destination in _EXPIRING_STREAMS and age > _MAX_AGE.total_seconds() else None
        )

    async def refuse(self, message: Any, reason: str) -> None:
        """Count it, say so once in a while, and leave nothing behind in a queue."""
        REFUSED.labels(reason).inc()
        if time.monotonic() - self._logged_at > _LOG_INTERVAL.total_seconds():
            self._logged_at = time.monotonic()
            destination = _destination(message)
            log.warning("message refused: not of this deployment", reason=reason, on=destination)
        if isinstance(message, RedisStreamMessage):
            with suppress(RedisError, OSError):
                await message.delete()


class _SigningMiddleware(BaseMiddleware[RedisPublishCommand, Any]):
    """Signs what is published, and drops what came without a signature of ours."""

    __slots__ = ("_signatures",)

    def __init__(self, message: Any, /, *, context: Any, signatures: Signatures) -> None:
        super().__init__(message, context=context)
        self._signatures = signatures

    async def publish_scope(self, call_next: Callable[..., Any], cmd: RedisPublishCommand) -> Any:
        """Part of FastStream. The body is encoded here, since its bytes are what is signed."""
        body, content_type = _encoded(cmd.body)
        cmd.body = body
        cmd.headers = {
            **(cmd.headers or {}),
            "content-type": content_type or "",
            _HEADER: self._signatures.sign(cmd.destination, body),
        }
        return await call_next(cmd)

    async def consume_scope(self, call_next: Callable[..., Any], msg: Any) -> Any:
        """Part of FastStream. None of our messages asks for a reply of its handler."""
        signature = "" if msg.reply_to else msg.headers.get(_HEADER)
        reason = self._signatures.rejection_reason(_destination(msg), msg.body, signature)
        if reason is None:
            return await call_next(msg)
        await self._signatures.refuse(msg, reason)
        raise SkipMessage


def _encoded(body: Any) -> tuple[bytes, str | None]:
    if isinstance(body, BaseModel):
        return encode_model(body), "application/json"
    return encode_message(body, None)


def _destination(message: Any) -> str:
    channel = message.raw_message["channel"]
    return channel.decode() if isinstance(channel, bytes) else channel


def _mac(key: bytes, destination: str, sent: str, body: bytes) -> str:
    # Neither a name of ours nor a number holds a line break, so nothing can be moved across one.
    signed = f"{destination}\n{sent}\n".encode() + body
    return hmac.digest(key, signed, sha256).hex()
