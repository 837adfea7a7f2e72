"""One model call: whether the configured model answers, how fast, and if not, why."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import timedelta
from importlib import import_module

from turnstream.doctor.findings import Finding, failure
from turnstream.doctor.probe import Kind, Probe, Target

_LIMIT = timedelta(seconds=120)
"""A reasoning model thinks before its first word, and the SDK takes its time to be imported."""

_REMEDIES: Mapping[str, tuple[str, str]] = {
    "model_key_refused": ("it refuses the key", "Check OPENAI_API_KEY: it is for this host alone."),
    "model_out_of_credit": ("the account has no credit left", "Pay, or use another account's key."),
    "model_not_found": (
        "it has no such model at that address",
        "Set MODEL to a name that it has, and see the path in OPENAI_BASE_URL (often /v1).",
    ),
    "model_not_set_up": ("there is no model at that address", "See OPENAI_BASE_URL and MODEL_API."),
    "model_unreachable": (
        "it can't be reached",
        "See OPENAI_BASE_URL, its name in DNS, and what this machine may connect to.",
    ),
    "model_rate_limited": ("it has too much to do, or a limit is reached", "Try again later."),
    "model_unavailable": ("it has a problem right now", "Try again later."),
    "model_request_refused": (
        "it does not take the request",
        "Set MODEL_API to what it speaks: responses or chat_completions.",
    ),
    "model_unreadable": (
        "what it says can't be read",
        "Set MODEL_API to what it speaks: responses or chat_completions.",
    ),
}
"""What a failure means for the operator who sets the model up, by its code."""
_OTHER = ("the call failed", "Mend what the message names.")


async def look(_target: Target) -> Sequence[Finding]:
    """Ask the model of this environment for one word."""
    asking = await asyncio.to_thread(import_module, "turnstream_worker.probes.model_call")
    return [await asking.call_model()]


def refused(name: str, code: str, detail: str) -> Finding:
    """The finding for a failure with this code."""
    words, remedy = _REMEDIES.get(code, _OTHER)
    return failure(f"{name}: {words} [{code}] {detail}", remedy)


PROBE = Probe(Kind.APP, look, _LIMIT)
