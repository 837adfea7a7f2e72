"""What a check is: a rule, and a function that examines it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from turnstream.conformance.answers import Answer
from turnstream.conformance.conversation import Conversation
from turnstream.conformance.examination import Examination, NotExaminable, RuleBroken
from turnstream.conformance.rules import Level, Rule

Examine = Callable[[Examination], Awaitable[None]]
MUST, SHOULD = Level.MUST, Level.SHOULD


@dataclass(frozen=True)
class Check:
    """`examine` returns when the rule is kept, raises `RuleBroken` when not, `NotExaminable` when
    it cannot be told.
    """

    rule: Rule
    examine: Examine


def check(id: str, level: Level, sentence: str, source: str) -> Callable[[Examine], Check]:
    """Make a function a check."""
    return lambda examine: Check(Rule(id, level, sentence, source), examine)


def require(kept: object, detail: object) -> None:
    """Raise `RuleBroken` unless this is so."""
    if not kept:
        raise RuleBroken(str(detail))


def require_ok(answer: Answer) -> Answer:
    """The answer, unless it is a refusal or was cut off."""
    require(answer.status == 200 and not answer.cut, answer)
    return answer


def require_refused(answer: Answer) -> None:
    """Raise `RuleBroken` unless a wrong request was refused: by its status, or by an error
    event.
    """
    has_error = answer.is_stream and not answer.cut and answer.of_type("error")
    require(answer.is_refusal or has_error, answer)


def offered(answer: Answer) -> Answer:
    """The answer. Raises `NotExaminable` for what a server may leave out, `RuleBroken` for a
    5xx.
    """
    if answer.is_refusal:
        raise NotExaminable(str(answer))
    return require_ok(answer)


async def require_same(talk: Conversation) -> None:
    """Raise `RuleBroken` unless what is shown is what is stored."""
    difference = await talk.difference()
    require(not difference, difference)
