"""What the stock server breaks of the rules that `turnstream conformance` knows, by name.

A rule that leaves this list was mended upstream: say so in the guides that compare.
"""

from typing import Any

from chatkit.store import Store
from turnstream.conformance.examination import Plan, Prompts
from turnstream.conformance.suite import Result, examine
from turnstream.conformance.visitor import Target

from tests.support.scripted_server import ScriptedServer
from tests.support.stock import stock_server

_PROMPTS = Prompts(
    slow="count: 100", client_tool="client tool", question="question", widget="widget"
)
_BROKEN = {
    # It raises, and what it raises becomes a 500 or a stream that breaks off.
    "threads.delete",
    "paging.odd-limits",
    "client-tool.late-output",
    "structured-input.answer",
    "attachments.two-phase",
    "attachments.delete",
    "errors.malformed-body",
    "errors.unknown-type",
    "errors.unknown-thread",
    "errors.unknown-thread-stream",
    "errors.unknown-attachment",
    "errors.nothing-pending",
    "errors.odd-ids",
    "errors.json",
    "sse.whole",
    # It answers an empty stream to a retry of what is not there, and `{}` to its rating.
    "errors.unknown-item",
    "feedback.unknown-item",
    # It leaves these to the web server and to the app's store.
    "ids.long",
    "paging.unknown-cursor",
    "errors.content-type",
    "sse.not-cached",
    "sse.not-buffered",
}


def create(store: Store[Any]) -> ScriptedServer:
    """Without a place for attachments: the stock server has none."""
    return ScriptedServer(store)


async def test_the_stock_server_breaks_these_rules_and_no_others() -> None:
    with stock_server(create) as url:
        report = await examine(Plan(Target(url, {}, 10.0), prompts=_PROMPTS))

    assert {each.rule.id for each in report.failed} == _BROKEN
    assert {each.rule.id for each in report.outcomes if each.result is Result.SKIPPED} == {
        *("isolation.read", "isolation.list", "isolation.write", "isolation.anonymous"),
        *("resume.from-start", "resume.after-position", "resume.refusals"),
        *("stop.ends-stream", "idempotency.same-turn", "sse.keep-alive"),
    }
