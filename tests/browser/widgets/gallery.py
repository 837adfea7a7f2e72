"""Pictures of every widget of the gallery, drawn so that every machine draws the same."""

import io
import math

from PIL import Image
from playwright.sync_api import Page

from tests.browser.talk import GALLERY
from tests.browser.widgets.sheets import GOLDENS, WIDTH

LOOKS = ("light", "dark", "compact", "rtl")

_ARRANGE = """async (width) => {
  const face = new FontFace('Golden', 'url(/golden.woff2)', { weight: '100 900' });
  document.fonts.add(await face.load());
  const { shadowRoot, style } = document.getElementById('gallery');
  for (const name of ['--ts-font', '--ts-font-mono']) style.setProperty(name, 'Golden');
  const main = shadowRoot.querySelector('main').style;
  main.setProperty('columns', '2');
  main.setProperty('column-gap', '0px');
  main.setProperty('inline-size', `${2 * width}px`);
}"""
_BOXES = """() => {
  const { shadowRoot } = document.getElementById('gallery');
  return [...shadowRoot.querySelectorAll('section')].map((section) => {
    const box = section.querySelector('turnstream-item').getBoundingClientRect();
    return [section.querySelector('h2').textContent, [box.left, box.top, box.right, box.bottom]];
  });
}"""


def pictures(page: Page, gateway: str, look: str) -> dict[str, Image.Image]:
    """What each specimen looks like, by its name.

    Its font comes with the tests: a machine's own fonts decide how wide a text is.
    """
    page.route("**/golden.woff2", lambda route: route.fulfill(path=GOLDENS / "inter.woff2"))
    page.set_viewport_size({"width": 2 * WIDTH + 48, "height": 9_000})
    page.goto(f"{gateway}{GALLERY}?{look}")
    page.evaluate(_ARRANGE, WIDTH)
    page.wait_for_load_state("networkidle")
    drawn = page.screenshot(animations="disabled", caret="hide")
    whole = Image.open(io.BytesIO(drawn)).convert("RGB")
    boxes = {name: _pixels(box) for name, box in page.evaluate(_BOXES)}
    assert all(bottom <= whole.height for _, _, _, bottom in boxes.values())
    return {name: whole.crop(box) for name, box in boxes.items()}


def _pixels(box: list[float]) -> tuple[int, int, int, int]:
    left, top, right, bottom = box
    return math.floor(left), math.floor(top), math.ceil(right), math.ceil(bottom)
