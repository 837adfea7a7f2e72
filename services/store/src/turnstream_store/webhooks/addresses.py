"""Which addresses a webhook may reach: public ones, and those of `WEBHOOK_NETWORKS`.

Anyone who may name a URL must not reach through the store what only the store can reach. The check
is made where a socket is made, on the very address that it connects to. So it does not matter how
the URL writes the address, or that a name means another one a moment later (DNS rebinding).
"""

import socket
from collections.abc import Iterator, Sequence
from errno import EACCES
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)
from urllib.parse import urlsplit

from aiohttp import AddrInfoType
from turnstream.errors import Unprocessable

from turnstream_store.settings import StoreSettings

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

_NOT_PUBLIC: Sequence[Network] = tuple(
    ip_network(each)
    for each in (
        "168.63.129.16/32",  # Azure's own services, in every virtual machine
        "192.0.0.0/24",  # of the IETF, and Oracle's metadata
        "192.88.99.0/24",  # relays of 6to4
        "64:ff9b:1::/48",  # NAT64 of a network of one's own
        "100::/64",  # discarded
        "2001::/23",  # of the IETF, Teredo among them
        "3fff::/20",  # documentation
        "5f00::/16",  # segment routing
        "fec0::/10",  # site-local, of old
    )
)
"""What `ipaddress` takes for global, in one of the Pythons that we run on."""
_STANDS_FOR_IPV4 = (IPv6Network("::ffff:0:0/96"), IPv6Network("64:ff9b::/96"))
"""Mapped, and NAT64: the last 32 bits are the IPv4 address that is reached."""
_LAST_32_BITS = 0xFFFFFFFF


class AddressNotAllowed(OSError):
    """A webhook must not reach this address."""


class Addresses:
    """The addresses that may be reached."""

    def __init__(self, networks: Sequence[Network] = (), *, http: bool = False) -> None:
        """Public ones, and those of `networks`; `http` where TLS is not asked for."""
        self._networks = networks
        self._http = http

    @classmethod
    def of(cls, settings: StoreSettings) -> "Addresses":
        """The addresses that the settings allow."""
        networks = [ip_network(each) for each in settings.webhook_networks]
        return cls(networks, http=settings.webhook_allow_http)

    def allow(self, address: Address) -> bool:
        """True if it may be reached. 6to4 counts as both addresses, mapped and NAT64 as IPv4."""
        return _in(address, self._networks) or all(
            _is_public(each) or _in(each, self._networks) for each in _meant(address)
        )

    def check_url(self, url: str) -> None:
        """Refuse what needs no name to be resolved. Raises `Unprocessable`."""
        parts = urlsplit(url)
        if parts.scheme != "https" and not self._http:
            raise Unprocessable("A webhook must begin with https://.")
        try:
            address = ip_address(parts.hostname or "")
        except ValueError:
            return  # a name, which is looked at when it is connected to
        if not self.allow(address):
            raise Unprocessable(f"{address} is no address that a webhook may reach.")

    def socket_to(self, info: AddrInfoType) -> socket.socket:
        """A socket that is about to be connected there. Raises `AddressNotAllowed`."""
        family, kind, protocol, _, where = info
        text = str(where[0]).partition("%")[0]
        if not self.allow(ip_address(text)):
            raise AddressNotAllowed(EACCES, f"{text} is no address that a webhook may reach")
        return socket.socket(family=family, type=kind, proto=protocol)


def _in(address: Address, networks: Sequence[Network]) -> bool:
    return any(address in each for each in networks if each.version == address.version)


def _meant(address: Address) -> Iterator[Address]:
    """The addresses that are reached by this one, itself unless it only stands for another."""
    if isinstance(address, IPv4Address):
        yield address
        return
    if _in(address, _STANDS_FOR_IPV4):
        yield IPv4Address(int(address) & _LAST_32_BITS)
        return
    yield address
    if address.sixtofour is not None:
        yield address.sixtofour


def _is_public(address: Address) -> bool:
    odd = address.is_multicast or address.is_reserved or address.is_unspecified
    return address.is_global and not odd and not _in(address, _NOT_PUBLIC)
