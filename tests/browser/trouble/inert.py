"""Texts that would run a script where a page is careless, and what on a page has come alive."""

import json
from pathlib import Path
from typing import Any

from playwright.sync_api import Page

from tests.browser.reading import WITHIN

PAYLOADS: list[str] = json.loads((Path(__file__).parent / "payloads.json").read_text())
"""Each would set the global `pwned`."""
_KEPT = frozenset({"type", "id", "item_id", "component_id", "thread_id", "created_at", "status"})
"""What says which thing it is, and is no text."""

_ALIVE = f"""() => {{
  {WITHIN}
  const forbidden = /^(script|iframe|object|embed|base|meta|link|marquee|video|audio)$/i;
  const leads = /^(href|src|action|formaction|xlink:href|srcdoc|data|poster)$/i;
  const harmless = /^(https?:|mailto:|tel:|chatkit-link:|blob:|data:image.(png|jpeg|gif|webp)[;,])/;
  const wrong = (name, value) => /^on/i.test(name)
    || (leads.test(name) && !harmless.test(new URL(value, location.href).href))
    || (name === 'style' && /url\\(/i.test(value));
  const all = [...document.querySelectorAll('turnstream-chat, #gallery')]
    .flatMap((root) => [...within(root.shadowRoot)]);
  const found = all.flatMap((element) => [
    ...(forbidden.test(element.localName) ? [element.localName] : []),
    ...(element.matches('a[target]:not([rel~=noopener])') ? ['a without rel'] : []),
    ...[...element.attributes].filter(({{ name, value }}) => wrong(name, value))
      .map(({{ name, value }}) => `${{element.localName}} ${{name}}=${{value}}`),
  ]);
  return {{ elements: all.length, found: 'pwned' in window ? ['a script ran', ...found] : found }};
}}"""

_GALLERY = """async (payload) => {
  const poisoned = (node) => {
    if (typeof node === 'string') return payload;
    if (Array.isArray(node)) return node.map(poisoned);
    if (!node || typeof node !== 'object') return node;
    const changed = ([key, value]) => [key, key === 'type' ? value : poisoned(value)];
    return Object.fromEntries(Object.entries(node).map(changed));
  };
  const gallery = document.getElementById('gallery');
  gallery.style.contentVisibility = 'hidden'; // it need not be painted
  const items = [...gallery.shadowRoot.querySelectorAll('turnstream-item')];
  window.specimens ??= items.map(({ item }) => item.widget);
  for (const [at, item] of items.entries())
    item.item = { ...item.item, widget: poisoned(window.specimens[at]) };
  await new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
}"""


def poisoned(node: Any, payload: str) -> Any:
    """The same tree with the payload in the place of each text."""
    if isinstance(node, str):
        return payload
    if isinstance(node, list):
        return [poisoned(each, payload) for each in node]
    if isinstance(node, dict):
        return {
            key: value if key in _KEPT and isinstance(value, str) else poisoned(value, payload)
            for key, value in node.items()
        }
    return node


def poison_gallery(page: Page, payload: str) -> None:
    """Draw every specimen of the gallery with the payload in all of its texts."""
    page.evaluate(_GALLERY, payload)


def alive(page: Page) -> list[str]:
    """What runs, or leads where it must not, in what is ours on the page."""
    seen: dict[str, Any] = page.evaluate(_ALIVE)
    assert seen["elements"] > 100
    return [*seen["found"]]
