"""What a worker does before it loads an app."""

import pytest
from turnstream_worker.replay.install import install


@pytest.fixture(autouse=True)
def _installed() -> None:
    install()
