"""`docs/reference/http-routes.md` lists every route of the gateway's API document."""

import json
from pathlib import Path

from checks import http_routes_page

ROOT = Path(__file__).parents[3]


def test_the_page_is_current() -> None:
    document = json.loads((ROOT / http_routes_page.DOCUMENT).read_text())
    kept = (ROOT / http_routes_page.PAGE).read_text()
    assert http_routes_page.page(document) == kept, "out of date: run `make api`"
