"""Runs all checks against one server."""

import time
from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass, field, replace
from enum import StrEnum

from turnstream.conformance.checks import CHECKS
from turnstream.conformance.checks.check import Check
from turnstream.conformance.examination import Examination, NotExaminable, Plan, RuleBroken
from turnstream.conformance.grammar.rules import RULES
from turnstream.conformance.rules import Level, Rule
from turnstream.errors import Unavailable

_DETAILS = 3
"""Violations of one rule that a report shows."""


class Result(StrEnum):
    """What became of a check."""

    PASSED = "passed"
    FAILED = "failed"
    SKIPPED = "skipped"


@dataclass(frozen=True)
class Outcome:
    """What became of one rule; `detail` says what a server did, or why nobody can tell."""

    rule: Rule
    result: Result
    detail: str = ""
    seconds: float = 0.0
    """How long it took to find out."""


@dataclass
class Report:
    """All outcomes, and what is told without being judged."""

    url: str
    outcomes: list[Outcome] = field(default_factory=list)
    streams: int = 0
    events: int = 0
    seconds: float = 0.0
    first_event: float | None = None
    """Seconds until the first event of an answer, the median of all."""

    @property
    def broken(self) -> list[Outcome]:
        """The rules that were broken though they must be kept."""
        return [each for each in self.failed if each.rule.level is Level.MUST]

    @property
    def failed(self) -> list[Outcome]:
        """All rules that were broken."""
        return [each for each in self.outcomes if each.result is Result.FAILED]


async def examine(plan: Plan, only: Collection[str] = ()) -> Report:
    """Make all checks, or those whose ids begin with one of `only`.

    Raises `Unavailable` when there is no server.
    """
    report, start = Report(plan.target.url), time.monotonic()
    async with Examination.of(plan) as exam:
        await exam.user.call("GET", plan.target.url, "GET")
        for each in CHECKS:
            if _is_meant(each.rule, only):
                begun = time.monotonic()
                outcome = await _outcome(each, exam)
                report.outcomes.append(replace(outcome, seconds=time.monotonic() - begun))
        meant = [rule for rule in RULES if _is_meant(rule, only)]
        if meant and not exam.events:
            with suppress(NotExaminable):
                await exam.first()
        report.outcomes += [_grammar(rule, exam) for rule in meant]
        report.streams, report.events = len(exam.streams), exam.events
        firsts = sorted(answer.first_event or 0.0 for answer in exam.streams if answer.first_event)
        report.first_event = firsts[len(firsts) // 2] if firsts else None
    report.seconds = time.monotonic() - start
    return report


async def _outcome(check: Check, exam: Examination) -> Outcome:
    """A server may answer anything: what a check cannot read is a failure of the server."""
    try:
        await check.examine(exam)
    except NotExaminable as reason:
        return Outcome(check.rule, Result.SKIPPED, str(reason))
    except (RuleBroken, Unavailable) as fault:
        return Outcome(check.rule, Result.FAILED, str(fault))
    except TimeoutError:
        return Outcome(check.rule, Result.FAILED, "no answer in time")
    except (AttributeError, IndexError, KeyError, TypeError, ValueError) as fault:
        return Outcome(check.rule, Result.FAILED, f"not of the expected shape: {fault!r}")
    return Outcome(check.rule, Result.PASSED)


def _is_meant(rule: Rule, only: Collection[str]) -> bool:
    return not only or rule.id.startswith(tuple(only))


def _grammar(rule: Rule, exam: Examination) -> Outcome:
    """How a rule of the grammar was kept in all streams."""
    details = [each.detail for each in exam.violations if each.rule is rule]
    if details:
        more = f" (and {len(details) - _DETAILS} more)" if len(details) > _DETAILS else ""
        return Outcome(rule, Result.FAILED, "; ".join(details[:_DETAILS]) + more)
    if not exam.events:
        return Outcome(rule, Result.SKIPPED, "no event came")
    return Outcome(rule, Result.PASSED)
