"""`threads.create` and `threads.add_user_message`: a message is taken, shown and answered."""

from turnstream.conformance.answers import Answer
from turnstream.conformance.checks.check import MUST, SHOULD, check, require, require_ok
from turnstream.conformance.examination import Examination
from turnstream.conformance.rules import SERVER, STORE, TYPES, issue
from turnstream.contracts.turns import Json

_LONG_ENOUGH = 16
"""Characters after an id's prefix: 64 bits as hex digits."""


async def _answers(exam: Examination) -> list[Answer]:
    """The answers to the first two messages of a thread."""
    answers = [require_ok(answer) for answer in (await exam.begun()).answers[:2]]
    require(len(answers) == 2, f"no thread was made: {answers[0]}")
    return answers


@check("create.opening", MUST, "the stream of threads.create begins with thread.created", SERVER)
async def create_opening(exam: Examination) -> None:
    """The page learns the thread's id from it."""
    first = require_ok((await exam.begun()).answers[0])
    kinds = [event.get("type") for event in first.events]
    require(kinds[:1] == ["thread.created"], f"it begins with {kinds[:3]}")


@check("message.no-second-thread", MUST, "a further message makes no further thread", SERVER)
async def no_second_thread(exam: Examination) -> None:
    """It goes where it was sent."""
    _, second = await _answers(exam)
    require(not second.of_type("thread.created"), "thread.created came again")
    wrong = {item["thread_id"] for item in second.items} - {(await exam.first()).thread}
    require(not wrong, f"items of {wrong}")


@check(
    "message.user-item", MUST, "the user's message comes first, as one done item, as sent", SERVER
)
async def user_item(exam: Examination) -> None:
    """The page shows what the server took."""
    for answer in await _answers(exam):
        kinds = [item["type"] for item in answer.items]
        require(kinds[:1] == ["user_message"], f"done items are {kinds}")
        require(kinds.count("user_message") == 1, f"done items are {kinds}")
        text = _text(answer.items[0])
        require(text == exam.plan.prompts.hello, f"said {text!r}")


@check("message.quoted-text", MUST, "a quote in a message is kept", TYPES)
async def quoted_text(exam: Examination) -> None:
    """It is part of what the user said."""
    _, second = await _answers(exam)
    quoted = second.items[0].get("quoted_text") if second.items else None
    require(quoted == "as you said", f"quoted_text is {quoted!r}")


@check("message.answered", MUST, "a message is answered, without an error", SERVER)
async def answered(exam: Examination) -> None:
    """Nothing else says more about a server."""
    for answer in await _answers(exam):
        require(not answer.of_type("error"), f"error event: {answer.of_type('error')}")
        others = [item for item in answer.items if item["type"] != "user_message"]
        require(others, f"no item of the assistant in {len(answer.events)} events")


@check("message.stream-options", SHOULD, "a stream says whether it can be stopped", SERVER)
async def stream_options(exam: Examination) -> None:
    """Without it a page shows no Stop button, or one that does nothing."""
    for answer in await _answers(exam):
        require(answer.of_type("stream_options"), "no stream_options event")


@check(
    "ids.unique", MUST, "an item of a later answer has an id of its own", issue("chatkit-python#36")
)
async def unique_ids(exam: Examination) -> None:
    """Where every message has one id, a page overwrites earlier answers."""
    talks = [await exam.first(), *await exam.crowd()]
    ids = [item["id"] for talk in talks for answer in talk.answers for item in answer.items]
    twice = {each for each in ids if ids.count(each) > 1}
    require(not twice, f"given more than once: {sorted(twice)}")
    threads = [talk.thread for talk in talks]
    require(len(set(threads)) == len(threads), f"threads {threads}")


@check("ids.long", SHOULD, "ids hold 64 random bits or more", STORE)
async def long_ids(exam: Examination) -> None:
    """With 32 bits, of 65,000 items two share an id in 39 % of cases."""
    talk = await exam.first()
    ids = [talk.thread, *talk.transcript.items]
    short = [each for each in ids if len(each.rpartition("_")[2]) < _LONG_ENOUGH]
    require(not short, f"short ids: {short[:3]}")


def _text(item: Json) -> str:
    return "".join(part.get("text", "") for part in item.get("content", []))
