"""Where webhooks may go: what is public, and what an operator allows besides."""

import socket
from ipaddress import IPv6Address, ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st
from turnstream.errors import Unprocessable
from turnstream_store.webhooks.addresses import Addresses, AddressNotAllowed

PUBLIC = Addresses()

REFUSED = (
    "127.0.0.1",
    "127.8.8.8",
    "0.0.0.0",
    "10.1.2.3",
    "172.16.0.1",
    "192.168.1.1",
    "169.254.169.254",  # metadata of most clouds
    "100.100.100.200",  # of Alibaba's
    "168.63.129.16",  # Azure's own
    "192.0.0.192",  # of Oracle's
    "192.0.2.1",
    "198.18.0.1",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::7f00:1",
    "::ffff:127.0.0.1",
    "::ffff:169.254.169.254",
    "64:ff9b::7f00:1",
    "64:ff9b::a9fe:a9fe",
    "64:ff9b:1::1",
    "2002:7f00:1::",
    "2002:a9fe:a9fe::1",
    "2001:0:4136:e378:8000:63bf:3fff:fdd2",  # Teredo
    "2001:db8::1",
    "fd00:ec2::254",  # metadata, once more
    "fe80::1",
    "fec0::1",
    "ff02::1",
)
ALLOWED = ("93.184.215.14", "1.1.1.1", "2606:4700::1111", "::ffff:1.1.1.1", "64:ff9b::101:101")


@pytest.mark.parametrize("address", REFUSED)
def test_an_address_that_is_not_public_is_refused(address: str) -> None:
    """In whatever form it is written, and whatever carries it."""
    assert not PUBLIC.allow(ip_address(address))


@pytest.mark.parametrize("address", ALLOWED)
def test_a_public_address_is_allowed(address: str) -> None:
    assert PUBLIC.allow(ip_address(address))


@given(st.ip_addresses(v=4))
def test_ipv6_carries_nowhere_that_ipv4_does_not_reach(address: object) -> None:
    """Mapped, compatible, NAT64 and 6to4: allowed at most where the IPv4 address is."""
    number = int(ip_address(str(address)))
    allowed = PUBLIC.allow(ip_address(number))
    assert PUBLIC.allow(ip_address(f"::ffff:{ip_address(number)}")) == allowed
    assert PUBLIC.allow(ip_address((0x64FF9B << 96) | number)) == allowed
    assert PUBLIC.allow(ip_address((0x2002 << 112) | (number << 80))) <= allowed
    assert not PUBLIC.allow(IPv6Address(number))


def test_a_network_of_the_operators_is_allowed() -> None:
    """That one, and no more; an address that IPv6 carries there counts as well."""
    ours = Addresses([ip_network("10.1.0.0/16")])
    assert ours.allow(ip_address("10.1.2.3"))
    assert ours.allow(ip_address("::ffff:10.1.2.3"))
    assert not ours.allow(ip_address("10.2.0.1"))


@pytest.mark.parametrize(
    "url",
    ["http://example.com/", "https://127.0.0.1/", "https://[::ffff:7f00:1]/", "https://10.0.0.8"],
)
def test_a_url_that_needs_no_look_at_names_is_refused_at_once(url: str) -> None:
    with pytest.raises(Unprocessable):
        PUBLIC.check_url(url)


def test_a_socket_is_made_to_allowed_addresses_alone() -> None:
    """This is what the connection goes through, after the name was resolved."""
    stream = (socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP, "")
    with PUBLIC.socket_to((*stream, ("1.1.1.1", 443))) as made:
        assert made.family == socket.AF_INET
    with pytest.raises(AddressNotAllowed, match=r"127\.0\.0\.1"):
        PUBLIC.socket_to((*stream, ("127.0.0.1", 443)))
    local = (socket.AF_INET6, socket.SOCK_STREAM, socket.IPPROTO_TCP, "")
    with pytest.raises(AddressNotAllowed):
        PUBLIC.socket_to((*local, ("fe80::1%lo", 443, 0, 1)))
