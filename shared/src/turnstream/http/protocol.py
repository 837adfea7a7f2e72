"""HTTP/1.1 as our services speak it: no connection ever changes to another protocol.

A client may offer one (`curl --http2` sends `Upgrade: h2c` with every request); a server that does
not take it answers as if nothing had been offered (RFC 9110, 7.8). uvicorn's parser stops at such
a head instead, and the body behind it is lost.
"""

import httptools
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

_OFFERS = (b"upgrade", b"http2-settings")
"""The headers of an offer; `Connection` names them."""


class PlainHttpProtocol(HttpToolsProtocol):
    """uvicorn's protocol, for which an offer to upgrade is a request like any other."""

    def data_received(self, data: bytes) -> None:
        """Part of asyncio: parse what came, and start what is asked."""
        self._unset_keepalive_if_required()
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade as offer:
            self._decline(data[offer.args[0] :])
        except httptools.HttpParserError:
            self.send_400_response("Invalid HTTP request received.")

    def _should_upgrade(self) -> bool:
        """True: what the parser takes for another protocol starts no request; `_decline` does."""
        return True

    def _decline(self, rest: bytes) -> None:
        """Parse the request again without the offer, and then what came behind its head."""
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
