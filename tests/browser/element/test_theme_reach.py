"""What an option of the theme sets reaches all that is made from it, and nothing stays behind."""

import pytest
from playwright.sync_api import Page

MEASURED = """async ([first, theme]) => {
  const api = { url: '/chatkit', domainKey: 'local' };
  const chat = document.createElement('turnstream-chat');
  document.body.replaceChildren(chat);
  if (first) chat.setOptions({ api, theme: first });
  chat.setOptions({ api, theme });
  await chat.updateComplete;
  const probe = chat.shadowRoot.querySelector('.root').appendChild(document.createElement('i'));
  const made = {
    'padding-top': '--ts-4', 'font-size': '--ts-text-xs', color: '--ts-muted',
    'border-top-left-radius': '--ts-radius-lg', 'background-color': '--ts-soft',
  };
  for (const [name, token] of Object.entries(made)) probe.style.setProperty(name, `var(${token})`);
  const found = getComputedStyle(probe);
  const told = Object.fromEntries(Object.keys(made).map((name) => [name, found[name]]));
  chat.remove();
  return told;
}"""


def measured(page: Page, theme: object, first: object = None) -> dict[str, str]:
    """Styles that are made from tokens, which are made from what a theme sets."""
    found: dict[str, str] = page.evaluate(MEASURED, [first, theme])
    return found


@pytest.mark.parametrize(
    ("theme", "name"),
    [
        ({"density": "compact"}, "padding-top"),
        ({"typography": {"baseSize": 18}}, "font-size"),
        ({"radius": "sharp"}, "border-top-left-radius"),
        ({"color": {"surface": {"background": "#073642", "foreground": "#fdf6e3"}}}, "color"),
        ({"color": {"grayscale": {"hue": 30, "tint": 9}}}, "background-color"),
        ("dark", "color"),
    ],
)
def test_a_theme_reaches_what_is_made_from_it(page: Page, theme: object, name: str) -> None:
    """Every space follows the density, every gray the surface, and so on."""
    assert measured(page, theme)[name] != measured(page, {})[name]


def test_a_theme_leaves_nothing_behind(page: Page) -> None:
    """Options are not merged: what the next ones don't name is as it was."""
    first = {"colorScheme": "dark", "density": "compact", "radius": "sharp"}

    assert measured(page, {}, first) == measured(page, {})
