"""Telling the user in a sentence what a tool answered."""

import json
from collections.abc import Mapping
from typing import Any

from agent_worker.demo_model.conversation import Outcome

LONGEST_REPORT = 400
"""Characters of a tool's output that are repeated: a report, not a copy."""


def tell(outcome: Outcome) -> str:
    """One sentence about the outcome of a tool call."""
    output = _parsed(outcome.output)
    if _failed(output):
        return f"{outcome.tool} did not succeed: {_spoken(output)}."
    match outcome.tool:
        case "switch_theme":
            return f"Done, the theme is {outcome.arguments.get('theme', 'switched')} now."
        case "save_fact" | "record_fact":
            return f"Noted{_fact(outcome.arguments)}. What else should I know about you?"
        case "get_weather":
            return _weather(output)
        case _:
            return f"{outcome.tool} answered: {_spoken(output)}."


def _weather(output: Any) -> str:
    """The weather in a sentence; the card beside it shows the rest."""
    known = output if isinstance(output, Mapping) else {}
    now = known.get("current")
    if not known.get("available", True):
        return f"I could not get the weather. {known.get('reason', '')}".strip()
    if not isinstance(now, Mapping) or "temperature" not in now:
        return f"Here is the weather: {_spoken(output)}."
    unit = "°F" if known.get("unit") == "fahrenheit" else "°C"
    sky = f", {str(now['condition']).lower()}" if "condition" in now else ""
    source = " This is sample data, not a real forecast." if known.get("sample") else ""
    return f"In {known.get('place', 'there')} it is {now['temperature']:g} {unit}{sky}.{source}"


def _fact(arguments: Mapping[str, Any]) -> str:
    values = [v for k, v in arguments.items() if not k.endswith("id") and isinstance(v, str)]
    return f": {values[0].rstrip('.')}" if values else ""


def _parsed(output: str) -> Any:
    try:
        return json.loads(output)
    except ValueError:
        return output


def _failed(output: Any) -> bool:
    if isinstance(output, Mapping):
        return bool(output.get("error") or output.get("failure")) or output.get("success") is False
    return isinstance(output, str) and output.lower().startswith(("error", "an error"))


def _spoken(output: Any) -> str:
    if isinstance(output, Mapping):
        simple = {k: v for k, v in output.items() if isinstance(v, str | int | float)}
        text = ", ".join(f"{key.replace('_', ' ')} {value}" for key, value in simple.items())
    else:
        text = output if isinstance(output, str) else json.dumps(output)
    return text[:LONGEST_REPORT].strip().rstrip(".") or "nothing"
