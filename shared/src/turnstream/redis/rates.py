"""Requests counted against rates in Redis, for all gateways together, in one call for each."""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from importlib.resources import files
from typing import NamedTuple, Protocol
from urllib.parse import quote

from redis.asyncio import Redis

from turnstream.contracts.identity import Principal
from turnstream.contracts.owner import Owner
from turnstream.contracts.rates import Rate, RequestKind
from turnstream.redis.batched_script import BatchedScript
from turnstream.redis.topology import rate_key

_US = timedelta(microseconds=1)


class Limit(NamedTuple):
    """A rate that a request counts against."""

    name: str
    """The name that users are told."""
    key: str
    rate: Rate
    cost: int = 1
    """Units that the request takes; never more than there are, or it could not come at all."""

    @property
    def arguments(self) -> tuple[int, int, int]:
        """Microseconds in which a unit grows back, units at once, units of this request.

        Rounded up, so that a rate that does not divide its period lets no request more come.
        """
        amount, period = self.rate
        return -(-(period // _US) // amount), amount, min(self.cost, amount)


def key_of(whose: str, counted: str) -> str:
    """The key of a rate. What one call counts is all of one tenant, or of one address.

    The hash tag keeps it on one node of a cluster; it is quoted, because a name may hold the brace
    that would end it.
    """
    return rate_key(f"{{{quote(whose, safe='')}}}:{counted}")


def user_key(owner: Owner, kind: RequestKind) -> str:
    """The key of a user's rate for a kind of requests."""
    return key_of(owner.tenant, f"{kind}:{owner.user}")


def session_key(principal: Principal) -> str:
    """The key of a session's rate. A verifier of an app's may give limits without a session: then
    they are the user's.
    """
    whose = principal.session_id or f"of:{principal.user}"
    return key_of(principal.tenant, f"session:{whose}")


def keys_of_user(owner: Owner) -> list[str]:
    """Every key of a rate that names a user, for an erasure."""
    alone = Principal(tenant=owner.tenant, user=owner.user)
    return [*(user_key(owner, kind) for kind in RequestKind), session_key(alone)]


class RateState(NamedTuple):
    """How a limit stands when a request was counted."""

    limit: Limit
    remaining: int
    """Units that may come at once."""
    reset: float
    """Seconds until all of them may."""
    wait: float
    """Seconds until this request may come; 0 where this limit lets it."""


class RateDecision(NamedTuple):
    """What became of a request that was counted against some limits."""

    allowed: bool
    states: tuple[RateState, ...] = ()

    @property
    def refusing(self) -> RateState:
        """The limit that lets the request in last. Of a refused request."""
        return max(self.states, key=lambda each: each.wait)

    @classmethod
    def of(cls, limits: Iterable[Limit], allowed: bool, numbers: Sequence[float]) -> "RateDecision":
        """From three numbers a limit: units left, and microseconds of `reset` and `wait`."""
        triples = zip(limits, numbers[::3], numbers[1::3], numbers[2::3], strict=True)
        return cls(
            allowed,
            tuple(
                RateState(limit, int(left), reset / 1e6, max(0.0, wait / 1e6))
                for limit, left, reset, wait in triples
            ),
        )


class Counter(Protocol):
    """Counts requests against rates."""

    async def count(self, limits: Sequence[Limit]) -> RateDecision:
        """Count a request against all of these limits, or against none if one refuses it.

        In any interval at most `amount` units pass, plus those refilled in it at an even pace. Two
        limits of a request have different keys.
        """
        ...


class Rates:
    """A `Counter` in Redis, by the clock of Redis. A rate that is not used leaves nothing.

    One script reads, decides and writes, and Redis runs no other command meanwhile: of any number
    of gateways that count at the same moment each sees what the one before it counted. The keys of
    one call share a hash tag, so that they are on one node of a cluster.
    """

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        script = files("turnstream.redis").joinpath("rate.lua").read_bytes()
        self._script = BatchedScript(script)

    async def count(self, limits: Sequence[Limit]) -> RateDecision:
        """Part of `Counter`. Raises what Redis raises while it is away."""
        if not limits:
            return RateDecision(allowed=True)
        arguments = [number for limit in limits for number in limit.arguments]
        keys = [each.key for each in limits]
        allowed, *numbers = await self._script(self._redis, keys, arguments)
        return RateDecision.of(limits, bool(allowed), numbers)
