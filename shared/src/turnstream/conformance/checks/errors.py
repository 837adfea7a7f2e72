"""Requests that are wrong: each gets an answer that says so, and none breaks the server."""

from turnstream.conformance import requests
from turnstream.conformance.checks.check import MUST, SHOULD, check, require, require_refused
from turnstream.conformance.examination import Examination, NotExaminable
from turnstream.conformance.requests import ChatRequest
from turnstream.conformance.rules import HTTP, SERVER, issue

_BODIES = (
    *(b"", b"{", b"[]", b'"x"', b"null", b"{}", b"\xff\xfe{}", b'{"type": 1e999}'),
    b'{"type": "threads.create"}',
    b'{"type": "threads.create", "params": {}}',
    b'{"type": "threads.create", "params": {"input": {"content": "x"}}}',
    b'{"type": "threads.get_by_id", "params": {"thread_id": 7}}',
    b'{"type": "threads.get_by_id", "params": ' + b"[" * 10_000 + b"]" * 10_000 + b"}",
)
_NOWHERE = "thr_that_never_was"
_ITEM = "msg_that_never_was"
_ODD_IDS = ("", "../../etc/passwd", "thr_\x00", "thr_☃", "x" * 20_000, "' OR 1=1 --", "%00")


@check(
    "errors.malformed-body", MUST, "a body that is no request is a 4xx", issue("chatkit-python#118")
)
async def malformed_body(exam: Examination) -> None:
    """The answer is no 500, which says that the server is at fault."""
    for body in _BODIES:
        answer = await exam.post(body, f"{body[:60].decode(errors='replace')!r}")
        require(400 <= answer.status < 500, answer)


@check(
    "errors.unknown-type",
    MUST,
    "a request of a type that nobody knows is a 4xx",
    issue("chatkit-python#118"),
)
async def unknown_type(exam: Examination) -> None:
    """Newer pages send newer types."""
    require_refused(await exam.ask(ChatRequest("threads.fly", {})))


@check("errors.unknown-thread", MUST, "a thread that is not there is a 4xx", SERVER)
async def unknown_thread(exam: Examination) -> None:
    """Every request that reads or changes a thread at once refuses it."""
    for request in (
        requests.get_thread(_NOWHERE),
        requests.list_items(_NOWHERE),
        requests.rename_thread(_NOWHERE, "x"),
        requests.custom_action(_NOWHERE, "conformance.probe", sync=True),
    ):
        require_refused(await exam.ask(request))


@check(
    "errors.unknown-thread-stream",
    MUST,
    "a stream for a thread that is not there is refused, or tells an error and ends",
    issue("chatkit-js#71"),
)
async def unknown_thread_stream(exam: Examination) -> None:
    """Never a 200 that breaks off: a page waits on it."""
    for request in (
        requests.message("hello", _NOWHERE),
        requests.client_tool_output(_NOWHERE, {}),
        requests.structured_input(_NOWHERE, _ITEM, {}, "skipped"),
        requests.retry_after(_NOWHERE, _ITEM),
        requests.custom_action(_NOWHERE, "conformance.probe"),
    ):
        require_refused(await exam.ask(request))


@check(
    "errors.unknown-item", MUST, "an item that is not there is told, and nothing is lost", SERVER
)
async def unknown_item(exam: Examination) -> None:
    """An empty stream would say that all is well."""
    talk = await exam.first()
    for request in (
        requests.retry_after(talk.thread, _ITEM),
        requests.structured_input(talk.thread, _ITEM, {}, "skipped"),
    ):
        require_refused(await exam.ask(request))
    stored = [item.get("id") for item in await talk.stored()]
    require(stored == list(talk.transcript.items), f"stored {stored}")


@check(
    "errors.unknown-attachment", MUST, "a message with a file that is not there is refused", SERVER
)
async def unknown_attachment(exam: Examination) -> None:
    """The server refuses by its status, or by an error event."""
    request = requests.message("hello", attachments=["atc_that_never_was"])
    require_refused(await exam.ask(request))


@check(
    "errors.nothing-pending",
    MUST,
    "a tool's output that nobody waits for is refused",
    issue("chatkit-python#123"),
)
async def nothing_pending(exam: Examination) -> None:
    """The server refuses by its status, or by an error event; never by a stream that breaks off."""
    talk = await exam.first()
    require_refused(await exam.ask(requests.client_tool_output(talk.thread, {"ok": True})))


@check("errors.odd-ids", MUST, "odd and huge ids name nothing", SERVER)
async def odd_ids(exam: Examination) -> None:
    """A 4xx for each."""
    for odd in _ODD_IDS:
        answer = await exam.ask(requests.get_thread(odd))
        require(400 <= answer.status < 500, f"{odd[:20]!r}: {answer}")


@check(
    "errors.content-type",
    SHOULD,
    "a body that is not declared as JSON is refused",
    "https://owasp.org/www-community/attacks/csrf",
)
async def content_type(exam: Examination) -> None:
    """A form on a foreign page can send text/plain with the user's cookies."""
    body = b'{"type": "threads.list", "params": {}}'
    answer = await exam.post(body, "threads.list as text/plain", {"Content-Type": "text/plain"})
    require(400 <= answer.status < 500, answer)


@check("errors.method", SHOULD, "GET on the endpoint is refused", HTTP)
async def method(exam: Examination) -> None:
    """405, or 404."""
    target = exam.plan.target
    answer = await exam.user.call("GET", target.url, "GET")
    require(answer.status in (404, 405), answer)


@check(
    "errors.json", SHOULD, "a refusal is a JSON document", "https://www.rfc-editor.org/rfc/rfc9457"
)
async def as_json(exam: Examination) -> None:
    """A page can show what it says."""
    if not exam.refusals:
        raise NotExaminable("nothing was refused")
    for answer in exam.refusals:
        require(isinstance(answer.json, dict), answer)


@check("errors.no-damage", MUST, "after all of these the server still answers", SERVER)
async def no_damage(exam: Examination) -> None:
    """And the thread is as it was."""
    talk = await exam.first()
    difference = await talk.difference()
    require(not difference, difference)
