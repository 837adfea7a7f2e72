"""The pages of examples/web, as a static server on an origin of its own shows them."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

EXAMPLES = Path(__file__).parents[3] / "examples/web"
THEIR_GATEWAY = "http://localhost:8000"
"""What the examples call their gateway."""


class ExampleServer(ThreadingHTTPServer):
    """Serves each example that is one HTML file, with a gateway of ours in the place of theirs."""

    gateway = THEIR_GATEWAY

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        assert isinstance(self.server, ExampleServer)
        file = EXAMPLES / self.path.split("?")[0].strip("/") / "index.html"
        if not file.is_file():
            self.send_error(HTTPStatus.NOT_FOUND)
            return
        text = file.read_text().replace(THEIR_GATEWAY, self.server.gateway)
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def example_server() -> Iterator[ExampleServer]:
    """A server of the examples, for the length of a block."""
    with ExampleServer(("127.0.0.1", 0), _Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()
