"""The dashboards can be drawn as they are in the documentation."""

import io
import json
import time
from collections.abc import Iterable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from urllib.parse import parse_qs, urlsplit

import pytest
from PIL import Image
from playwright.sync_api import Browser

from tests.load.pictures import STEP, UPLOT, Mark, draw_with

IMAGES = Path(__file__).parents[2] / "docs/images"
pytestmark = pytest.mark.skipif(not UPLOT.is_dir(), reason="`make web` installs uPlot")


class Rising(BaseHTTPRequestHandler):
    """Answers every query over time as Prometheus does, with a series that rises."""

    def do_GET(self) -> None:
        """Part of http.server."""
        asked = {name: float(values[0]) for name, values in self._query() if name != "query"}
        times = range(int(asked["start"]), int(asked["end"]) + 1, STEP)
        values = [[at, str(place)] for place, at in enumerate(times)]
        found = {"result": [{"metric": {"job": "a-job"}, "values": values}]}
        body = json.dumps({"status": "success", "data": found}).encode()
        self.send_response(200)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Part of http.server."""

    def _query(self) -> Iterator[tuple[str, list[str]]]:
        return iter(parse_qs(urlsplit(self.path).query).items())


@pytest.fixture
def prometheus() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Rising) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_the_dashboards_are_drawn_as_large_as_in_the_documentation(
    browser: Browser, prometheus: str, tmp_path: Path
) -> None:
    """Each of them, from its own JSON: one that has grown needs a new picture."""
    made = draw_with(browser, prometheus, 60, tmp_path, [Mark(time.time() - 30, "A")])
    assert _sizes(made) == _sizes(IMAGES.glob("dashboard-*.png"))


def _sizes(pictures: Iterable[Path]) -> dict[str, tuple[int, int]]:
    return {path.name: Image.open(io.BytesIO(path.read_bytes())).size for path in pictures}
