"""Every widget looks as it did: in light and dark, compact and from right to left.

A change of looks that is meant: `RENEW_GOLDENS=1 make browser PYTEST_ARGS="-k gallery"`, then look
at the pictures in `goldens/` before you commit them.
"""

import os
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Page
from turnstream_devstack.stack import Stack

from tests.browser.widgets.gallery import LOOKS, pictures
from tests.browser.widgets.sheets import GOLDENS, difference, read, side_by_side, small, write

RENEW = bool(os.environ.get("RENEW_GOLDENS"))


@pytest.mark.parametrize("look", LOOKS)
def test_every_widget_looks_as_it_did(
    empty_page: Page, demo: Stack, tmp_path: Path, look: str
) -> None:
    """Where one differs, both are in a file that the failure names."""
    found = pictures(empty_page, demo.gateway_urls[0], look)
    now = {name: small(picture) for name, picture in found.items()}
    if RENEW:
        write(GOLDENS / f"{look}.png", now)
    goldens = read(GOLDENS / f"{look}.png")

    assert list(goldens) == list(now), "specimens came or went: renew the goldens"
    changed = {
        name: what for name in now if (what := difference(goldens[name], now[name])) is not None
    }
    for at, name in enumerate(changed):
        side_by_side(goldens[name], now[name]).save(tmp_path / f"{at}.png")
    assert changed == {}, f"see {tmp_path}, and the head of this file"


def test_a_golden_sees_what_an_eye_sees() -> None:
    """Another colour, another place, a thing more; and not a smoother edge."""
    golden = Image.new("RGB", (240, 60), "white")
    golden.paste("navy", (20, 20, 60, 40))
    other_colour, moved, more, smoother = (golden.copy() for _ in range(4))
    other_colour.paste("blue", (20, 20, 60, 40))
    moved.paste("white", (20, 20, 22, 40))
    moved.paste("navy", (60, 20, 62, 40))
    more.paste("red", (100, 20, 110, 30))
    smoother.paste((40, 40, 150), (20, 20, 60, 21))
    larger = golden.resize((240, 66))

    seen = [difference(golden, each) for each in (other_colour, moved, more, larger)]
    assert None not in seen
    assert difference(golden, smoother) is None
