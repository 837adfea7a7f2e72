"""A service as small as one can be: ready at once, and willing to tell what it was given."""

import json
import os
import signal
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Handler(BaseHTTPRequestHandler):
    """`GET /ready` says yes; `GET /env` shows the environment; `GET /die` ends the process."""

    def do_GET(self) -> None:
        if self.path == "/die":
            os._exit(7)
        body = json.dumps(dict(os.environ)).encode() if self.path == "/env" else b"ok"
        self.send_response(200)
        self.end_headers()
        self.wfile.write(body)


def main() -> None:
    """Serve until SIGTERM."""
    if "broken" in sys.argv:
        sys.exit("no such setting")
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    port = int(os.environ.get("HEALTH_PORT") or os.environ["PORT"])
    ThreadingHTTPServer(("127.0.0.1", port), Handler).serve_forever()


main()
