"""HTTP/1.1 as our services speak it: heads are bounded, and no connection changes its protocol.

A client may offer another one (`curl --http2` sends `Upgrade: h2c` with every request); a server
that does not take it answers as if nothing had been offered (RFC 9110, 7.8). uvicorn's parser stops
at such a head instead, and the body after it is lost.

uvicorn reads a head of any length, for as long as it takes; docs/decisions/048 says why the bounds
are here. The body of a request is bounded by the route that reads it.
"""

import asyncio
from datetime import timedelta

import httptools
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from turnstream.errors import HeadTooLarge, RequestTimedOut, TurnstreamError
from turnstream.http.problems import Failure, problem

HEAD_LIMIT = 32 * 1024
"""Bytes of a request's line and headers, as many as nginx takes: tokens and cookies have room. It
bounds, too, what may stand between two pieces of a body, and after it."""
HEAD_TIMEOUT = timedelta(seconds=10)
"""The longest a new connection may say nothing, and the longest a head may take to come."""
_LINGER = 1.0
"""Seconds that a refused client may go on sending. One that is cut off at once would lose the
answer that says why."""


def _refusal(error: TurnstreamError) -> bytes:
    """A problem as a whole answer, after which the connection is closed."""
    answer = problem(Failure.of(error))
    headers = [*answer.raw_headers, (b"connection", b"close")]
    lines = b"".join(b"%s: %s\r\n" % header for header in headers)
    return STATUS_LINE[error.status] + lines + b"\r\n" + bytes(answer.body)


# Made once: heads that were begun together run out of time together, in one turn of the loop.
_TOO_LARGE = _refusal(HeadTooLarge())
_TOO_SLOW = _refusal(RequestTimedOut("The head of the request took too long."))

_OFFERS = (b"upgrade", b"http2-settings")
"""The headers of an offer; `Connection` names them."""


class PlainHttpProtocol(HttpToolsProtocol):
    """uvicorn's protocol, with bounded heads, and an offer to upgrade that changes nothing.

    uvicorn's timer of idle connections runs until a head is whole, instead of until its first byte:
    it ends connections that never ask, heads that never end, and bodies that trickle in after
    their answer. Data alone never prolongs it.
    """

    # Beside uvicorn's own attributes in a dictionary, these would be more than Python lets objects
    # share the keys of: 1.3 KB for each connection.
    __slots__ = ("_head_is_timed", "_in_head", "_refused", "_unread")

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as in uvicorn
        """Part of asyncio: wait for the first request."""
        self._unread = 0
        """Bytes that came since the last whole head or piece of a body."""
        self._in_head = self._head_is_timed = self._refused = False
        super().connection_made(transport)
        self._wait(HEAD_TIMEOUT.total_seconds())

    def data_received(self, data: bytes) -> None:
        """Part of asyncio: parse what came, and start what is asked."""
        if self._refused:
            return
        self._unread += len(data)
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade as offer:
            self._decline(data[offer.args[0] :])
        except httptools.HttpParserError as error:
            if not isinstance(error.__context__, HeadTooLarge):
                self.send_400_response("Invalid HTTP request received.")
                return
        if self._unread > HEAD_LIMIT:
            self._refuse(_TOO_LARGE)
        elif self._in_head and not self._head_is_timed and self._is_idle:
            self._head_is_timed = True
            self._wait(HEAD_TIMEOUT.total_seconds())

    def on_message_begin(self) -> None:
        """Part of httptools: a request begins."""
        super().on_message_begin()
        self._in_head = True

    def on_headers_complete(self) -> None:
        """Part of httptools: a head is whole. From here on the app decides how long it waits."""
        if self._unread > HEAD_LIMIT and self._head_length > HEAD_LIMIT:
            raise HeadTooLarge
        self._unread = 0
        self._in_head = self._head_is_timed = False
        self._unset_keepalive_if_required()
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Part of httptools: a piece of a body."""
        self._unread = 0
        super().on_body(body)

    def timeout_keep_alive_handler(self) -> None:
        """Part of uvicorn: nothing was asked in time."""
        if self._in_head:
            self._refuse(_TOO_SLOW)
        else:
            super().timeout_keep_alive_handler()

    @property
    def _is_idle(self) -> bool:
        """True while no request is being answered."""
        return self.cycle is None or self.cycle.response_complete

    @property
    def _head_length(self) -> int:
        return len(self.url) + sum(len(name) + len(value) for name, value in self.headers)

    def _wait(self, seconds: float) -> None:
        self._unset_keepalive_if_required()
        handler = self.timeout_keep_alive_handler
        self.timeout_keep_alive_task = self.loop.call_later(seconds, handler)

    def _refuse(self, refusal: bytes) -> None:
        """Send a refusal, unless another answer is on its way, and close the connection."""
        self._refused, self._in_head = True, False
        if self.transport.is_closing():
            return
        if not self._is_idle:
            self.transport.close()
            return
        self.transport.write(refusal)
        self._wait(_LINGER)

    def _should_upgrade(self) -> bool:
        """True: what the parser takes for another protocol starts no request; `_decline` does."""
        return True

    def _decline(self, rest: bytes) -> None:
        """Parse the request again without the offer, and then what came after its head."""
        method, version = self.parser.get_method(), self.parser.get_http_version().encode()
        if method == b"CONNECT":
            self.send_400_response("This server is no proxy.")
            return
        headers = [_without_offer(*header) for header in self.headers if header[0] not in _OFFERS]
        head = b"%s %s HTTP/%s\r\n" % (method, self.url, version)
        lines = b"".join(b"%s: %s\r\n" % header for header in headers)
        self.parser = httptools.HttpRequestParser(self)
        self.data_received(head + lines + b"\r\n" + rest)


def _without_offer(name: bytes, value: bytes) -> tuple[bytes, bytes]:
    if name != b"connection":
        return name, value
    kept = (each.strip() for each in value.split(b","))
    return name, b", ".join(each for each in kept if each.lower() not in _OFFERS)
