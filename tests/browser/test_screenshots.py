"""The pictures of the documentation are of the chat page as it is.

A change of looks that is meant: `RENEW_SCREENSHOTS=1 make browser PYTEST_ARGS="-k screenshots"`,
then look at the pictures in `docs/images/` before you commit them.
"""

import io
import os
from collections.abc import Callable
from pathlib import Path
from typing import Literal

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, ViewportSize
from turnstream_devstack.stack import Stack

from tests.browser.operators import begin, operator_key
from tests.browser.talk import answer, say
from tests.support.browsers import troubles

IMAGES = Path(__file__).parents[2] / "docs/images"
RENEW = bool(os.environ.get("RENEW_SCREENSHOTS"))
SMALL = 150_000
"""Bytes of a picture: a page of the documentation has one or two."""
COLOURS = 64
WIDE: ViewportSize = {"width": 1200, "height": 720}
PHONE: ViewportSize = {"width": 390, "height": 790}


def weather(page: Page) -> None:
    """A card, and a sentence about it."""
    say(page, "What is the weather in Oslo?")
    answer(page, "In Oslo it is").wait_for()


def progress(page: Page) -> None:
    """A tool says how far it is; its worker could be killed now."""
    say(page, "run a long task for 8 seconds")
    page.get_by_text("Working … 4 of 8").wait_for()


@pytest.mark.parametrize(
    ("name", "size", "scheme", "happens"),
    [
        ("chat-light", WIDE, "light", weather),
        ("chat-dark", WIDE, "dark", weather),
        ("chat-phone", PHONE, "light", weather),
        ("progress", WIDE, "light", progress),
    ],
)
def test_a_picture_of_the_documentation_can_be_taken_again(
    browser: Browser,
    demo: Stack,
    name: str,
    size: ViewportSize,
    scheme: Literal["dark", "light"],
    happens: Callable[[Page], None],
) -> None:
    """It shows what its page says, has the size of the committed one, and loads quickly."""
    page = browser.new_page(
        locale="en-US",
        viewport=size,
        device_scale_factor=2 if size is WIDE else 1,  # a narrow one is shown as large as it is
        color_scheme=scheme,
        reduced_motion="reduce",
        extra_http_headers={"X-User-Id": f"picture-{name}"},
    )
    wrong = troubles(page)
    page.goto(f"{demo.gateway_urls[0]}/")
    happens(page)
    taken = page.screenshot(animations="disabled", caret="hide")
    page.close()
    _compare(taken, IMAGES / f"{name}.png")
    assert wrong == []


def test_the_picture_of_the_console_can_be_taken_again(browser: Browser, demo: Stack) -> None:
    """A turn that failed, and was requeued."""
    turn_id = begin(demo, "ann", "fail please")
    page = browser.new_page(
        locale="en-US",
        viewport={"width": 1100, "height": 760},
        device_scale_factor=1.5,
        color_scheme="light",
        reduced_motion="reduce",
    )
    wrong = troubles(page)
    page.goto(f"{demo.gateway_urls[0]}/console#/turns/{turn_id}")
    page.get_by_label("Key").fill(operator_key(demo))
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Timeline").wait_for()
    taken = page.screenshot(animations="disabled", caret="hide")
    page.close()
    _compare(taken, IMAGES / "console.png")
    assert wrong == []


def _compare(taken: bytes, kept: Path) -> None:
    """A picture is as large as the committed one, which loads quickly. Renews that if asked to."""
    if RENEW:
        Image.open(io.BytesIO(taken)).quantize(COLOURS).save(kept, optimize=True)
    assert _size(kept.read_bytes()) == _size(taken)
    assert kept.stat().st_size < SMALL


def _size(picture: bytes) -> tuple[int, int]:
    return Image.open(io.BytesIO(picture)).size
