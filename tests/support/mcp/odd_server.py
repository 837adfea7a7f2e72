"""An MCP server that misbehaves, as a process of its own: over stdio, or over streamable HTTP.

It is written without the SDK, which would not let it say such things. `python odd_server.py`
speaks over stdin and stdout; with a port it listens there. Effects are written to the file that
`ODD_EFFECTS` names, one a line, so that a test can count them.
"""

import json
import os
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

TEXT = {"type": "string"}
PNG = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5E"
    "rkJggg=="
)
NODE = {"type": "object", "properties": {"next": {"$ref": "#/$defs/Node"}}}


def schema(**properties: Any) -> dict[str, Any]:
    """A plain schema of an object."""
    return {"type": "object", "properties": properties}


ODD_SCHEMAS: dict[str, Any] = {
    "any_of": {
        "anyOf": [
            {**schema(city=TEXT), "required": ["city"]},
            {**schema(zip=TEXT), "required": ["zip"]},
        ]
    },
    "one_of": {**schema(a=TEXT), "oneOf": [{"required": ["a"]}, {"required": ["b"]}]},
    "reference": {"$ref": "#/$defs/Node", "$defs": {"Node": schema(name=TEXT)}},
    "no_type": {"properties": {"a": TEXT}},
    "empty": {},
    "none": None,
    "recursive": {**schema(node={"$ref": "#/$defs/Node"}), "$defs": {"Node": NODE}},
    "huge": schema(**{f"p{i}": {**TEXT, "description": "long " * 40} for i in range(400)}),
    "keywords": schema(a={"type": "object", "patternProperties": {"^x": {}}, "minProperties": "2"}),
    "malformed": {**schema(a={"type": "any"}, b="object", c={"type": "array"}), "required": True},
    "php": {"type": "object", "properties": [], "required": None},
}
UNUSABLE: dict[str, Any] = {"a_string": {"type": "string"}, "a_list": ["no", "schema"]}
ODD_NAMES = ["files.read", "my tool", "größe", "n" * 80, "文件"]
WELL_BEHAVED = "echo"


def _tool(name: str, given: Any, **more: Any) -> dict[str, Any]:
    return {"name": name, "description": f"Does {name[:20]}.", "inputSchema": given, **more}


def _tools() -> list[Any]:
    harmless = {"readOnlyHint": True}
    return [
        _tool(WELL_BEHAVED, schema(text=TEXT)),
        *(_tool(name, given) for name, given in (ODD_SCHEMAS | UNUSABLE).items()),
        *(_tool(name, schema(text=TEXT)) for name in ODD_NAMES),
        _tool("twice", schema()),
        _tool("twice", schema()),
        {"description": "A tool without a name.", "inputSchema": schema()},
        "no tool at all",
        _tool("wordy", schema(), description="word " * 1000),
        _tool("structured", schema(), outputSchema={"type": "object", "required": ["never"]}),
        _tool("picture", schema()),
        _tool("vector", schema()),
        _tool("nothing", schema()),
        _tool("odd_content", schema()),
        _tool("refuses", schema()),
        _tool("slow", schema()),
        _tool("slow_read", schema(), annotations=harmless),
        _tool("dies", schema()),
        _tool("breaks", schema()),
        *(_tool(f"many_{index}", schema()) for index in range(int(os.environ.get("MANY", "0")))),
    ]


def _text(text: str, **more: Any) -> dict[str, Any]:
    return {"content": [{"type": "text", "text": text}], **more}


def _call(name: str, arguments: dict[str, Any]) -> dict[str, Any]:
    with Path(os.environ["ODD_EFFECTS"]).open("a") as effects:
        effects.write(f"{name}\n")
    match name:
        case "structured":
            return {"structuredContent": {"orders": 3}}
        case "picture":
            return {"content": [{"type": "image", "data": PNG, "mimeType": "image/png"}]}
        case "vector":
            svg = {"type": "image", "data": "PHN2Zy8+", "mimeType": "image/svg+xml"}
            return {"content": [svg]}
        case "nothing":
            return {"content": []}
        case "odd_content":
            file = {"uri": "file:///a.txt", "mimeType": "text/plain", "blob": "YSBmaWxl"}
            music = {"type": "audio", "data": "AAAA", "mimeType": "audio/wav"}
            resource = {"type": "resource", "resource": file}
            return {
                "content": [{"type": "hologram", "depth": 3}, "bare words", None, resource, music]
            }
        case "refuses":
            return _text("no such order", isError=True)
        case "slow" | "slow_read":
            time.sleep(2)
        case "dies":
            os._exit(1)
        case "breaks":
            raise RuntimeError("broken inside")
    return _text(f"{name}: {arguments.get('text', '')}")


def answer(message: dict[str, Any]) -> dict[str, Any] | None:
    """The answer to one message; None for a notification."""
    if "id" not in message:
        return None
    base = {"jsonrpc": "2.0", "id": message["id"]}
    params = message.get("params") or {}
    match message["method"]:
        case "initialize":
            info = {"name": "odd", "version": "1"}
            version = params.get("protocolVersion", "2025-06-18")
            said = {"protocolVersion": version, "capabilities": {"tools": {}}, "serverInfo": info}
            return {**base, "result": said}
        case "tools/list":
            return {**base, "result": {"tools": _tools()}}
        case "tools/call":
            try:
                return {**base, "result": _call(params["name"], params.get("arguments") or {})}
            except RuntimeError as error:
                return {**base, "error": {"code": -32603, "message": str(error)}}
        case "ping":
            return {**base, "result": {}}
        case _:
            return {**base, "error": {"code": -32601, "message": "Method not found"}}


class _Http(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        said = answer(json.loads(body))
        content = json.dumps(said).encode() if said else b""
        self.send_response(200 if said else 202)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def do_GET(self) -> None:
        self.send_error(405)

    def do_DELETE(self) -> None:
        self.send_error(405)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


def main() -> None:
    """Serve until stdin ends, or over HTTP until the process is killed."""
    if len(sys.argv) > 1:
        ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), _Http).serve_forever()
    print("this is no message", flush=True)
    for line in sys.stdin:
        said = answer(json.loads(line))
        if said is not None:
            print(json.dumps(said), flush=True)


if __name__ == "__main__":
    main()
