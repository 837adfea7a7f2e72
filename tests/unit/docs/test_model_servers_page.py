"""`docs/model-servers.md` and the pages below it list every dialect, with what comes of it."""

from tests.dialects.page import FOLDER, PAGE, pages


def test_the_pages_are_current() -> None:
    """What the pages promise is what the suite holds."""
    kept = {path: path.read_text() for path in [PAGE, *FOLDER.glob("*.md")]}
    assert pages() == kept, "out of date: run `python -m tests.dialects --page`"
