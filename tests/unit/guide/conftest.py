"""What a worker does before it loads an app."""

from collections.abc import Iterator

import pytest
from chatkit.agents import ThreadItemConverter
from turnstream_worker.sdk.chatkit_converter import (
    MENDED,
    STOCK_ASSISTANT_MESSAGE,
    mend_stock_converter,
)


@pytest.fixture(autouse=True)
def mended_converter() -> Iterator[None]:
    """Answers go into a history in both of OpenAI's formats."""
    mend_stock_converter()
    yield
    setattr(ThreadItemConverter, MENDED, STOCK_ASSISTANT_MESSAGE)
