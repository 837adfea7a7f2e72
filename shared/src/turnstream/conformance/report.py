"""The report of an examination: a table for people, JSON for programs."""

from collections import Counter
from collections.abc import Collection, Iterator

import orjson

from turnstream.conformance.rules import Level
from turnstream.conformance.suite import Outcome, Report, Result

_MARKS = {Result.PASSED: "ok", Result.FAILED: "FAILED", Result.SKIPPED: "skipped"}
_DETAIL = 300
"""Characters of a detail: a line or three of a terminal."""


def lines(report: Report, known: Collection[str] = ()) -> Iterator[str]:
    """The table. Rules in `known` are marked as failures that were expected."""
    yield report.url
    yield ""
    group = ""
    for each in report.outcomes:
        name = each.rule.id.partition(".")[0]
        if name != group and group:
            yield ""
        group = name
        yield from _row(each, each.rule.id in known)
    counts = Counter(each.result for each in report.outcomes)
    advice = sum(each.rule.level is Level.SHOULD for each in report.failed)
    yield ""
    yield (
        f"{counts[Result.PASSED]} passed, {len(report.broken)} MUST and {advice} SHOULD failed,"
        f" {counts[Result.SKIPPED]} skipped; {report.streams} streams with {report.events} events"
        f" in {report.seconds:.1f} s"
    )
    if report.first_event is not None:
        took = report.first_event * 1000
        yield f"first event of an answer after {took:.0f} ms (median; not judged)"


def as_json(report: Report) -> str:
    """The same for another program."""
    document = {
        "url": report.url,
        "passed": not report.broken,
        "streams": report.streams,
        "events": report.events,
        "seconds": round(report.seconds, 3),
        "first_event_seconds": report.first_event and round(report.first_event, 4),
        "checks": [
            {
                "id": each.rule.id,
                "level": each.rule.level,
                "rule": each.rule.sentence,
                "source": each.rule.source,
                "result": each.result,
                "detail": each.detail,
                "seconds": round(each.seconds, 3),
            }
            for each in report.outcomes
        ],
    }
    return orjson.dumps(document, option=orjson.OPT_INDENT_2).decode()


def _row(outcome: Outcome, known: bool) -> Iterator[str]:
    rule = outcome.rule
    mark = "known" if known and outcome.result is Result.FAILED else _MARKS[outcome.result]
    yield f"{mark:<8} {rule.level:<6} {rule.id:<30} {rule.sentence}"
    if outcome.detail:
        detail = "".join(each if each.isprintable() else "\ufffd" for each in outcome.detail)
        yield f"{'':16}{detail[:_DETAIL]}"
        if outcome.result is Result.FAILED:
            yield f"{'':16}see {rule.source}"
