"""Proxies in front of a gateway that do what proxies should not: one of our own, and nginx."""

import contextlib
import http.client
import shutil
import subprocess
import threading
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

from tests.support.waiting import free_port, wait_until

NGINX = shutil.which("nginx", path="/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin")


@dataclass(frozen=True)
class Habits:
    """What a proxy does to what it passes on."""

    buffers: bool = False
    """It sends an answer when it has all of it."""
    host: str = ""
    """What it says in `Host`, instead of what it was asked."""
    timeout: float = 30.0
    """Seconds of silence after which it hangs up."""
    compresses: bool = False
    """It packs what it passes on with gzip, piece by piece."""
    adds: Mapping[str, str] = field(default_factory=dict)
    """Headers that it adds to every answer."""
    status: int = 0
    """What it answers by itself, instead of passing anything on."""


@contextlib.contextmanager
def proxy_before(upstream: str, habits: Habits) -> Iterator[str]:
    """The address of a proxy before a server, for the length of a block."""
    place = urlsplit(upstream)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def pass_on(self) -> None:
            self.close_connection = True
            body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
            if habits.status:
                self.send_error(habits.status)
                return
            behind = http.client.HTTPConnection(
                place.hostname or "", place.port, timeout=habits.timeout
            )
            headers = {**self.headers, "Host": habits.host or self.headers["Host"]}
            with contextlib.closing(behind), contextlib.suppress(OSError):
                behind.request(self.command, self.path, body, headers)
                self._answer(behind.getresponse())

        do_GET = do_POST = do_OPTIONS = pass_on

        def _answer(self, answer: http.client.HTTPResponse) -> None:
            whole = answer.read() if habits.buffers else b""
            self.send_response_only(answer.status)
            packing = zlib.compressobj(wbits=16 + zlib.MAX_WBITS)
            packed = {"Content-Encoding": "gzip"} if habits.compresses else {}
            for name, value in [*answer.getheaders(), *habits.adds.items(), *packed.items()]:
                if name.lower() not in ("transfer-encoding", "connection"):
                    self.send_header(name, value)
            self.send_header("Connection", "close")
            self.end_headers()
            self.wfile.write(whole)
            while piece := answer.read1():
                if habits.compresses:
                    piece = packing.compress(piece) + packing.flush(zlib.Z_SYNC_FLUSH)
                self.wfile.write(piece)

        def log_message(self, *_: object) -> None:
            """Part of http.server: say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@contextlib.contextmanager
def nginx_before(upstream: str, directory: Path, directives: str) -> Iterator[str]:
    """The address of an nginx that passes everything on with these directives."""
    port = free_port()
    config = directory / "nginx.conf"
    places = "\n".join(
        f"{name}_temp_path {directory}/{name};"
        for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    config.write_text(f"""
        daemon off; master_process off; pid {directory}/pid; error_log {directory}/error.log;
        events {{}}
        http {{
            access_log off; {places}
            server {{
                listen 127.0.0.1:{port};
                location / {{ proxy_pass {upstream}; {directives} }}
            }}
        }}
    """)
    assert NGINX is not None
    process = subprocess.Popen([NGINX, "-c", str(config), "-e", str(directory / "error.log")])
    try:
        wait_until(lambda: _listens(port), message="nginx does not start")
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(timeout=20)


def _listens(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    with contextlib.closing(connection):
        try:
            connection.connect()
        except OSError:
            return False
    return True
