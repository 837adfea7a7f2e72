"""What the user of a Redis may do, tried with commands that have no effect.

A server checks the rights of a user before the arguments. So each trial uses an unused key or an
invalid argument, and the kind of error shows whether the right is there. Nothing is written,
removed or announced.
"""

from collections.abc import Mapping, Sequence

from redis.asyncio import Redis
from redis.exceptions import NoPermissionError, ResponseError

from turnstream.doctor.findings import Finding, failure, ok
from turnstream.redis import topology

Command = Sequence[str]

_LOG = topology.log_key("turn_doctor")
_LIVE = topology.log_channel("turn_doctor")
_RATE = topology.rate_key("doctor")
_REPLIES = topology.replies("doctor")
_NO_SCRIPT = "0" * 40
"""A digest that no script has."""

_LOAD: Command = ("SCRIPT", "LOAD", "(")
"""It does not compile."""
_TIME: Command = ("TIME",)
_FIND: Command = ("CLUSTER", "SLOTS")


def _add(stream: str) -> Command:
    """An entry with an id that no stream takes."""
    return ("XADD", stream, "NOMKSTREAM", "0-0", "field", "value")


def _take(stream: str) -> Sequence[Command]:
    return (
        ("XREADGROUP", "GROUP", "doctor", "doctor", "COUNT", "1", "STREAMS", stream, ">"),
        ("XDEL", stream, "0-0"),
        ("XGROUP", "CREATE", stream, "doctor", "no-id"),
    )


def _trim(stream: str) -> Sequence[Command]:
    """A trial that trims a stream to a length that none has."""
    return ("XINFO", "GROUPS", stream), ("XTRIM", stream, "MAXLEN", "-1")


def _script(key: str) -> Command:
    return ("EVALSHA", _NO_SCRIPT, "1", key)


_READ_LOGS: Sequence[Command] = (
    ("XRANGE", _LOG, "-", "+", "COUNT", "1"),
    ("XREVRANGE", _LOG, "+", "-", "COUNT", "1"),
)
_WRITE_LOGS: Sequence[Command] = (
    *_READ_LOGS,
    _script(_LOG),
    _add(_LOG),
    ("EXPIRE", _LOG, "1"),
    ("PEXPIRE", _LOG, "1"),
    ("PUBLISH", _LIVE, ""),
    ("SPUBLISH", _LIVE, ""),
)

TRIALS: Mapping[str, Sequence[Command]] = {
    "gateway": (
        _LOAD,
        _TIME,
        _FIND,
        *_READ_LOGS,
        _script(_RATE),
        ("MGET", _RATE),
        ("SET", _RATE, "", "NX", "XX"),
        _add(topology.SERVER_CALLS),
        ("XDEL", topology.SERVER_CALLS, "0-0"),
    ),
    "agent-worker": (
        _LOAD,
        _TIME,
        _FIND,
        *_WRITE_LOGS,
        *_take(topology.JOBS),
        *_take(topology.SERVER_CALLS),
        _add(topology.TOOL_CALLS),
        ("XREAD", "COUNT", "1", "STREAMS", _REPLIES, "0-0"),
        ("XTRIM", _REPLIES, "MAXLEN", "0"),
        ("EXPIRE", _REPLIES, "1"),
        ("GET", topology.CATALOGUE),
    ),
    "tools": (
        ("MULTI",),
        ("DISCARD",),
        ("EXEC",),
        *_take(topology.TOOL_CALLS),
        _add(_REPLIES),
        ("EXPIRE", _REPLIES, "1"),
        ("SET", topology.CATALOGUE, "", "NX", "XX"),
        ("GET", "doctor"),
        ("SET", "doctor", "", "NX", "XX"),
    ),
    "store": (
        _LOAD,
        _TIME,
        _FIND,
        ("INFO", "memory"),
        ("PUBSUB", "NUMSUB", _LIVE),
        ("PUBSUB", "SHARDNUMSUB", _LIVE),
        *_WRITE_LOGS,
        ("DEL", _LOG),
        ("XTRIM", _LOG, "MAXLEN", "0"),
        ("DEL", _RATE),
        _add(topology.JOBS),
        ("XRANGE", topology.JOBS, "-", "-"),
        *_trim(topology.JOBS),
        *_trim(topology.TOOL_CALLS),
        *_trim(topology.SERVER_CALLS),
    ),
}
"""For each service a trial of each command that it needs. A test holds them against the rules that
deploy/redis/users.acl is made of; subscribing and announcing on the channels of all is left out."""


async def rights(client: "Redis") -> list[Finding]:
    """The services for which this user may be used."""
    refused = {service: await _refused(client, trials) for service, trials in TRIALS.items()}
    fit = [service for service, commands in refused.items() if not commands]
    if len(fit) == len(TRIALS):
        return [ok("its user may do what every service needs")]
    if fit:
        return [ok(f"its user may do what the service {' and '.join(fit)} needs, not what all do")]
    nearest = min(refused, key=lambda service: len(refused[service]))
    lacking = ", ".join(refused[nearest])
    remedy = "Give each service its user of deploy/redis/users.acl, as this release has it."
    if len(refused[nearest]) <= 2:
        return [failure(f"its user is not let to do what {nearest} needs: {lacking}", remedy)]
    return [failure(f"its user has the rights of no service; {nearest} lacks {lacking}", remedy)]


async def _refused(client: "Redis", trials: Sequence[Command]) -> list[str]:
    """What the user is not let to do, as `XADD ts:jobs`."""
    names = []
    for command in trials:
        try:
            await client.execute_command(*command)  # type: ignore[no-untyped-call]
        except NoPermissionError:
            names.append(" ".join(command[:2]))
        except ResponseError:
            pass  # refused for its arguments: the right is there
    return names
