"""A service as small as one can be: ready at once, and willing to tell what it was given."""

import json
import os
import signal
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path


class Handler(BaseHTTPRequestHandler):
    """`GET /ready` says yes; `GET /env` shows the environment; `GET /die` ends the process."""

    def do_GET(self) -> None:
        if self.path == "/die":
            os._exit(7)
        body = json.dumps(dict(os.environ)).encode() if self.path == "/env" else b"ok"
        self.send_response(200)
        self.end_headers()
        self.wfile.write(body)


def _exists(variable: str) -> bool:
    return variable in os.environ and Path(os.environ[variable]).exists()


def _end(*_: object) -> None:
    while _exists("BUSY_WHILE"):
        time.sleep(0.02)
    os._exit(0)


def main() -> None:
    """Serve until SIGTERM, and then as long as there is a file that `BUSY_WHILE` names."""
    if "broken" in sys.argv:
        sys.exit("no such setting")
    if _exists("BROKEN_BY"):
        print("agent-worker: the app can't be loaded", flush=True)
        sys.exit(78)
    signal.signal(signal.SIGTERM, _end)
    port = int(os.environ.get("HEALTH_PORT") or os.environ["PORT"])
    ThreadingHTTPServer(("127.0.0.1", port), Handler).serve_forever()


main()
