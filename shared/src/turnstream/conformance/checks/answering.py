"""What a user does with an answer: retry, a page's tool, questions, widgets."""

from collections.abc import Iterator

from turnstream.conformance import requests
from turnstream.conformance.checks.check import (
    MUST,
    SHOULD,
    check,
    require,
    require_ok,
    require_refused,
    require_same,
)
from turnstream.conformance.conversation import Conversation
from turnstream.conformance.examination import Examination, NotExaminable
from turnstream.conformance.rules import SERVER, TYPES, issue
from turnstream.contracts.turns import Json


@check(
    "retry.replaces-answer",
    MUST,
    "a retry replaces what came after the message",
    issue("chatkit-js#54"),
)
async def retry(exam: Examination) -> None:
    """The message stays, the answer is a new one, and the thread is as it is shown."""
    talk = exam.conversation()
    require_ok(await talk.say(exam.plan.prompts.hello))
    before = list(talk.transcript.items)
    answer = require_ok(await talk.send(requests.retry_after(talk.thread, before[0])))
    require(not answer.of_type("error"), answer)
    after = list(talk.transcript.items)
    require(after[:1] == before[:1], f"the message {before[0]} became {after[:1]}")
    require(len(after) > 1, "there is no new answer")
    old = [each for each in before[1:] if each in [item["id"] for item in answer.items]]
    require(not old, f"the new answer has ids of the old one: {old}")
    await require_same(talk)


@check(
    "client-tool.output", MUST, "a page's tool is waited for, and its output is answered", SERVER
)
async def client_tool_output(exam: Examination) -> None:
    """The call is stored as completed, with the output."""
    talk = await _waiting(exam)
    answer = require_ok(
        await talk.send(requests.client_tool_output(talk.thread, {"success": True, "n": None}))
    )
    require(not answer.of_type("error"), answer)
    call = talk.items("client_tool_call")[0]
    require(answer.events, "the stream is empty")
    require(call["status"] == "completed", f"it is {call['status']}")
    await require_same(talk)


@check(
    "client-tool.late-output",
    MUST,
    "a message may overtake a page's tool; its late output does no harm",
    issue("chatkit-js#107"),
)
async def late_output(exam: Examination) -> None:
    """The message is answered; the output is taken or refused."""
    talk = await _waiting(exam)
    require_ok(await talk.say(exam.plan.prompts.hello))
    late = await exam.ask(requests.client_tool_output(talk.thread, {"success": True}))
    require(late.is_refusal or (late.is_stream and not late.cut), late)
    require_ok(await exam.ask(requests.message(exam.plan.prompts.hello, talk.thread)))


@check(
    "structured-input.answer", MUST, "a question is answered once, and the answer is stored", TYPES
)
async def structured_input(exam: Examination) -> None:
    """The item is replaced by the answered one; a second answer is refused."""
    talk = exam.conversation()
    require_ok(await talk.say(exam.plan.prompts.question))
    pending = [each for each in talk.items("structured_input") if each["status"] == "pending"]
    if not pending:
        raise NotExaminable(f"no question came of {exam.plan.prompts.question!r}")
    answers = {each["id"]: {"values": [_choice(each)]} for each in pending[0]["inputs"]}
    request = requests.structured_input(talk.thread, pending[0]["id"], answers, "answered")
    answer = require_ok(await talk.send(request))
    replaced = [each["item"]["status"] for each in answer.of_type("thread.item.replaced")]
    require(replaced[:1] == ["answered"], f"replaced items are {replaced}")
    await require_same(talk)
    require_refused(await exam.ask(request))


@check(
    "action.unknown",
    MUST,
    "an action that nobody knows ends in an error, a refusal or nothing",
    SERVER,
)
async def unknown_action(exam: Examination) -> None:
    """Its stream is whole all the same."""
    talk = await exam.first()
    answer = await exam.ask(requests.custom_action(talk.thread, "conformance.probe", {"n": 1}))
    require(answer.is_refusal or (answer.is_stream and not answer.cut), answer)


@check(
    "action.sync-unknown",
    MUST,
    "a sync action that nobody knows gets JSON or a refusal",
    issue("chatkit-python#112"),
)
async def unknown_sync_action(exam: Examination) -> None:
    """Its answer is a JSON object, or a refusal."""
    talk = await exam.first()
    request = requests.custom_action(talk.thread, "conformance.probe", {"n": 1}, sync=True)
    answer = await exam.ask(request)
    require(answer.is_refusal or isinstance(answer.json, dict), answer)
    require(answer.status == 200 or answer.is_refusal, answer)


@check(
    "action.widget",
    MUST,
    "a widget's action works, and the thread is as it is shown",
    issue("chatkit-python#105"),
)
async def widget_action(exam: Examination) -> None:
    """What the action changed is stored."""
    talk = exam.conversation()
    require_ok(await talk.say(exam.plan.prompts.widget))
    found = [(w["id"], each) for w in talk.items("widget") for each in _actions(w["widget"])]
    if not found:
        raise NotExaminable(f"no widget with an action came of {exam.plan.prompts.widget!r}")
    item_id, action = found[0]
    payload = action.get("payload")
    answer = await talk.send(
        requests.custom_action(talk.thread, str(action["type"]), payload, item_id)
    )
    require_ok(answer)
    require(not answer.of_type("error"), answer)
    await require_same(talk)


@check("feedback.accepted", SHOULD, "items.feedback takes a user's rating", SERVER)
async def feedback(exam: Examination) -> None:
    """The buttons below an answer send it."""
    talk = await exam.first()
    items = [each for each in talk.transcript.items.values() if each["type"] != "user_message"]
    for kind in ("positive", "negative"):
        require_ok(await exam.ask(requests.feedback(talk.thread, [items[0]["id"]], kind)))


@check("feedback.unknown-item", SHOULD, "a rating of what is not there is refused", SERVER)
async def feedback_unknown(exam: Examination) -> None:
    """Otherwise anybody rates anything."""
    talk = await exam.first()
    require_refused(
        await exam.ask(requests.feedback(talk.thread, ["msg_that_never_was"], "positive"))
    )


async def _waiting(exam: Examination) -> Conversation:
    """A thread whose last item is a call of a page's tool."""
    talk = exam.conversation()
    require_ok(await talk.say(exam.plan.prompts.client_tool))
    calls = talk.items("client_tool_call")
    if not calls or calls[-1]["status"] != "pending":
        raise NotExaminable(f"no tool of the page was called by {exam.plan.prompts.client_tool!r}")
    return talk


def _choice(question: Json) -> str:
    options = question.get("options")
    return str(options[0]["value"]) if options else "conformance"


def _actions(node: object) -> Iterator[Json]:
    """The actions in a widget that go to the server as streams."""
    if isinstance(node, dict):
        for name, child in node.items():
            is_action = name.startswith("on") and name.endswith("Action")
            if is_action and isinstance(child, dict) and "type" in child:
                if child.get("handler", "server") == "server" and child.get("streaming", True):
                    yield child
            else:
                yield from _actions(child)
    elif isinstance(node, list):
        for child in node:
            yield from _actions(child)
