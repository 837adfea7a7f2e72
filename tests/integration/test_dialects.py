"""Thirty of the dialects in which model servers speak; `make dialects` speaks all of them.

Each is spoken in three conversations: undisturbed, with a worker that dies in a tool, and with one
that dies in the middle of its text. `tests.dialects.faults` says what must hold.
"""

import logging
from collections.abc import Iterator

import pytest
import structlog

from tests.dialects.chosen import CHOSEN
from tests.dialects.examination import entries, examine
from tests.dialects.red import RED
from tests.support.model_server.dialects.dialect import Dialect
from tests.support.model_server.request import ModelApi


def _chosen() -> Iterator[object]:
    for api, dialect in entries(("chat_completions", "responses")):
        if dialect.name in CHOSEN[api]:
            reason = RED[api].get(dialect.name)
            marks = [pytest.mark.xfail(strict=True, reason=reason)] if reason else []
            yield pytest.param(api, dialect, id=f"{api}: {dialect.name}", marks=marks)


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    """Failures are asked for here, and their tracebacks are slow to draw."""
    before = structlog.get_config()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    yield
    structlog.configure(**before)


def test_the_chosen_dialects_exist() -> None:
    """A renamed dialect does not drop out of the suite, and no mark of a dead one stays."""
    known = {(api, dialect.name) for api, dialect in entries(("chat_completions", "responses"))}
    named = {(api, name) for names in (CHOSEN, RED) for api in names for name in names[api]}
    assert named <= known


@pytest.mark.parametrize(("api", "dialect"), list(_chosen()))
async def test_a_turn_is_right_or_fails_clearly(api: ModelApi, dialect: Dialect) -> None:
    """The user gets the answer, or a named error and a thread that goes on."""
    report = await examine(api, dialect)
    assert report.faults == ()
