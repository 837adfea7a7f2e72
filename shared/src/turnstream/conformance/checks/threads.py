"""Reading, listing, renaming and deleting threads; what is stored is what was shown."""

from turnstream.conformance import requests
from turnstream.conformance.checks.check import MUST, check, require, require_ok, require_refused
from turnstream.conformance.examination import Examination
from turnstream.conformance.rules import SERVER, issue
from turnstream.contracts.turns import Json

_FIRST_PAGE = 20


@check(
    "thread.equals-transcript",
    MUST,
    "right after a stream the stored items are those that it showed",
    issue("openai-agents-python#1658"),
)
async def equals_transcript(exam: Examination) -> None:
    """A reload changes nothing that a user saw."""
    talk = await exam.first()
    for number, difference in enumerate(talk.kept, 1):
        require(not difference, f"after message {number}: {difference}")


@check("thread.get-by-id", MUST, "threads.get_by_id has the thread and its first items", SERVER)
async def get_by_id(exam: Examination) -> None:
    """A page opens a thread by it."""
    talk = await exam.first()
    thread = require_ok(await exam.ask(requests.get_thread(talk.thread))).document
    require(thread.get("id") == talk.thread, f"id is {thread.get('id')}")
    require(isinstance(thread.get("created_at"), str), "no created_at")
    page = thread.get("items") or {}
    shown = [item.get("id") for item in page.get("data") or []]
    wanted = list(talk.transcript.items)[:_FIRST_PAGE]
    require(shown == wanted, f"items {shown}, wanted {wanted}, oldest first")
    has_more = len(talk.transcript.items) > _FIRST_PAGE
    require(page.get("has_more") is has_more, f"has_more is {page.get('has_more')}")


@check("thread.title", MUST, "a title that a stream told is stored", SERVER)
async def title(exam: Examination) -> None:
    """The history shows what the page showed."""
    talk = await exam.first()
    thread = require_ok(await exam.ask(requests.get_thread(talk.thread))).document
    shown = (talk.transcript.thread or {}).get("title")
    require(thread.get("title") == shown, f"shown {shown!r}, stored {thread.get('title')!r}")


@check("threads.newest-first", MUST, "threads.list begins with the newest thread", SERVER)
async def newest_first(exam: Examination) -> None:
    """The page's history does."""
    await exam.first()
    talk = exam.conversation()
    require_ok(await talk.say(exam.plan.prompts.hello))
    rows = require_ok(await exam.ask(requests.list_threads(limit=3))).document.get("data") or []
    require([row.get("id") for row in rows][:1] == [talk.thread], f"it begins with {rows[:1]}")


@check("threads.update", MUST, "threads.update renames a thread, and nothing else", SERVER)
async def update(exam: Examination) -> None:
    """The new title is answered, read and listed; the items stay."""
    talk = (await exam.crowd())[0]
    before = await talk.stored()
    answer = require_ok(await exam.ask(requests.rename_thread(talk.thread, "Renamed ✓")))
    read = require_ok(await exam.ask(requests.get_thread(talk.thread))).document
    listed = await talk.walk(_threads)
    titles = [answer.document.get("title"), read.get("title")]
    titles += [row.get("title") for row in listed if row.get("id") == talk.thread]
    require(titles == ["Renamed ✓"] * 3, f"answered, read, listed: {titles}")
    require(await talk.stored() == before, "the items changed")


@check("threads.delete", MUST, "a deleted thread is gone", SERVER)
async def delete(exam: Examination) -> None:
    """It is neither read nor listed."""
    talk = exam.conversation()
    require_ok(await talk.say(exam.plan.prompts.hello))
    require_ok(await exam.ask(requests.delete_thread(talk.thread)))
    require_refused(await exam.ask(requests.get_thread(talk.thread)))
    listed = [row.get("id") for row in await talk.walk(_threads)]
    require(talk.thread not in listed, "it is still listed")


def _threads(after: str | None) -> requests.ChatRequest:
    page: Json = {"limit": 20, "order": "desc"}
    return requests.list_threads(**page, **({"after": after} if after else {}))
