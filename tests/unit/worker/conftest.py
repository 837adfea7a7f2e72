"""What a worker does before it loads an app."""

from collections.abc import Iterator

import pytest
from turnstream_worker.callers import current_attempt
from turnstream_worker.replay.install import install
from turnstream_worker.replay.journal import current_journal


@pytest.fixture
def journaled() -> Iterator[None]:
    """The worker's hooks are installed; no attempt is left behind."""
    install()
    yield
    current_attempt.set(None)
    current_journal.set(None)
