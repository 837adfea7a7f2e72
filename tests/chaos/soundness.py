"""What must hold for a turn that was hurt: nothing lost, doubled, paid twice or done twice."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from tests.chaos.answers import TITLE, Expected, expected
from tests.chaos.world import World
from tests.support.chat_client import ChatClient, assert_transcript_matches
from tests.support.model_server import Call

IN_FLIGHT = 0.3
"""Seconds before a fault in which an answer may have ended without anyone having kept it."""
UNHEARD = 2.0
"""Seconds behind a kill in which the model may still write to a connection that nobody reads."""


@dataclass(frozen=True)
class Fault:
    """A time in which nobody could keep a model's answer that ended: it may be asked for again."""

    began: float
    over: float

    @classmethod
    def at(cls, moment: float) -> Self:
        """A process that was killed, as far as the answers it waited for go."""
        return cls(moment, moment + UNHEARD)

    def covers(self, moment: float) -> bool:
        """Whether an answer that ended then may have been lost."""
        return self.began - IN_FLIGHT <= moment <= self.over


async def assert_sound(
    world: World,
    client: ChatClient,
    message: str,
    *,
    status: str = "completed",
    faults: Sequence[Fault] = (),
) -> None:
    """The client's present turn ended once, as `status`, and is what its message asks for."""
    turn_id = await assert_ended(world, client, status)
    if status == "completed":
        assert_content(client, expected(message))
        assert_effects(world, turn_id, expected(message))
    assert_paid_once(world, message, faults)


async def assert_ended(world: World, client: ChatClient, status: str) -> str:
    """What the client shows is stored, and its turn ended once, for viewers and store alike."""
    await assert_transcript_matches(client)
    turn_id = client.turn_id
    assert turn_id is not None
    row = await world.turn(turn_id)
    assert row["status"] == status, f"turn {turn_id} is {row['status']}: {row['error']}"
    ends = {stream.ended for stream in client.streams if stream.turn_id == turn_id} - {None}
    assert ends == {status}, f"viewers were told {ends}"
    await assert_nobody_waits(world, turn_id)
    return turn_id


async def assert_nobody_waits(world: World, turn_id: str) -> None:
    """The thread of the turn is usable: no turn of it is queued or running."""
    rows = await world.query(
        "SELECT id, status FROM turns WHERE status IN ('queued', 'running') AND thread_id = "
        "(SELECT thread_id FROM turns WHERE id = $1)",
        turn_id,
    )
    assert rows == [], f"still active: {rows}"


def assert_content(client: ChatClient, wanted: Expected) -> None:
    """The thread's one turn has every text and widget exactly once, in order."""
    answer = [item for item in client.items.values() if item["type"] != "user_message"]
    texts = [
        "".join(part["text"] for part in item["content"])
        for item in answer
        if item["type"] == "assistant_message"
    ]
    assert texts == wanted.texts, f"texts {texts}, wanted {wanted.texts}"
    widgets = [item for item in answer if item["type"] == "widget"]
    assert len(widgets) == wanted.widgets, f"{len(widgets)} widgets, wanted {wanted.widgets}"
    others = [item["type"] for item in answer if item["type"] not in _SHOWN]
    assert others == ["workflow"] * bool(wanted.tools), f"also {others}"
    assert client.thread is not None
    assert client.thread["title"] == TITLE


_SHOWN = ("assistant_message", "widget")


def assert_effects(world: World, turn_id: str, wanted: Expected) -> None:
    """Every tool call had its effect exactly once."""
    effects = world.effects_of(turn_id)
    tools = sorted(tool for tool, _ in effects)
    assert tools == sorted(wanted.tools), f"effects {effects}, wanted {wanted.tools}"


def assert_paid_once(world: World, message: str, faults: Sequence[Fault]) -> None:
    """No request was answered to its end twice, unless a fault fell on the end of the first."""
    asked: defaultdict[str, list[Call]] = defaultdict(list)
    for call in world.model.calls.ended():
        if message in call.request.last_user_text:
            asked[call.request.digest].append(call)
    assert asked, f"the model was never asked about {message!r}"
    for calls in asked.values():
        for earlier in calls[:-1]:
            ended = earlier.finished or 0.0
            lost = any(fault.covers(ended) for fault in faults)
            assert lost, f"paid {len(calls)} times: {earlier.request.instructions} about {message}"
