"""Who may do what in Redis: one user a service, with the keys, channels and commands it needs.

The rules are Redis' own, as in a file of ACL users. A group in parentheses stands alone: its
commands count for its keys and channels. Reading and writing are told apart by key (`%R~`, `%W~`),
so that they need Redis 7.0 or Valkey.
"""

import hashlib
from collections.abc import Mapping, Sequence

from turnstream.redis import topology

_LOGS, _LIVE = topology.log_key("*"), topology.log_channel("*")

_READ_LOGS = f"(%R~{_LOGS} +xrange +xrevrange)"
_WRITE_LOGS = f"(~{_LOGS} +evalsha +xadd +xrange +xrevrange +expire +pexpire)"
_ANNOUNCE = f"(&{_LIVE} +publish +spublish)"
"""Not by itself: `append.lua` announces what it has appended; on a cluster within its shard."""
_FIND = "+cluster|slots"
"""Which node of a cluster has what."""
_NOT_OURS = "~[^t]* ~t ~t[^s]* ~ts ~ts[^:]*"
"""Every key that does not begin with `ts:`."""


def _takes(stream: str) -> str:
    """From a consumer group that it makes itself if it is gone."""
    return f"(~{stream} +xreadgroup +xdel +xgroup|create)"


def _puts(stream: str) -> str:
    return f"(%W~{stream} +xadd)"


def _trims(stream: str) -> str:
    """Behind its readers."""
    return f"(~{stream} +xinfo|groups +xtrim)"


RULES: Mapping[str, Sequence[str]] = {
    "gateway": (
        f"+script|load +time {_FIND}",
        _READ_LOGS,
        f"(~{topology.rate_key('*')} +evalsha +mget +set)",
        f"(%W~{topology.SERVER_CALLS} +xadd +xdel)",
        f"(&{_LIVE} &{topology.ALWAYS} &{topology.REVOKED} &{topology.server_replies('*')}"
        " +subscribe)",
        f"(&{_LIVE} +ssubscribe)",
    ),
    "agent-worker": (
        f"+script|load +time {_FIND}",
        _WRITE_LOGS,
        _ANNOUNCE,
        _takes(topology.JOBS),
        _takes(topology.SERVER_CALLS),
        _puts(topology.TOOL_CALLS),
        f"(~{topology.replies('*')} +xread +xtrim +expire)",
        f"(%R~{topology.CATALOGUE} +get)",
        f"(&{topology.TURN_CONTROL} +subscribe)",
        f"(&{topology.server_replies('*')} &{topology.TOOL_CONTROL} +publish)",
    ),
    "tools": (
        "+multi +exec +discard",
        _takes(topology.TOOL_CALLS),
        f"(%W~{topology.replies('*')} +xadd +expire)",
        f"(%W~{topology.CATALOGUE} +set)",
        f"(&{topology.TOOL_CONTROL} +subscribe +publish)",
        # What a tool keeps by `call.redis` is its own. The last three name keys of others.
        f"({_NOT_OURS} +@read +@write -@dangerous -scan -randomkey -dbsize)",
    ),
    "store": (
        f"+script|load +pubsub|numsub +pubsub|shardnumsub +time +info {_FIND}",
        _WRITE_LOGS,
        f"(%W~{_LOGS} +del +xtrim)",
        f"(%W~{topology.rate_key('*')} +del)",
        _ANNOUNCE,
        _puts(topology.JOBS),
        f"(%R~{topology.JOBS} +xrange)",
        *map(_trims, (topology.JOBS, topology.TOOL_CALLS, topology.SERVER_CALLS)),
        f"(&{topology.TURN_CONTROL} &{topology.REVOKED} +publish)",
    ),
}
"""What each service may do beside connecting, authenticating and asking whether Redis is there."""

_EVERY_SERVICE = "+@connection +unsubscribe +sunsubscribe -@admin -@dangerous"
_ANYBODY = "user default on nopass -@all +ping"
"""Anyone who has no password may ask whether the server is there, as health checks do."""


def users_file(passwords: Mapping[str, str], default: str = _ANYBODY) -> str:
    """A file of ACL users: one for each service that a password is given for, as Redis writes it
    (`>` and the password, or `#` and its SHA-256), and the line of the default user.
    """
    lines = [
        f"user {service} on {password} {_EVERY_SERVICE} {' '.join(RULES[service])}"
        for service, password in passwords.items()
    ]
    return "\n".join([default, *lines]) + "\n"


def hashed(password: str) -> str:
    """A password as it can stand in a file."""
    return f"#{hashlib.sha256(password.encode()).hexdigest()}"
