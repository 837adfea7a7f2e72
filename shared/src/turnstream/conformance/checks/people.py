"""Several threads at once, and several users."""

import asyncio

from turnstream.conformance import requests
from turnstream.conformance.checks.check import (
    MUST,
    check,
    require,
    require_ok,
    require_refused,
    require_same,
)
from turnstream.conformance.conversation import Conversation
from turnstream.conformance.examination import Examination, NotExaminable
from turnstream.conformance.requests import ChatRequest
from turnstream.conformance.rules import STORE, issue
from turnstream.conformance.visitor import Visitor

_GUIDE = "https://platform.openai.com/docs/guides/custom-chatkit"


@check("threads.side-by-side", MUST, "threads that are answered at once do not mix", STORE)
async def side_by_side(exam: Examination) -> None:
    """Each shows and stores its own items."""
    for talk in await exam.crowd():
        require_ok(talk.answers[0])
        own = [item["thread_id"] == talk.thread for item in talk.transcript.items.values()]
        require(all(own), f"items of other threads in {talk.thread}")
        await require_same(talk)


@check(
    "thread.two-at-once",
    MUST,
    "of two messages sent at once none is lost or taken twice",
    issue("chatkit-js#95"),
)
async def two_at_once(exam: Examination) -> None:
    """One may be refused, then it is not there."""
    talk = exam.conversation()
    require_ok(await talk.say(exam.plan.prompts.hello))
    texts = [f"{exam.plan.prompts.hello}: {number}" for number in (1, 2)]
    answers = await asyncio.gather(
        *(exam.ask(requests.message(text, talk.thread)) for text in texts)
    )
    stored = [str(item) for item in await talk.stored() if item.get("type") == "user_message"]
    for text, answer in zip(texts, answers, strict=True):
        require(answer.is_refusal or (answer.is_stream and not answer.cut), answer)
        count = sum(repr(text) in item for item in stored)
        require(count == (1 if answer.is_stream else 0), f"{text!r} is stored {count} times")


@check("isolation.read", MUST, "nobody reads a thread of another user", _GUIDE)
async def read(exam: Examination) -> None:
    """It looks as if it was not there."""
    other, talk = _other(exam), await exam.first()
    for request in (requests.get_thread(talk.thread), requests.list_items(talk.thread)):
        require_refused(await exam.ask(request, other))


@check(
    "isolation.list",
    MUST,
    "nobody is shown that a thread of another user exists",
    issue("chatkit-python#108"),
)
async def listed(exam: Examination) -> None:
    """Neither in the list nor by a cursor."""
    other, talk = _other(exam), await exam.first()
    for page in ({"limit": 50}, {"limit": 50, "after": talk.thread}):
        answer = await exam.ask(requests.list_threads(**page), other)
        require(answer.is_refusal or answer.status == 200, answer)
        ids = [row.get("id") for row in answer.document.get("data") or []]
        require(talk.thread not in ids, f"{page}: {ids}")


@check("isolation.write", MUST, "nobody changes a thread of another user", _GUIDE)
async def write(exam: Examination) -> None:
    """Every way is refused, and the thread is as it was."""
    other, talk = _other(exam), await exam.first()
    before = await talk.stored()
    for request in _changes(talk):
        answer = await exam.ask(request, other)
        if request.type != "threads.delete":  # to delete what is not there may well succeed
            require_refused(answer)
    require(await exam.has_thread(talk.thread), "it is gone")
    require(await talk.stored() == before, "its items changed")


@check("isolation.anonymous", MUST, "without credentials nothing is answered", _GUIDE)
async def anonymous(exam: Examination) -> None:
    """Where credentials are what the server goes by."""
    if not exam.plan.identified:
        raise NotExaminable("no --bearer was given")
    async with Visitor(exam.plan.target._replace(headers={})) as nobody:
        answer = await nobody.send(requests.list_threads())
    require(answer.status in (401, 403), answer)


def _other(exam: Examination) -> Visitor:
    if exam.other is None:
        raise NotExaminable("no second user: see --other-bearer and --other-header")
    return exam.other


def _changes(talk: Conversation) -> list[ChatRequest]:
    thread, message = talk.thread, talk.user_message["id"]
    return [
        requests.rename_thread(thread, "Taken over"),
        requests.message("hello", thread),
        requests.retry_after(thread, message),
        requests.client_tool_output(thread, {}),
        requests.custom_action(thread, "conformance.probe"),
        requests.custom_action(thread, "conformance.probe", sync=True),
        requests.feedback(thread, [message], "negative"),
        requests.delete_thread(thread),
    ]
