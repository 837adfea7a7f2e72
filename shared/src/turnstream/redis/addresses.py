"""Where a Redis is, as an operator writes it: one server, Sentinels that know it, or a cluster.

    redis://user:password@host:6379/0               one server, also rediss:// and unix://
    redis+sentinel://host:26379,host:26379/name/0   what Sentinels call `name`
    redis+cluster://host:6379,host:6379             some nodes of a cluster

With `rediss+…` both kinds speak TLS. What stands before `@`, and the parameters after `?`, are for
the servers; `sentinel_username` and `sentinel_password` are for the Sentinels.
"""

from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit


class Kind(StrEnum):
    """How the servers behind an address work together."""

    SERVER = "server"
    SENTINEL = "sentinel"
    CLUSTER = "cluster"


_PORTS = {Kind.SERVER: 6379, Kind.SENTINEL: 26379, Kind.CLUSTER: 6379}
_SCHEMES = {
    f"redis{s}{plus}": kind
    for s in ("", "s")
    for kind, plus in (
        (Kind.SERVER, ""),
        (Kind.SENTINEL, "+sentinel"),
        (Kind.CLUSTER, "+cluster"),
    )
} | {"unix": Kind.SERVER}
_OF_SENTINELS = ("sentinel_username", "sentinel_password")


@dataclass(frozen=True)
class Address:
    """A Redis, read from its URL."""

    kind: Kind
    name: str
    """Where it is, without who asks: the same for every service of a deployment."""
    hosts: tuple[tuple[str, int], ...]
    """The Sentinels, or the nodes of a cluster that are asked first. None for one server."""
    master: str
    """What Sentinels call it."""
    url: str
    """What redis-py can read. Of Sentinels and clusters it names the first host."""
    sentinels: tuple[tuple[str, str], ...]
    """Who asks the Sentinels, as arguments of redis-py."""


@lru_cache(maxsize=64)
def address(url: str) -> Address:
    """Read a URL. Raises `ValueError`, which says what is wrong with it."""
    scheme, _, rest = url.partition("://")
    kind = _SCHEMES.get(scheme)
    if kind is None:
        raise ValueError(
            "it must begin with redis://, rediss:// or unix://, or with redis+sentinel:// or "
            "redis+cluster:// (rediss+… for TLS)"
        )
    if kind is Kind.SERVER:
        _ = urlsplit(url).port  # raises ValueError where it is none
        return Address(kind, _without_credentials(url), (), "", url, ())
    location, _, query = rest.partition("?")
    netloc, _, path = location.partition("/")
    credentials, at, named = netloc.rpartition("@")
    hosts = tuple(_host(each, _PORTS[kind]) for each in named.split(","))
    parameters = dict(parse_qsl(query, keep_blank_values=True))
    of_sentinels = tuple(
        (name.removeprefix("sentinel_"), parameters.pop(name))
        for name in _OF_SENTINELS
        if name in parameters
    )
    database, master = path, ""
    if kind is Kind.SENTINEL:
        master, _, database = path.partition("/")
        if not master:
            raise ValueError("name what the Sentinels watch, as in redis+sentinel://host/mymaster")
    elif database.strip("/0"):
        raise ValueError("a cluster has no numbered databases")
    return Address(
        kind,
        name=f"{','.join(f'{host}:{port}' for host, port in sorted(hosts))}/{path.rstrip('/')}",
        hosts=hosts,
        master=unquote(master),
        url=_plain(scheme, f"{credentials}{at}", hosts[0], f"{database or 0}", parameters),
        sentinels=of_sentinels,
    )


def split_urls(text: str) -> tuple[str, ...]:
    """URLs with commas between, of which each may name several hosts with commas between."""
    urls: list[str] = []
    for part in filter(None, (each.strip() for each in text.split(","))):
        if "://" in part or not urls:
            urls.append(part)
        else:
            urls[-1] += f",{part}"
    return tuple(urls)


def _plain(
    scheme: str, credentials: str, host: tuple[str, int], database: str, more: dict[str, str]
) -> str:
    query = f"?{urlencode(more, quote_via=quote)}" if more else ""
    plain, name = scheme.partition("+")[0], _bracketed(host[0])
    return f"{plain}://{credentials}{name}:{host[1]}/{database}{query}"


def _host(text: str, port: int) -> tuple[str, int]:
    parts = urlsplit(f"//{text}")
    if not parts.hostname:
        raise ValueError("name at least one host, such as redis+cluster://host:6379")
    return parts.hostname, parts.port or port


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _without_credentials(url: str) -> str:
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    return f"{host}{parts.path.rstrip('/') or '/0'}"
