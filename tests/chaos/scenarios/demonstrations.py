"""kill -9 in the middle of each demonstration of the guide: it comes to the same all the same.

A row is a conversation: the sentence of an entry of the guided tour, and what its user does next.
Two users have it, one undisturbed; the worker of the other's last step is killed.
"""

import asyncio
import re
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import orjson

from tests.chaos.scenario import Case, Outcome, Scenario, now, recovery, see_end, step
from tests.chaos.soundness import assert_ended
from tests.chaos.steps import Step, answer, mention, page_sends, press, retry, say, tool_result
from tests.chaos.world import Shape
from tests.support import files
from tests.support.chat_client import ChatClient
from tests.support.mcp.units import UNITS_BESIDE_A_WORKER
from tests.support.stock.normalize import normalize

DOCS = Path(__file__).parents[3] / "docs"
TOUR = (DOCS / "guide-tour.md", DOCS / "guide-tour-more.md")
KILLS = 3
"""Runs of each: at the beginning, in the middle and near the end of the last step's events."""
GUIDE = Shape(
    settings={
        "ASSISTANT": "turnstream_guide:create",
        "TOOLS": "",
        "OPENAI_API_KEY": "",
        "OPENAI_BASE_URL": "",
        "MODEL": "",
        "WEATHER": "sample",
        "MCP_SERVERS": UNITS_BESIDE_A_WORKER,
    }
)
ONE_EMAIL = say("send an email to ann@example.com saying hello")
TWO_EMAILS = say("send emails to ann@example.com and bob@example.com saying hello")
APPROVE = press("approval.decide", {"verdict": "approved"})
REJECT = press("approval.decide", {"verdict": "rejected"}, reason="too short")
TODO = say("Add milk to my to-do list")
TRIP = say("Plan a trip to Oslo")
BUTTONS = say("Show the action buttons")

FOLLOW_UPS: dict[str, Sequence[Step]] = {
    "email approved": (ONE_EMAIL, APPROVE),
    "email rejected": (ONE_EMAIL, REJECT),
    "email not decided": (ONE_EMAIL, say("count to 3")),
    "one of two approved": (TWO_EMAILS, APPROVE),
    "one rejected, one approved": (TWO_EMAILS, REJECT, APPROVE),
    "both approved": (TWO_EMAILS, APPROVE, APPROVE),
    "to-do added": (TODO, press("todos.add", title="bread")),
    "to-do done": (TODO, press("todos.done", done=True)),
    "to-do edited": (TODO, press("todos.edit")),
    "to-do saved": (TODO, press("todos.edit"), press("todos.rename", title="oat milk")),
    "to-do removed": (TODO, press("todos.remove")),
    "trip confirmed": (TRIP, press("trip.confirm", trip={"place": "Oslo", "travel": "train"})),
    "trip cancelled": (TRIP, press("trip.cancel")),
    "topic picked": (say("Let me pick a topic"), press("topic.pick")),
    "button pressed": (BUTTONS, press("buttons.press")),
    "click the page handled": (
        BUTTONS,
        page_sends("buttons.time_zone_read", time_zone="Asia/Taipei"),
    ),
    "questions answered": (say("Ask me some questions"), answer(q1="A support chat", q3="Time")),
    "theme switched": (say("dark theme please"), tool_result(success=True)),
    "fact recorded": (say("I live in Oslo"), tool_result(success=True)),
    "failure retried": (say("fail on purpose, so that I can retry"), retry()),
    "picture attached": (say("Look at this", (files.image(), "red.png", "image/png")),),
    "document attached": (say("Read this", (files.pdf(), "page.pdf", "application/pdf")),),
    "guide mentioned": (mention("What is this about? ", "guide:attachments"),),
    "effect sent": (say("send a client effect"),),
    "tool limited": (say("spend 500 on tea"),),
}
_ENTRY = re.compile(
    r'^## (?P<title>[^\n]+)\n.*?\*\*Say:\*\* "(?P<said>[^"]+)"', re.MULTILINE | re.DOTALL
)
_ARBITRARY = re.compile(r"[a-z]+_[0-9a-f]{16,}|\?exp=[^\"]+|\d{4}-\d\d-\d\dT[\d:.]+Z?")
"""Ids, signatures and times: what two runs of one demonstration may differ in."""


def tour() -> dict[str, Sequence[Step]]:
    """Title -> saying the sentence."""
    text = "".join(page.read_text() for page in TOUR)
    entries = re.split(r"(?=^## )", text, flags=re.MULTILINE)
    found = (_ENTRY.match(entry) for entry in entries)
    return {entry["title"].strip(): (say(entry["said"]),) for entry in found if entry}


async def demonstrate(steps: Sequence[Step], case: Case) -> Outcome:
    """Take the steps undisturbed, then with a kill in the last; it must come to the same."""
    world = case.world
    async with world.tab() as calm, world.tab() as client:
        case.clients += [calm, client]
        for one in steps:
            status, events = await _undisturbed(calm, one)
        for one in steps[:-1]:
            await _undisturbed(client, one)
        fault = await _disturbed(case, client, steps[-1], events)
        await assert_ended(world, client, status)
        wanted, shown = await kept(calm), await kept(client)
        assert shown == wanted, f"undisturbed\n{wanted}\nwith a kill\n{shown}"
        row = await world.turn(client.turn_id or "")
        note = "" if row["attempt"] > 1 else "the turn was over"
        return Outcome(recovery(client, fault), note)


async def _undisturbed(client: ChatClient, one: Step) -> tuple[str, int]:
    """How the step's turn ended, and of how many events it was."""
    seen = len(client.events)
    async with client.stream(*await one(client)) as turn:
        await see_end(client, turn)
    return client.ended or "", len(client.events) - seen


async def _disturbed(case: Case, client: ChatClient, one: Step, events: int) -> float:
    """Kill the worker after some of the step's events; when it was."""
    async with client.stream(*await one(client)) as turn:
        assert turn.turn_id is not None
        worker, _ = await asyncio.gather(
            case.world.holder(turn.turn_id), step(turn, _position(case, events))
        )
        fault = now()
        if worker is not None:
            await asyncio.to_thread(worker.kill)
        await see_end(client, turn)
    return fault


def _position(case: Case, events: int) -> int:
    share = (case.number % KILLS + case.rng.random()) / KILLS
    return int(share * events)


async def kept(client: ChatClient) -> str:
    """Everything that a user has of a conversation, in a form that two runs share."""
    items: Any = normalize(await client.all_items(client.shown))
    facts = [fact["text"] for fact in (await client.call("GET", "/facts"))["facts"]]
    emails = [mail["recipient"] for mail in (await client.call("GET", "/outbox"))["emails"]]
    kept = {"items": items, "facts": sorted(facts), "emails": sorted(emails)}
    return _ARBITRARY.sub("…", orjson.dumps(kept, option=orjson.OPT_SORT_KEYS).decode())


def _scenario(title: str, steps: Sequence[Step]) -> Scenario:
    run: Callable[[Case], Awaitable[Outcome]] = partial(demonstrate, steps)
    name = f"guide: {title[:26].rstrip(' ,.')}"
    return Scenario(
        name, "kill -9 in its middle, and it comes to the same", run, KILLS, shape=GUIDE
    )


SCENARIOS = [_scenario(title, steps) for title, steps in {**tour(), **FOLLOW_UPS}.items()]
