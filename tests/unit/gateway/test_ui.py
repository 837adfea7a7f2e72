"""The element's files, as a gateway serves them, and the demo page where one is wanted."""

import base64
import gzip
import hashlib
import os
import posixpath
import re
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient
from turnstream_gateway.app import create_app
from turnstream_gateway.settings import GatewaySettings
from turnstream_gateway.ui.assets import built_assets
from turnstream_gateway.ui.demo_faults import kill_worker

ELEMENT = "/ui/turnstream-chat.js"
KILL = "/demo/turns/turn_1/kill-worker"
BUDGET = 70_000
"""Bytes of the element on the wire, without icons and charts, which load when used."""


@pytest.fixture(scope="module")
def client() -> Iterator[TestClient]:
    """A gateway with the demo page; nothing behind it is asked."""
    yield TestClient(
        create_app(GatewaySettings(demo_page=True)), "http://localhost", follow_redirects=False
    )


def test_the_element_has_an_address_that_leads_to_its_version(client: TestClient) -> None:
    """A page that names no version gets the newest, and asks again next time."""
    answer = client.get(ELEMENT)

    assert answer.status_code == 307
    assert answer.headers["Cache-Control"] == "no-cache"
    assert answer.headers["Location"] == f"/ui/{built_assets().version}/turnstream-chat.js"
    assert client.get(f"{ELEMENT}?a=b").headers["Location"] == f"{answer.headers['Location']}?a=b"


def test_a_query_goes_along_to_the_version(client: TestClient) -> None:
    """Such as what the gallery shall show."""
    where = client.get("/ui/gallery.html?dark&only=Chart").headers["Location"]

    assert where == f"/ui/{built_assets().version}/gallery.html?dark&only=Chart"


def test_a_version_is_kept_for_ever_and_sent_packed(client: TestClient) -> None:
    """An address with a version never has other bytes, so nobody needs to ask twice."""
    where = client.get(ELEMENT).headers["Location"]
    answer = client.get(where)
    again = client.get(where, headers={"If-None-Match": answer.headers["ETag"]})

    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert answer.headers["Content-Encoding"] == "gzip"
    assert answer.headers["Content-Type"].startswith("text/javascript")
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert (again.status_code, again.content) == (304, b"")


def test_a_page_of_an_older_version_gets_the_files_of_this_one(client: TestClient) -> None:
    """During a deploy a page and its files may come from two versions."""
    answer = client.get("/ui/0123456789abcdef/icons/a.js")

    assert answer.status_code == 307
    assert client.get(answer.headers["Location"]).status_code == 200


@pytest.mark.parametrize("path", ["nothing.js", "../settings.py", "x/y.js", "%2e%2e/assets.py"])
def test_what_was_not_built_is_not_there(client: TestClient, path: str) -> None:
    """Only names of the build are answered: no path is ever opened."""
    version = built_assets().version

    assert client.get(f"/ui/{version}/{path}").status_code == 404


def test_the_demo_page_allows_nothing_inline_and_names_the_hashes_of_its_files(
    client: TestClient,
) -> None:
    """The page works under the strictest policy there is, and says which bytes it means."""
    answer = client.get("/")
    scripts = re.findall(r'(?:src|href)="(/ui/[^"]+)" integrity="(sha384-[^"]+)"', answer.text)

    assert "unsafe" not in answer.headers["Content-Security-Policy"]
    assert "require-trusted-types-for 'script'" in answer.headers["Content-Security-Policy"]
    assert len(scripts) == 2
    assert "{{" not in answer.text
    for where, integrity in scripts:
        digest = hashlib.sha384(client.get(where).content).digest()
        assert integrity == f"sha384-{base64.b64encode(digest).decode()}"


def test_there_is_no_demo_page_unless_it_is_wanted() -> None:
    """Off in production; the element is served all the same."""
    client = TestClient(create_app(GatewaySettings()), "http://localhost", follow_redirects=False)

    assert client.get("/").status_code == 404
    assert client.get(ELEMENT).status_code == 307


def test_the_element_stays_within_its_size() -> None:
    """Every page that loads it pays for its size."""
    files = built_assets().files
    packed = [gzip.compress(files[each].content, 9) for each in _loaded_with("turnstream-chat.js")]

    assert sum(map(len, packed)) <= BUDGET


def _loaded_with(name: str) -> set[str]:
    """A module and those that it needs before it runs, not those that it loads when used."""
    loaded: set[str] = set()
    wanted = [name]
    while wanted:
        module = wanted.pop()
        if module in loaded:
            continue
        loaded.add(module)
        text = built_assets().files[module].content.decode()
        folder = posixpath.dirname(module)
        needed = re.findall(r'\b(?:from|import)"(\.[^"]+)"', text)
        wanted += [posixpath.normpath(posixpath.join(folder, each)) for each in needed]
    return loaded


def test_the_gallery_comes_with_the_demo_page_and_under_its_policy(client: TestClient) -> None:
    """Where no demo page is wanted there are no pages of ours at all, whatever their address."""
    gallery = client.get(client.get("/ui/gallery.html").headers["Location"])
    without = TestClient(create_app(GatewaySettings()), "http://localhost", follow_redirects=False)
    version = built_assets().version

    assert "require-trusted-types-for" in gallery.headers["Content-Security-Policy"]
    for name in ("gallery.html", "gallery.js", "index.html", "demo.js", "demo.css"):
        assert without.get(f"/ui/{name}").status_code == 404
        assert without.get(f"/ui/{version}/{name}").status_code == 404


def test_only_a_page_of_make_up_can_kill_a_worker(client: TestClient) -> None:
    """Elsewhere there is nothing to kill; a page of another origin can't send the header."""
    asked = {"Turnstream-Client": "resumable"}

    assert client.post(KILL, headers=asked).status_code == 404
    assert client.post(KILL).status_code == 400
    assert "data-breakable" not in client.get("/").text
    up = TestClient(
        create_app(GatewaySettings(demo_page=True, demo_run_dir=Path("/nowhere"))),
        "http://localhost",
    )
    assert "data-breakable" in up.get("/").text


def test_the_worker_of_a_turn_is_killed_and_no_other(tmp_path: Path) -> None:
    """A worker is known by its pid file. One that has gone, or a name of no file, is nothing to
    kill.
    """
    with subprocess.Popen(["sleep", "60"]) as its, subprocess.Popen(["sleep", "60"]) as other:
        (tmp_path / "agent-worker-1.pid").write_text(str(its.pid))
        (tmp_path / "agent-worker-2.pid").write_text(str(other.pid))
        (tmp_path / "agent-worker-3.pid").write_text("")
        (tmp_path / "store-1.pid").write_text(str(os.getpid()))

        assert kill_worker(tmp_path, "agent-worker-1")
        assert its.wait(5) == -signal.SIGKILL
        for name in ("agent-worker-3", "agent-worker-4", "store-1", "../store-1", "*", ""):
            assert not kill_worker(tmp_path, name)
        assert other.poll() is None
        other.kill()
