"""Other frameworks are installed for the tests of their examples, which takes a while."""

from pathlib import Path

import pytest

HERE = Path(__file__).parent


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Part of pytest: leave out what would install packages, unless that was asked for."""
    if config.getoption("--every-framework"):
        return
    ours = [each for each in items if each.path.is_relative_to(HERE)]
    left = [each for each in ours if each.get_closest_marker("installs")]
    if left:
        config.hook.pytest_deselected(items=left)
        items[:] = [each for each in items if each not in left]
