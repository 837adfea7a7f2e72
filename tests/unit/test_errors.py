"""Every failure has a name, a code, and says whether trying again helps; it keeps them on the way
through a problem document.
"""

import re
from pathlib import Path

import pytest
from fastapi import HTTPException
from starlette.exceptions import HTTPException as StarletteHTTPException
from turnstream.errors import TurnstreamError, all_errors, from_problem
from turnstream.http.problems import refusal

ERRORS = all_errors()
LIMITS_GUIDE = Path(__file__).parents[2] / "docs/guides/limits.md"


def subclasses(of: type[TurnstreamError]) -> set[type[TurnstreamError]]:
    return {each for sub in of.__subclasses__() for each in {sub, *subclasses(sub)}}


def test_every_failure_has_a_code_of_its_own() -> None:
    """One code is one failure, whatever modules are loaded; a class without a code is none."""
    coded = [each for each in subclasses(TurnstreamError) if "code" in vars(each)]
    assert len({each.code for each in coded}) == len(coded)
    assert set(ERRORS.values()) == {TurnstreamError, *coded}


@pytest.mark.parametrize("code", sorted(ERRORS))
def test_a_failure_is_whole(code: str) -> None:
    """A title for people, an HTTP status of an error, and a code that a program can compare."""
    error = ERRORS[code]
    assert error.title
    assert error.__doc__
    assert 400 <= error.status <= 599
    assert code == code.lower().replace(" ", "_")


@pytest.mark.parametrize("code", sorted(ERRORS))
def test_a_failure_keeps_its_name_across_processes(code: str) -> None:
    """The client of a service raises what the service raised."""
    raised = from_problem(ERRORS[code]("What happened.").problem())
    assert type(raised) is ERRORS[code]
    assert (raised.detail, raised.retryable) == ("What happened.", ERRORS[code].retryable)


def test_trying_again_helps_where_the_cause_passes_by_itself() -> None:
    """A busy thread, too much at once, a part that is away or not deployed yet."""
    passing = {code for code, error in ERRORS.items() if error.retryable}
    assert passing == {
        *("thread_busy", "too_many_turns", "too_many_streams", "rate_limited"),
        *("too_many_turns_of_session", "too_many_turns_of_tenant"),
        *("workflow_not_found", "credentials_unreadable"),
        *("unavailable", "out_of_room", "overloaded", "timed_out", "request_timed_out"),
        *("budget_exhausted", "user_being_erased"),
    }


def test_an_unknown_code_is_a_failure_too() -> None:
    """As of a newer service."""
    assert type(from_problem({"code": "of_tomorrow", "detail": "?"})) is TurnstreamError


@pytest.mark.parametrize(
    ("raised", "status", "detail", "retryable"),
    [
        (HTTPException(413, "limited to 5 MB"), 413, "limited to 5 MB", False),
        (StarletteHTTPException(403), 403, "Forbidden", False),
        (HTTPException(429, "later", {"Retry-After": "7"}), 429, "later", True),
        (HTTPException(422, {"field": "size"}), 422, '{"field":"size"}', False),
    ],
)
def test_what_an_app_refused_keeps_its_status_across_processes(
    raised: Exception, status: int, detail: str, retryable: bool
) -> None:
    """FastAPI's exception and Starlette's, with a detail of any JSON."""
    refused = refusal(raised)
    assert refused is not None

    again = from_problem(refused.problem(), refused.retry_after)

    assert (again.status, again.detail, again.retryable) == (status, detail, retryable)
    assert again.retry_after == (7 if retryable else None)


@pytest.mark.parametrize("raised", [HTTPException(302), HTTPException(200), ValueError("no")])
def test_nothing_else_is_an_apps_refusal(raised: Exception) -> None:
    """A redirect, a success, an exception of any other kind: the assistant failed."""
    assert refusal(raised) is None


def test_the_guide_to_limits_names_each_answer_with_its_status() -> None:
    """And says "come back after `Retry-After`" where trying again helps."""
    told = re.findall(r"(\d{3}) `(\w+)`", LIMITS_GUIDE.read_text())
    assert len(told) > 20
    for status, code in told:
        assert ERRORS[code].status == int(status), code
    rows = re.findall(r"\| \d{3} `(\w+)`[^|]*\| (.*) \|$", LIMITS_GUIDE.read_text(), re.MULTILINE)
    for code, come_back in rows:
        assert ERRORS[code].retryable is ("Retry-After" in come_back), code
