"""What is said in every line that is logged for a request, a turn or a call.

Middleware or a subscriber calls `enter()` when something comes in, and `bind()` when it learns
more. What is bound belongs to the task and to the tasks that it starts. Calls to the store carry
it in a header.
"""

import re
from collections.abc import Mapping

from structlog.contextvars import bind_contextvars, clear_contextvars, get_contextvars

HEADER = "Turnstream-Log"
"""The header that says for what a call to the store is made."""
_CARRIED = ("request_id", "thread_id", "turn_id", "attempt")
ID = re.compile(r"[A-Za-z0-9_.:-]{1,64}")
"""What can be an id, and stands in a header as it is. Anybody may write anything where an id is
expected."""
_LONGEST = 1000
"""Characters of the header that are read: far more than four ids have."""
_ID_FIELDS = {"turns": "turn_id", "threads": "thread_id"}


def enter(**facts: str | int | None) -> None:
    """Begin anew: what was bound before belonged to something else."""
    clear_contextvars()
    bind(**facts)


def bind(**facts: str | int | None) -> None:
    """Say these in the lines that follow. What can't be an id is left out: it may be any text."""
    bind_contextvars(
        **{name: fact for name, fact in facts.items() if fact and ID.fullmatch(str(fact))}
    )


def header_line() -> str:
    """The line of a request's head that tells the store; empty outside of every door."""
    bound = get_contextvars()
    carried = "&".join(f"{name}={bound[name]}" for name in _CARRIED if name in bound)
    return f"{HEADER}: {carried}\r\n" if carried else ""


def carried_by(header: str) -> Mapping[str, str]:
    """What a caller told by that header."""
    pairs = (each.partition("=") for each in header[:_LONGEST].split("&"))
    return {name: fact for name, _, fact in pairs if name in _CARRIED and ID.fullmatch(fact)}


def ids_in(path: str) -> Mapping[str, str]:
    """The turn or the thread that the path of a request names."""
    _, _, rest = path.partition("/")
    noun, _, rest = rest.partition("/")
    id_ = rest.partition("/")[0]
    return {_ID_FIELDS[noun]: id_} if noun in _ID_FIELDS and ID.fullmatch(id_) else {}
