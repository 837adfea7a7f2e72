"""Identifiers: long enough never to collide, ordered by time or derived from a cause.

The stock ChatKit ids carry 32 random bits, which collide within tens of thousands of items.
"""

import hashlib
import os
import time

PREFIXES = {
    "thread": "thr",
    "message": "msg",
    "tool_call": "tc",
    "workflow": "wf",
    "task": "tsk",
    "attachment": "atc",
    "sdk_hidden_context": "shcx",
}


def new_id(prefix: str) -> str:
    """A fresh id `<prefix>_<32 hex digits>` with the layout of a UUID version 7 (RFC 9562).

    Ids made later sort later to the millisecond; 74 bits are random.
    """
    timestamp = time.time_ns() // 1_000_000
    randomness = int.from_bytes(os.urandom(10))
    value = (timestamp & (2**48 - 1)) << 80
    value |= 0x7 << 76 | (randomness >> 68 & 0xFFF) << 64
    value |= 0b10 << 62 | (randomness & (2**62 - 1))
    return f"{prefix}_{value:032x}"


def new_thread_id(session_id: str | None = None) -> str:
    """A fresh id for a thread. One that a session begins is named as hosted ChatKit names threads.

    So a server and a page that came from there see ids that they know.
    """
    return new_id("cthr" if session_id else PREFIXES["thread"])


def derived_id(prefix: str, *cause: object) -> str:
    """The id that belongs to a cause: the same cause gives the same id in every attempt."""
    return f"{prefix}_{digest(*cause)}"


def call_key(turn_id: str, call_id: str) -> str:
    """The name of a tool call in the ledger, the same in every attempt of its turn."""
    return derived_id("call", turn_id, call_id)


def digest(*values: object) -> str:
    """128 bits, in hex, that name these values and no others."""
    text = "\x1f".join(str(each) for each in values)
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
