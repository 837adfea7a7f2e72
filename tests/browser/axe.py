"""What axe-core finds on a page: https://github.com/dequelabs/axe-core."""

from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from tests.browser.reading import MOVING
from tests.browser.talk import until

_RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}


def found(page: Page) -> list[str]:
    """Each thing that is wrong for somebody, once what moves stands still: colours fade in."""
    page.emulate_media(reduced_motion="reduce")
    until(page, f"({MOVING})().length === 0")
    response = Axe().run(page, options=_RULES | {"resultTypes": ["violations"]}).response
    return [_told(rule, node) for rule in response["violations"] for node in rule["nodes"]]


def _told(rule: dict[str, Any], node: dict[str, Any]) -> str:
    why = "; ".join(check["message"] for check in [*node["any"], *node["all"], *node["none"]])
    return f"{rule['id']}: {node['html'][:160]} ({why})"
