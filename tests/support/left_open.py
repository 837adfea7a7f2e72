"""For tests of what dies: a connection that it left open is not a mistake of the test."""

import gc
import warnings
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def left_open() -> Iterator[None]:
    """Collect what the block left open, without the warnings that fail a run elsewhere."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        yield
        gc.collect()
