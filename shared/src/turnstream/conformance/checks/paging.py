"""Pages of items and threads: every row once, in order, and an end."""

from turnstream.conformance import requests
from turnstream.conformance.checks.check import MUST, SHOULD, check, require, require_ok
from turnstream.conformance.conversation import Conversation
from turnstream.conformance.examination import Examination
from turnstream.conformance.rules import STORE
from turnstream.contracts.turns import Json

_MANY = 10**9


@check("paging.items", MUST, "pages of items hold every item once, in both orders", STORE)
async def items(exam: Examination) -> None:
    """Whatever the limit."""
    talk = await exam.first()
    ids = list(talk.transcript.items)
    for order, wanted in (("asc", ids), ("desc", ids[::-1])):
        for limit in (1, 3):
            paged = await _ids(talk, limit, order)
            require(paged == wanted, f"{order} by {limit}: {paged}, wanted {wanted}")


@check(
    "paging.limit", MUST, "a page has no more rows than were asked for, and says if it ends", STORE
)
async def limit(exam: Examination) -> None:
    """`has_more` is true exactly when rows follow."""
    talk = await exam.first()
    count = len(talk.transcript.items)
    for size in (1, count):
        page = require_ok(await exam.ask(talk.page(size, "asc", None))).document
        rows = len(page.get("data") or [])
        require(rows == size, f"{rows} rows of {count} by limit {size}")
        require(
            page.get("has_more") is (size < count),
            f"has_more after {rows} of {count}: {page.get('has_more')}",
        )


@check("paging.default-order", MUST, "without an order the newest item comes first", STORE)
async def default_order(exam: Examination) -> None:
    """This asks `items.list` alone."""
    talk = await exam.first()
    page = require_ok(await exam.ask(requests.list_items(talk.thread))).document
    ids = [row.get("id") for row in page.get("data") or []]
    wanted = list(talk.transcript.items)[::-1][: len(ids)]
    require(ids and ids == wanted, f"{ids}, wanted {wanted}")


@check(
    "paging.equal-times", MUST, "threads that were made at one moment are each listed once", STORE
)
async def equal_times(exam: Examination) -> None:
    """A cursor that is a time alone loses rows at a page's end, or shows them twice."""
    crowd = await exam.crowd()
    made = {talk.thread for talk in crowd}
    listed = await crowd[0].walk(_threads)
    ids = [row.get("id") for row in listed if row.get("id") in made]
    require(sorted(map(str, ids)) == sorted(made), f"made {sorted(made)}, listed {ids}")


@check(
    "paging.unknown-cursor", SHOULD, "after a cursor that is not in the list comes nothing", STORE
)
async def unknown_cursor(exam: Examination) -> None:
    """Or a refusal. A first page instead would be read again and again."""
    talk = await exam.first()
    answer = await exam.ask(talk.page(2, "asc", "msg_that_never_was"))
    require(answer.is_refusal or answer.document.get("data") == [], answer)


@check("paging.foreign-cursor", MUST, "a cursor of another thread brings no rows of it", STORE)
async def foreign_cursor(exam: Examination) -> None:
    """The commonest fault of stores."""
    talk, other = await exam.first(), (await exam.crowd())[1]
    foreign = next(iter(other.transcript.items))
    answer = await exam.ask(talk.page(2, "asc", foreign))
    require(answer.is_refusal or answer.status == 200, answer)
    rows = answer.document.get("data") or []
    require(all(row.get("thread_id") == talk.thread for row in rows), f"rows {rows}")


@check("paging.odd-limits", MUST, "a limit or an order that makes no sense does no harm", STORE)
async def odd_limits(exam: Examination) -> None:
    """It is refused, or a page comes all the same."""
    talk = await exam.first()
    limits: list[Json] = [{"limit": each} for each in (0, -1, "many", _MANY, 1.5)]
    others: list[Json] = [{"order": "sideways"}, {"after": 7}]
    for page in limits + others:
        answer = await exam.ask(requests.list_items(talk.thread, **page))
        require(answer.is_refusal or answer.status == 200, f"{page}: {answer}")


async def _ids(talk: Conversation, size: int, order: str) -> list[object]:
    rows = await talk.walk(lambda after: talk.page(size, order, after))
    return [row.get("id") for row in rows]


def _threads(after: str | None) -> requests.ChatRequest:
    behind = {"after": after} if after else {}
    return requests.list_threads(limit=2, order="desc", **behind)
