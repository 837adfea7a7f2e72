"""A double of OpenAI's hosted ChatKit API: threads, items and links to attachments, by HTTP.

Its shapes are those of the official clients and of OpenAI's OpenAPI document.
"""

import json
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple
from urllib.parse import parse_qs, urlsplit

Json = dict[str, Any]
KEY = "sk-hosted"
BETA = "chatkit_beta=v1"


class Answer(NamedTuple):
    """What the double answers."""

    status: int
    body: bytes
    headers: Mapping[str, str] = {}


class ReceivedRequest(NamedTuple):
    """What it was asked."""

    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    """By their names in small letters."""


class HostedApi:
    """Threads of a project, each with its items, both oldest first."""

    def __init__(self) -> None:
        self.threads: dict[str, Json] = {}
        self.items: dict[str, list[Json]] = {}
        self.files: dict[str, bytes] = {}
        """Bytes by the path of their link."""
        self.asked: list[ReceivedRequest] = []
        self.refuse: Callable[[ReceivedRequest], Answer | None] = lambda _: None
        """Answers a request instead of the API, where it returns something."""
        self.url = ""

    @property
    def base_url(self) -> str:
        """What a client is told."""
        return f"{self.url}/v1"

    def add(self, thread: Json, items: Sequence[Json] = ()) -> None:
        """A thread with its items, newer than all others."""
        self.threads[thread["id"]] = thread
        self.items[thread["id"]] = [*items]

    def add_file(self, name: str, content: bytes) -> str:
        """Bytes behind a link; the link."""
        self.files[f"/links/{name}"] = content
        return f"{self.url}/links/{name}"

    @contextmanager
    def serving(self) -> Iterator["HostedApi"]:
        """Answer on a free port of the loopback, in threads of its own."""
        api = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                parts = urlsplit(self.path)
                query = {name: values[0] for name, values in parse_qs(parts.query).items()}
                headers = {name.lower(): value for name, value in self.headers.items()}
                answer = api.answer(ReceivedRequest(parts.path, query, headers))
                self.send_response(answer.status)
                for name, value in answer.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(answer.body)))
                self.end_headers()
                self.wfile.write(answer.body)

            def log_message(self, format: str, *arguments: object) -> None:
                """It says nothing."""

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        server.daemon_threads = True
        self.url = f"http://127.0.0.1:{server.server_port}"
        running = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        running.start()
        try:
            yield self
        finally:
            server.shutdown()
            server.server_close()
            running.join()

    def answer(self, asked: ReceivedRequest) -> Answer:
        """The answer to a request."""
        self.asked.append(asked)
        refused = self.refuse(asked)
        if refused is not None:
            return refused
        if asked.path in self.files:
            return Answer(200, self.files[asked.path])
        if asked.path.startswith("/links/"):
            return Answer(404, b"gone")
        if asked.headers.get("authorization") != f"Bearer {KEY}":
            return refusal(401, "Incorrect API key provided.", "invalid_api_key")
        if asked.headers.get("openai-beta") != BETA:
            return refusal(400, "Missing beta header.", "invalid_beta")
        match asked.path.split("/")[2:]:
            case ["chatkit", "threads"]:
                user = asked.query.get("user")
                mine = [each for each in self.threads.values() if user in (None, each["user"])]
                return _page(mine, asked.query)
            case ["chatkit", "threads", thread_id, "items"] if thread_id in self.threads:
                return _page(self.items[thread_id], asked.query)
        return refusal(404, "No such thread.", "not_found")


def refusal(status: int, message: str, code: str, **headers: str) -> Answer:
    """An answer in OpenAI's form of failures."""
    error = {"message": message, "type": "invalid_request_error", "param": None, "code": code}
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(status, json.dumps({"error": error}).encode(), named)


def _page(rows: Sequence[Json], query: Mapping[str, str]) -> Answer:
    limit, after = int(query.get("limit", "20")), query.get("after")
    ordered = rows if query.get("order", "desc") == "asc" else rows[::-1]
    ids = [row["id"] for row in ordered]
    if not 0 <= limit <= 100 or (after is not None and after not in ids):
        return refusal(400, "Out of bounds.", "invalid_value")
    start = 0 if after is None else ids.index(after) + 1
    data = ordered[start : start + limit]
    page = {
        "object": "list",
        "data": data,
        "first_id": data[0]["id"] if data else None,
        "last_id": data[-1]["id"] if data else None,
        "has_more": start + limit < len(ordered),
    }
    return Answer(200, json.dumps(page).encode(), {"Content-Type": "application/json"})
