"""`docs/model-servers.md` lists every dialect, with what comes of it."""

from tests.dialects.page import PAGE, written


def test_the_page_is_current() -> None:
    """What the page promises is what the suite holds."""
    page = PAGE.read_text()
    assert written(page) == page, "out of date: run `python -m tests.dialects --page`"
