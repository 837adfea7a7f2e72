"""What somebody without a mouse or without a screen knows of a page."""

from typing import NamedTuple

from playwright.sync_api import Page

WITHIN = """
const within = function* (root) {
  for (const element of root.querySelectorAll('*')) {
    yield element;
    if (element.shadowRoot) yield* within(element.shadowRoot);
  }
};
"""
"""All elements, those in shadow roots too."""

_PAGE = f"""
{WITHIN}
const active = () => {{
  let element = document.activeElement;
  while (element?.shadowRoot?.activeElement) element = element.shadowRoot.activeElement;
  return element;
}};
const named = (element) => element.getAttribute('aria-label')
  || element.labels?.[0]?.innerText.trim() || element.innerText?.trim()
  || element.name || element.localName;
"""

CONTROLS = f"""() => {{
  {_PAGE}
  const controls = [...within(document)].filter((element) =>
    element.matches('a[href], button, input, textarea, select, [tabindex="0"]')
    && !element.matches(':disabled, [tabindex="-1"], input[type=file]')
    && element.checkVisibility());
  return controls.map(named);
}}"""
"""The names of all that can be used, in shadow roots too."""

_FOCUS = f"""() => {{
  {_PAGE}
  const element = active();
  if (!element || element === document.body) return null;
  const around = [element, element.parentElement, element.parentElement?.parentElement];
  const ring = element.matches('textarea')
    || around.some((each) => each && getComputedStyle(each).outlineStyle !== 'none');
  return [named(element), ring, Math.round(element.getBoundingClientRect().top / 40)];
}}"""
"""Name, ring and place of what has the focus. A ring may be around what it stands in, and a
text has its caret.
"""

MOVING = f"""() => {{
  {_PAGE}
  const shadows = [...within(document)].map((element) => element.shadowRoot).filter(Boolean);
  return [document, ...shadows].flatMap((root) => root.getAnimations())
    .filter(({{ effect }}) => effect.getComputedTiming().endTime > 1)
    .map((each) => each.animationName ?? each.transitionProperty);
}}"""
"""What moves for longer than a millisecond."""

LISTEN = """() => {
  window.heard = [];
  const region = document.querySelector('turnstream-chat').shadowRoot
    .querySelector('turnstream-announcer').shadowRoot.querySelector('[aria-live]');
  new MutationObserver((changes) => {
    const added = changes.flatMap((change) => [...change.addedNodes]);
    for (const node of added) if (node.localName === 'p') window.heard.push(node.innerText.trim());
  }).observe(region, { childList: true });
}"""
"""Keeps in `heard` what a screen reader says of its own accord."""


class Stop(NamedTuple):
    """A control that Tab came to."""

    name: str
    ring: bool
    """Whether one sees that it has the focus."""
    top: int
    """Its line on the page, roughly."""


def focused(page: Page) -> str | None:
    """The name of what has the focus."""
    found = page.evaluate(_FOCUS)
    return found[0] if found else None


def tabbed_through(page: Page) -> list[Stop]:
    """Where Tab comes by, from the beginning of the page to its end."""
    stops: list[Stop] = []
    page.evaluate("document.activeElement?.blur()")
    while True:
        page.keyboard.press("Tab")
        found = page.evaluate(_FOCUS)
        if found is None or len(stops) > 200:
            return stops
        stops.append(Stop(*found))
