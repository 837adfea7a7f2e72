"""Whether a failed turn is tried again, after which wait, and what its viewers are told meanwhile.

Every figure is bounded: the attempts by `MAX_ATTEMPTS`, a wait by `RETRY_AFTER_LIMIT` whatever a
model server asks for, all attempts and waits together by `RETRY_LIMIT`.
"""

import time
from datetime import timedelta
from math import ceil

from chatkit.types import NoticeEvent
from turnstream.i18n import N_, negotiate, translator

from turnstream_worker.attempt import Attempt
from turnstream_worker.failures.failure import Failure
from turnstream_worker.settings import WorkerSettings

NOTICEABLE = timedelta(seconds=2)
"""A wait from which on viewers are told: a person would take a shorter one for the model's own."""
_DOUBLINGS = 20
"""Attempts that were given back do not count, so an attempt's number has no limit."""

_WAITING = N_("The model can't answer right now. The answer goes on in about {seconds} seconds.")


def wait_after(failure: Failure, attempt: Attempt, settings: WorkerSettings) -> timedelta | None:
    """How long to wait before the turn is tried again; None when it is not tried again."""
    if not failure.retryable or attempt.claimed.final_attempt:
        return None
    doubled = settings.retry_backoff * (1 << min(attempt.number - 1, _DOUBLINGS))
    wait = min(doubled, settings.retry_backoff_limit)
    if failure.retry_after is not None:
        wait = min(failure.retry_after, settings.retry_after_limit)
    if timedelta(seconds=retried_for(attempt)) + wait > settings.retry_limit:
        return None
    return wait


def retried_for(attempt: Attempt) -> float:
    """Seconds since the turn's first failure: the waits so far, and the attempts after them.

    Each part was measured by one worker's clock.
    """
    last = attempt.claimed.last_error
    return last.retried_for + time.monotonic() - attempt.began if last is not None else 0.0


def notice(wait: timedelta, locale: str | None) -> NoticeEvent | None:
    """What viewers are told of a wait; None for one that nobody notices."""
    if wait < NOTICEABLE:
        return None
    words = translator(negotiate(locale))(_WAITING)
    return NoticeEvent(level="info", message=words.format(seconds=ceil(wait.total_seconds())))
