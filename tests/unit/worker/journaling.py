"""Attempts whose journal is real and whose store lives in memory."""

from turnstream.testing import MemoryStore
from turnstream_worker.attempt import Attempt
from turnstream_worker.callers import current_attempt
from turnstream_worker.replay.journal import Journal, current_journal
from turnstream_worker.thread.writes import Writes

from tests.unit.worker.attempts import an_attempt, let_run


async def begin_attempt(store: MemoryStore, number: int) -> Attempt:
    """Begin an attempt in this task, as the turn runner does; what the last one wrote is kept."""
    if (earlier := current_journal.get()) is not None:
        await earlier.committed()
    attempt = an_attempt(number)
    await let_run(store, number)
    journal = Journal(attempt, store, Writes(store, attempt))
    await journal.load()
    current_attempt.set(attempt)
    current_journal.set(journal)
    return attempt
