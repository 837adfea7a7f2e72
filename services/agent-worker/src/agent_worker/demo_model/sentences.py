"""The plain sentences that the demo model understands. Every function here is pure."""

import re
from collections.abc import Callable

from agent_worker.demo_model.conversation import Conversation
from agent_worker.demo_model.outcomes import tell
from agent_worker.demo_model.plans import Call, Offered, Plan, Say, call

HINTS = {
    "get_weather": '"weather in Oslo"',
    "save_fact": '"I live in Oslo"',
    "switch_theme": '"dark theme please"',
    "long_running_task": '"run a long task for 5 seconds"',
}
"""What to say to have a tool called."""
THOUGHT = (
    "The question asks for reasons. I am the demo model, so I cannot know; "
    "I can show how a thought streams before its answer."
)
LONGEST_COUNT = 1000
"""A bound on `count to N`: long enough for any trial of Stop, reload or a crash."""
USUAL_TASK_SECONDS = 5
"""How long a long task takes when the user does not say: visible, but not boring."""
TITLE_WORDS = 6
"""What fits on a line of the history list."""

_WEATHER = re.compile(
    r"\bweather\b(?:[^.?!]*?\b(?:in|for|at)\s+(?P<place>[^.?!,;]+))?", re.IGNORECASE
)
_WHEN = re.compile(r"\s+(?:today|tonight|tomorrow|now|right now|please|this week)$", re.IGNORECASE)
_THEME = re.compile(
    r"\b(dark|light)\s+(?:theme|mode)\b"
    r"|\b(?:switch|change|turn|go|set)\b[^.?!]*?\b(dark|light)\b",
    re.IGNORECASE,
)
_LONG_TASK = re.compile(
    r"\blong\b[^.?!]*\btask\b(?:[^.?!]*?\b(?P<count>\d+)\s*(?P<unit>s|m)[a-z]*\b)?", re.IGNORECASE
)
_FACT = re.compile(
    r"\b(?:I (?:live|like|love|prefer|work|study|speak|come from)|my [\w ]+? (?:is|are)|"
    r"remember that|call me)\b[^.?!\n]+(?P<end>[.?!]?)",
    re.IGNORECASE,
)
_COUNT = re.compile(r"\bcount to (\d{1,6})\b", re.IGNORECASE)
_REASON = re.compile(r"\b(?:why|think about|think hard)\b", re.IGNORECASE)


def decide(conversation: Conversation, offered: Offered, forced: str | None = None) -> Plan:
    """What to do next: report on tools that came back, call one, or just talk.

    Only offered tools are called. `forced` names one that must be called in any case.
    """
    if conversation.outcomes:
        return Say(" ".join(tell(outcome) for outcome in conversation.outcomes))
    said = conversation.said
    plans = (rule(said, offered) for rule in _RULES)
    plan = next((plan for plan in plans if plan), Say(introduction(offered)))
    if forced and forced in offered and not (isinstance(plan, Call) and plan.tool == forced):
        return call(forced, offered[forced], {}, said)
    return plan


def introduction(offered: Offered) -> str:
    """Who is talking and what it understands, as far as there are tools for it."""
    hints = [hint for tool, hint in HINTS.items() if tool in offered]
    sentences = ", ".join([*hints, '"count to 40"'])
    return (
        "I am the demo model: I need no API key and I understand a few plain sentences. "
        f'Try {sentences} or "why is the sky blue?". '
        "Set OPENAI_API_KEY or OPENAI_BASE_URL to talk to a real model instead."
    )


def title(said: str) -> str:
    """A short title made from what the user said."""
    words = re.findall(r"[\w'’-]+", said)[:TITLE_WORDS]
    text = " ".join(words)
    return text[:1].upper() + text[1:] if text else "New conversation"


def _theme(said: str, offered: Offered) -> Plan | None:
    match = _THEME.search(said)
    if not match or "switch_theme" not in offered:
        return None
    theme = (match[1] or match[2]).lower()
    return call("switch_theme", offered["switch_theme"], {"theme": theme}, said)


def _weather(said: str, offered: Offered) -> Plan | None:
    match = _WEATHER.search(said)
    if not match or "get_weather" not in offered:
        return None
    place = _WHEN.sub("", (match["place"] or "").strip())
    if not place:
        return Say('Which place do you mean? Say for example "weather in Oslo".')
    wanted = {"location": place, "city": place, "place": place}
    return call("get_weather", offered["get_weather"], wanted, said)


def _long_task(said: str, offered: Offered) -> Plan | None:
    match = _LONG_TASK.search(said)
    if not match or "long_running_task" not in offered:
        return None
    seconds = int(match["count"] or USUAL_TASK_SECONDS)
    seconds *= 60 if (match["unit"] or "s").lower() == "m" else 1
    wanted = {"seconds": seconds, "duration": seconds, "duration_seconds": seconds}
    return call("long_running_task", offered["long_running_task"], wanted, said)


def _fact(said: str, offered: Offered) -> Plan | None:
    match = _FACT.search(said)
    if not match or match["end"] == "?" or "save_fact" not in offered:
        return None
    fact = match[0].rstrip(".! ")
    return call("save_fact", offered["save_fact"], {"fact": fact, "text": fact}, said)


def _count(said: str, _: Offered) -> Plan | None:
    match = _COUNT.search(said)
    if not match:
        return None
    return Say(" ".join(str(n) for n in range(1, min(int(match[1]), LONGEST_COUNT) + 1)))


def _reason(said: str, offered: Offered) -> Plan | None:
    if not _REASON.search(said):
        return None
    return Say(f"That takes a real model to answer. {introduction(offered)}", thought=THOUGHT)


_RULES: tuple[Callable[[str, Offered], Plan | None], ...] = (
    _theme,
    _weather,
    _long_task,
    _fact,
    _count,
    _reason,
)
