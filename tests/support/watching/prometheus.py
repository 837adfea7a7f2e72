"""A real Prometheus: Debian's package `prometheus` brings it, and `.ci/promtool` installs that."""

import json
import shutil
import subprocess
import urllib.parse
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.support.waiting import free_port

_TIMEOUT = 20
"""Seconds until it must have ended."""


def is_here() -> bool:
    """Whether one can be started."""
    return shutil.which("prometheus") is not None


@contextmanager
def running_prometheus(config: Mapping[str, Any], folder: Path) -> Iterator[str]:
    """A Prometheus with this configuration, whose paths are relative to the folder; its address."""
    (folder / "prometheus.yml").write_text(json.dumps(config))  # JSON is YAML
    port = free_port()
    with (folder / "prometheus.log").open("w") as log:
        process = subprocess.Popen(
            [
                "prometheus",
                f"--config.file={folder}/prometheus.yml",
                f"--storage.tsdb.path={folder}/data",
                f"--web.listen-address=127.0.0.1:{port}",
            ],
            stderr=log,
        )
        try:
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            process.wait(_TIMEOUT)


def ask(prometheus: str, path: str, **query: str | float) -> Any:
    """The data of an answer of its API, such as `ask(address, "query", query="up")`."""
    url = f"{prometheus}/api/v1/{path}?{urllib.parse.urlencode(query)}"
    with urllib.request.urlopen(url, timeout=30) as answer:
        return json.load(answer)["data"]
