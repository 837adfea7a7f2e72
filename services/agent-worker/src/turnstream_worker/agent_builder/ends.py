"""What users read of the end of a workflow, where no agent has said it."""

from collections.abc import Mapping

from turnstream.i18n import N_

REFUSED = N_("I can't help with that: a safety check held this back.")

_WORDS = ("output_text", "message")
"""Fields of a result that hold an answer in words. Ends of Agent Builder give one or the other."""


def is_refusal(result: object) -> bool:
    """True for what exports return when a guardrail has tripped: `failed`, in it or in a check."""
    if not isinstance(result, Mapping):
        return False
    checks = [each for each in result.values() if isinstance(each, Mapping)]
    return any(each.get("failed") is True for each in (result, *checks))


def words_of(result: object) -> str:
    """The answer that a result holds; empty where it holds none."""
    if isinstance(result, Mapping):
        result = next((result[name] for name in _WORDS if isinstance(result.get(name), str)), "")
    return result.strip() if isinstance(result, str) else ""
