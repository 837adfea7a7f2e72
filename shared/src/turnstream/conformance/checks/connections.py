"""Connections that are lost, turns that are followed and stopped, and requests sent twice."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager
from uuid import uuid4

from turnstream.conformance import requests
from turnstream.conformance.answers import Answer
from turnstream.conformance.checks.check import (
    MUST,
    SHOULD,
    check,
    require,
    require_ok,
)
from turnstream.conformance.conversation import Conversation
from turnstream.conformance.examination import Examination, NotExaminable
from turnstream.conformance.rules import TURNSTREAM, issue
from turnstream.conformance.visitor import Visitor
from turnstream.contracts.turns import Json

_NOWHERE = "turn_that_never_was"
_STOPPED_WITHIN = 10.0
"""Seconds in which a stream ends after a Stop: a person waits no longer."""
_KEPT_WITHIN = 30.0
"""Seconds in which the text of a lost connection is stored: the answer may go on that long."""
_PAUSE = 0.5
"""Seconds between two looks."""
_LONG_TEXT = 4
"""Deltas after which a slow answer is under way."""


@check(
    "disconnect.thread-usable",
    MUST,
    "a thread whose connection was lost can go on",
    issue("chatkit-js#140"),
)
async def thread_usable(exam: Examination) -> None:
    """The message is there once, and the next one is answered."""
    talk = await _dropped(exam)
    stored = [item for item in await talk.stored() if item.get("type") == "user_message"]
    require(len(stored) == 1, f"{len(stored)} messages of the user are stored")
    again = require_ok(await exam.ask(requests.message(exam.plan.prompts.hello, talk.thread)))
    require(not again.of_type("error"), again)


@check(
    "disconnect.text-kept",
    SHOULD,
    "text that was shown before the connection was lost is stored",
    issue("chatkit-python#65"),
)
async def text_kept(exam: Examination) -> None:
    """As it was then, or with the rest of the answer."""
    talk = await _dropped(exam)
    shown = talk.transcript.text()
    tries = int(min(_KEPT_WITHIN, exam.plan.target.timeout) / _PAUSE)
    for _ in range(tries):
        stored = Conversation(talk.visitor, talk.note)
        stored.transcript.load({"id": talk.thread}, await talk.stored())
        if stored.transcript.text().startswith(shown):
            return
        await asyncio.sleep(_PAUSE)
    require(False, f"shown {shown[-60:]!r}, stored {stored.transcript.text()[-60:]!r}")


@check("resume.from-start", MUST, "a turn's events can be read again", TURNSTREAM)
async def from_start(exam: Examination) -> None:
    """They are those that came first."""
    answer = await _turn(exam)
    again = await _events(exam.user, answer)
    require(again.status == 200 and not again.cut, again)
    require(
        _merged(again) == _merged(answer),
        f"{_merged(again)!s:.200} is not {_merged(answer)!s:.200}",
    )
    require(again.end == "completed", f"its end is {again.end}")


@check(
    "resume.after-position",
    MUST,
    "after a position comes exactly the rest",
    issue("chatkit-js#140"),
)
async def after_position(exam: Examination) -> None:
    """A turn is followed by `Last-Event-ID` and by `?after=`; from the last position comes the
    end alone.
    """
    answer = await _turn(exam)
    positions = [part.id for part in answer.data if part.id]
    middle = positions[len(positions) // 2]
    cut = [part.id for part in answer.data].index(middle) + 1
    rest = [part.data for part in answer.data[cut:]]
    for headers, query in (({"Last-Event-ID": middle}, ""), ({}, f"?after={middle}")):
        resumed = await _events(exam.user, answer, query, headers)
        got = [part.data for part in resumed.data]
        require(got == rest, f"after {middle}: {got!s:.200}, wanted {rest!s:.200}")
        require(resumed.end == "completed", f"its end is {resumed.end}")


@check(
    "resume.refusals",
    MUST,
    "a malformed position is 400; a turn that is not the user's is 404",
    TURNSTREAM,
)
async def resume_refusals(exam: Examination) -> None:
    """So nobody can tell whether it exists."""
    answer = await _turn(exam)
    malformed = await _events(exam.user, answer, "?after=yesterday")
    require(malformed.status == 400, malformed)
    unknown = await exam.user.call("GET", _route(exam, _NOWHERE, "events"), "an unknown turn")
    require(unknown.status == 404, unknown)
    if exam.other is not None:
        foreign = await _events(exam.other, answer)
        require(foreign.status == 404, foreign)


@check(
    "stop.ends-stream",
    MUST,
    "a Stop ends the stream soon, and what was shown is stored",
    issue("chatkit-js#104"),
)
async def stop(exam: Examination) -> None:
    """The turn ends as cancelled; a second Stop changes nothing."""
    await _turn(exam)
    talk = exam.conversation()
    async with _slow(exam) as (answer, pieces):
        async for _ in pieces:
            if answer.body.count(b"text_delta") >= _LONG_TEXT:
                break
        path = _route(exam, str(answer.turn_id), "cancel")
        stopped = [await exam.user.call("POST", path, "Stop") for _ in range(2)]
        async with asyncio.timeout(_STOPPED_WITHIN):
            async for _ in pieces:
                pass
    require(all(200 <= each.status < 300 for each in stopped), stopped)
    talk.show(answer)
    require(answer.end == "cancelled", f"its end is {answer.end}: was the answer too short?")
    difference = await talk.difference()
    require(not difference, difference)


@check(
    "idempotency.same-turn",
    MUST,
    "a request that is sent again under its key is one turn",
    TURNSTREAM,
)
async def same_turn(exam: Examination) -> None:
    """Both get the same stream, and the message is stored once."""
    await _turn(exam)
    talk, key = exam.conversation(), {"Idempotency-Key": uuid4().hex}
    request = requests.message(exam.plan.prompts.hello)
    first = require_ok(await talk.send(request, key))
    again = require_ok(await exam.user.send(request, key))
    require(first.turn_id == again.turn_id, f"turns {first.turn_id} and {again.turn_id}")
    require(_merged(first) == _merged(again), "the streams differ")
    stored = [item for item in await talk.stored() if item.get("type") == "user_message"]
    require(len(stored) == 1, f"{len(stored)} messages are stored")


async def _dropped(exam: Examination) -> Conversation:
    """A thread whose page lost its connection in the middle of an answer."""
    talk = exam.conversation()
    async with _slow(exam) as (answer, pieces):
        async for _ in pieces:
            if answer.body.count(b"text_delta") >= _LONG_TEXT:
                break
        else:
            raise NotExaminable(f"no slow answer came of {exam.plan.prompts.slow!r}")
    answer.cut = "dropped"
    talk.show(answer)
    if talk.thread_id is None:
        raise NotExaminable(f"no thread was made: {answer}")
    return talk


def _slow(exam: Examination) -> AbstractAsyncContextManager[tuple[Answer, AsyncIterator[bytes]]]:
    body = requests.encoded(requests.message(exam.plan.prompts.slow))
    return exam.user.opened("POST", exam.plan.target.url, "a slow answer", body=body)


async def _turn(exam: Examination) -> Answer:
    """The first answer, of a server that names its turns."""
    answer = (await exam.first()).answers[0]
    if answer.turn_id is None:
        raise NotExaminable("answers have no Turn-Id: turns can't be followed or stopped")
    return answer


async def _events(
    visitor: Visitor, answer: Answer, query: str = "", headers: Mapping[str, str] | None = None
) -> Answer:
    url = f"{visitor.target.base}/turns/{answer.turn_id}/events{query}"
    return await visitor.call("GET", url, "GET /turns/{id}/events", headers)


def _route(exam: Examination, turn_id: str, what: str) -> str:
    return f"{exam.plan.target.base}/turns/{turn_id}/{what}"


def _merged(answer: Answer) -> list[Json]:
    """The events, with the deltas of one text joined: how they are cut may differ."""
    merged: list[Json] = []
    for event in answer.events:
        now, before = event.get("update", {}), (merged[-1] if merged else {}).get("update", {})
        same = [{**each, "delta": ""} for each in (now, before)]
        if "delta" in now and same[0] == same[1] and event["item_id"] == merged[-1]["item_id"]:
            merged[-1] = {**event, "update": {**now, "delta": before["delta"] + now["delta"]}}
        else:
            merged.append(event)
    return merged
