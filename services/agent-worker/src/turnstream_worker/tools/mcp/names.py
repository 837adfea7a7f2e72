"""The name under which a model calls a tool of an MCP server.

MCP lets a tool have any name. Model APIs take letters, digits, `_` and `-`, at most 64 of them, and
each name once. A name depends on the configuration and on the tool alone, not on which servers
answer just now: another worker that goes on with a turn offers the same names.
"""

import re
from collections.abc import Collection
from hashlib import sha256

LONGEST = 64
"""Characters of a name: the limit of OpenAI's APIs, and of most others."""
_DIGITS = 8
_ODD = re.compile(r"[^A-Za-z0-9_-]+")


def offered_name(server: str, tool: str, servers: Collection[str], taken: Collection[str]) -> str:
    """`server_tool`, or a name made of it that ends with a digest of the real one.

    `servers` are the names of all configured servers, and `taken` the names of other tools. A name
    that another server could give as well gets the digest, whether or not that server has it.
    """
    plain = f"{server}_{tool}"
    ambiguous = any(len(other) > len(server) and plain.startswith(f"{other}_") for other in servers)
    safe = _ODD.sub("_", plain)
    if safe == plain and len(plain) <= LONGEST and not ambiguous and plain not in taken:
        return plain
    digest = sha256(f"{server}\0{tool}".encode("utf-8", "surrogatepass")).hexdigest()[:_DIGITS]
    return f"{safe[: LONGEST - _DIGITS - 1].rstrip('_-')}_{digest}"
