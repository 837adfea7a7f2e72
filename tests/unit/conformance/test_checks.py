"""Every check passes on a good server, and fails on one that breaks its rule."""

from collections.abc import Collection
from datetime import timedelta

import pytest
from turnstream.conformance.checks import CHECKS
from turnstream.conformance.examination import Plan, Prompts
from turnstream.conformance.grammar import rules
from turnstream.conformance.rules import Rule
from turnstream.conformance.suite import Report, Result, examine
from turnstream.conformance.visitor import Target, endpoint

from .faults import TOKEN, server
from .small_server import SmallServer, running

_PROMPTS = Prompts(slow="slow", client_tool="tool", question="question", widget="widget")
_SILENCE = timedelta(milliseconds=250)
_FRAMES = {rules.NOTHING_AFTER_END, rules.POSITIONS_RISE}
"""Rules of frames: the client of the tests and `check-transcript` judge them."""
RULES = [*(each.rule for each in CHECKS), *(each for each in rules.RULES if each not in _FRAMES)]


async def examined(small: SmallServer, only: Collection[str] = ()) -> Report:
    """The report on a server, as two users with one token see it."""
    alice, bob = (
        {"Authorization": f"Bearer {TOKEN}", "X-User-Id": user} for user in ("alice", "bob")
    )
    async with running(small):
        target = Target(endpoint(small.url), alice, timeout=2.0 if small.fault else 10.0)
        plan = Plan(target, bob, identified=True, prompts=_PROMPTS, silence=_SILENCE)
        return await examine(plan, only)


async def test_a_good_server_passes() -> None:
    """Nothing is skipped but keep-alives: no answer of it takes that long."""
    report = await examined(SmallServer(token=TOKEN))
    assert {each.rule.id: each.detail for each in report.failed} == {}
    skipped = {each.rule.id for each in report.outcomes if each.result is Result.SKIPPED}
    assert skipped <= {"sse.keep-alive"}
    assert report.events > 100
    assert report.first_event is not None


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
async def test_a_check_fails_where_its_rule_is_broken(rule: Rule) -> None:
    report = await examined(server(rule), only=_needed(rule))
    outcome = next(each for each in report.outcomes if each.rule is rule)
    assert outcome.result is Result.FAILED, outcome
    assert outcome.detail


def _needed(rule: Rule) -> set[str]:
    """The check, and one that brings about what it looks at."""
    if rule.id in ("sse.not-cached", "sse.not-buffered", "sse.plain-events", "sse.whole"):
        return {rule.id, "message.answered"}
    if rule.id == "errors.json":
        return {rule.id, "errors.unknown-type"}
    if rule.id == "sse.keep-alive":
        return {rule.id, "disconnect.text-kept"}
    return {rule.id}


async def test_a_server_without_anything_is_told_in_every_line() -> None:
    """Where no thread can be made nothing passes by accident."""

    def nothing(kind: str, answer: object) -> object:
        raise ValueError("nobody is at home")

    report = await examined(SmallServer(spoil=nothing, token=TOKEN))
    passed = {each.rule.id for each in report.outcomes if each.result is Result.PASSED}
    hopeless = ("create", "message", "thread", "paging", "ids", "retry", "isolation.read")
    assert [each for each in sorted(passed) if each.startswith(hopeless)] == []


def test_every_rule_has_one_name() -> None:
    ids = [each.rule.id for each in CHECKS] + [each.id for each in rules.RULES]
    assert len(set(ids)) == len(ids)
