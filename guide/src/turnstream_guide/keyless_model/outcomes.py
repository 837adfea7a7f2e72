"""Telling the user in a sentence what a tool answered."""

import json
from collections.abc import Mapping

from turnstream.i18n import N_, Translate

from turnstream_guide.keyless_model.conversation import ToolOutcome

THEMES = (N_("dark"), N_("light"))
"""What the theme tool is asked for: only here so that the words get translated."""
LONGEST_REPORT = 400
"""Characters of a tool's output that are repeated: a report, not a copy."""


def tell(outcome: ToolOutcome, _: Translate) -> str:
    """One sentence about the outcome of a tool call: its own `summary` where it has one."""
    output = _parsed(outcome.output)
    if _failed(output):
        failed = _("`{tool}` did not succeed: {reason}.")
        return failed.format(tool=outcome.tool, reason=_reason(output))
    if isinstance(output, Mapping) and isinstance(output.get("summary"), str):
        return str(output["summary"])
    match outcome.tool:
        case "switch_theme":
            done = _("Done, the theme is {theme} now.")
            return done.format(theme=_(str(outcome.arguments.get("theme", "switched"))))
        case "save_fact" | "record_fact":
            noted = _("Noted: {fact}. What else should I know about you?")
            return noted.format(fact=_fact(outcome.arguments))
        case _:
            return _("`{tool}` answered: {output}.").format(
                tool=outcome.tool, output=_spoken(output)
            )


def _fact(arguments: Mapping[str, object]) -> str:
    values = [v for k, v in arguments.items() if not k.endswith("id") and isinstance(v, str)]
    return values[0].rstrip(".") if values else "…"


def _parsed(output: str) -> object:
    try:
        return json.loads(output)
    except ValueError:
        return output


def _failed(output: object) -> bool:
    if isinstance(output, Mapping):
        return bool(output.get("error") or output.get("failure")) or output.get("success") is False
    return isinstance(output, str) and output.lower().startswith(("error", "an error"))


def _reason(output: object) -> str:
    """What a failure says of itself in words, where it does."""
    fields = output if isinstance(output, Mapping) else {}
    texts = (fields.get(name) for name in ("reason", "message", "error", "failure"))
    return _spoken(next((text for text in texts if text and isinstance(text, str)), output))


def _spoken(output: object) -> str:
    if isinstance(output, Mapping):
        simple = {k: v for k, v in output.items() if isinstance(v, str | int | float)}
        text = ", ".join(f"{key.replace('_', ' ')} {value}" for key, value in simple.items())
    else:
        text = output if isinstance(output, str) else json.dumps(output)
    return text[:LONGEST_REPORT].strip().rstrip(".") or "nothing"
