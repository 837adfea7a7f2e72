"""From hosted ChatKit to here: exported with the real SDK, imported, read back, and gone on with.

The hosted API is a double. All else is what a team would use: both commands, the official client,
a page. The tests are the steps of one move, in their order.
"""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx2
import openai
import pytest
from turnstream.cli.main import main
from turnstream_devstack.stack import Stack

from tests.support.chat_client import ChatClient
from tests.support.files import image
from tests.support.hosted.api import KEY, HostedApi, Json
from tests.support.hosted.conversations import (
    USERS,
    answered,
    attached,
    fill,
    item,
    said,
    thread,
    whole_conversation,
)
from tests.support.identity.credentials import server_key

PNG, JPEG = image("PNG"), image("JPEG")
COUNT = 118
DORA = "moved-dora"
WHOLE = "cthr_0999"
"""The thread with an item of every type, and with files."""


@pytest.fixture(scope="module")
def api() -> Iterator[HostedApi]:
    with HostedApi().serving() as api:
        fill(api, COUNT)
        files = [
            attached("file_png", api.add_file("png", PNG)),
            attached("file_jpeg", api.add_file("jpeg", JPEG)),  # which claims to be a PNG
            attached("file_page", api.add_file("page", b"<script>alert(1)</script>")),
            attached("file_gone", f"{api.url}/links/gone"),
        ]
        unknown = item(WHOLE, 50, "generated_image", image="…")
        more = [
            said(WHOLE, 60, "Look", attachments=files),
            answered(WHOLE, 61, "I looked."),
            unknown,
        ]
        locked = {"type": "locked", "reason": "Moved house"}
        api.add(thread(998, DORA, status=locked, title=None))
        api.add(thread(999, DORA), [*whole_conversation(WHOLE), *more])
        yield api


@pytest.fixture(scope="module")
def folder(api: HostedApi, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An export of it."""
    folder = tmp_path_factory.mktemp("export")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OPENAI_API_KEY", KEY)
        assert main(["export-hosted", str(folder), "--base-url", api.base_url]) == 0
    return folder


Importing = Callable[..., tuple[int, str, str]]


@pytest.fixture
def importing(
    demo: Stack, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Importing:
    """Runs the command beside the system: its status, and what it printed."""

    def run(folder: Path, *options: str) -> tuple[int, str, str]:
        monkeypatch.setenv("DATA_DIR", str(demo.data_dir))
        store = ["--store-url", demo.service("store-1").url, "--key", demo.internal_key]
        code = main([*store, "import", str(folder), *options])
        return (code, *capsys.readouterr())

    return run


@pytest.fixture(scope="module")
def server(demo: Stack) -> Iterator[openai.OpenAI]:
    """The team's server, which knew the hosted API."""
    key = server_key(demo.service("store-1").url, demo.internal_key, "threads:read")
    base_url = f"{demo.gateway_urls[0]}/v1"
    with openai.OpenAI(base_url=base_url, api_key=key, max_retries=0) as client:
        yield client


def raw(response: Any) -> list[Json]:
    """What a list of the official client holds, as it came."""
    page = json.loads(response.content)
    data: list[Json] = page["data"]
    return data


def comparable(item: Json) -> Json:
    """An item whose JSON text is parsed, without its links."""
    read: Json = {name: json.loads(item[name]) for name in ("widget", "arguments") if name in item}
    if "attachments" in item:
        read["attachments"] = [
            {name: value for name, value in each.items() if name != "preview_url"}
            for each in item["attachments"]
        ]
    return item | read


def test_a_dry_run_imports_nothing(
    folder: Path, importing: Importing, server: openai.OpenAI
) -> None:
    """It reads and counts."""
    code, told, refused = importing(folder, "--dry-run")

    assert (code, refused) == (0, "")
    assert f"{COUNT + 2}  threads would be imported" in told
    assert server.beta.chatkit.threads.list(user=DORA).data == []


def test_an_import_tells_what_came_and_what_did_not(folder: Path, importing: Importing) -> None:
    """Also what it leaves out, and why."""
    code, told, refused = importing(folder)

    assert (code, refused) == (0, "")
    for line in (
        f"{COUNT + 2}  threads imported",
        f"{2 * COUNT + 10}  items",
        "2  attachments with their bytes",
        "2  attachments by name only",
        "1  items left out: of unknown type chatkit.generated_image",
    ):
        assert line in told


def test_the_official_client_reads_back_what_was_exported(
    api: HostedApi, server: openai.OpenAI
) -> None:
    """Every thread, and every item with a form here, field for field, but for links of ours. The
    bytes of an attachment say its type; one without bytes is a name.
    """
    threads = server.beta.chatkit.threads
    read = list[Json]()
    for user in (*USERS, DORA):
        read += [each.to_dict() for each in threads.list(user=user, order="asc", limit=100)]
    assert {each["id"]: each for each in read} == api.threads
    for thread_id, items in api.items.items():
        wanted = [comparable(each) for each in items]
        if thread_id == WHOLE:
            wanted.pop()
            files = wanted[-2]["attachments"]
            files[1]["mime_type"] = "image/jpeg"
            files[2]["type"] = files[3]["type"] = "file"
        page = threads.with_raw_response.list_items(thread_id, order="asc", limit=100)
        assert [comparable(each) for each in raw(page)] == wanted


def test_a_second_import_changes_nothing(
    folder: Path, importing: Importing, server: openai.OpenAI
) -> None:
    """No thread, no item, no file."""
    threads = server.beta.chatkit.threads
    before = [each.id for each in threads.list_items(WHOLE)]

    code, told, refused = importing(folder)

    assert (code, refused) == (0, "")
    assert f"{COUNT + 2}  threads unchanged" in told
    assert " 0  items" in told
    assert [each.id for each in threads.list_items(WHOLE)] == before


async def test_the_page_goes_on_in_an_imported_thread(
    demo: Stack, folder: Path, importing: Importing
) -> None:
    """It lists the thread, shows its items and its pictures, and gets an answer in it."""
    async with ChatClient(demo.gateway_urls[0], user=DORA) as page:
        listed = await page.list_threads()
        assert [(each["id"], each["title"]) for each in listed["data"] if each.get("title")] == [
            (WHOLE, "Thread 999")
        ]
        items = await page.all_items(WHOLE)
        assert [each["type"] for each in items] == [
            "user_message",
            "user_message",
            "task",
            "workflow",
            "client_tool_call",
            "client_tool_call",
            "widget",
            "assistant_message",
            "user_message",
            "assistant_message",
        ]
        files = items[-2]["attachments"]
        wanted = ((PNG, "image/png"), (JPEG, "image/jpeg"))
        async with httpx2.AsyncClient() as http:
            for attachment, (content, media_type) in zip(files, wanted, strict=False):
                assert "metadata" not in attachment
                link = await http.get(attachment["preview_url"])
                assert (link.status_code, link.content) == (200, content)
                assert link.headers["content-type"] == media_type
        assert [each.get("preview_url") for each in files[2:]] == [None, None]

        await page.load_thread(WHOLE)
        await page.send_message("What is the weather in Oslo?")

        gone_on = await page.all_items(WHOLE)
        ids = [each["id"] for each in items]
        assert [each["id"] for each in gone_on][: len(ids)] == ids
        assert "assistant_message" in [each["type"] for each in gone_on[len(ids) + 1 :]]


def test_users_get_other_names_and_nobodys_thread_is_taken(
    demo: Stack, folder: Path, importing: Importing, tmp_path: Path
) -> None:
    """A thread that is somebody else's here is refused by name; the others come."""
    users = tmp_path / "users.csv"
    users.write_text(f"{DORA},d@example.org\n")
    mapped = tmp_path / "mapped"
    mapped.mkdir()
    lines = (folder / "threads.jsonl").read_text().splitlines()
    fresh = json.dumps({"thread": thread(2000, DORA), "items": []})
    wrong = json.dumps({"thread": thread(2001, " spaced "), "items": []})
    (mapped / "threads.jsonl").write_text("\n".join([lines[-1], fresh, wrong, "{", "{}"]))

    code, told, refused = importing(
        mapped / "threads.jsonl", "--users", str(users), "--without-files"
    )

    assert code == 1
    assert "1  threads imported" in told
    assert "4  threads refused" in told
    for reason in (
        f"{WHOLE}: The thread {WHOLE} is somebody else's.",
        "cthr_2001: A user's name holds",
        "line 4 is no JSON",
        "line 5 is no thread of an export: thread",
    ):
        assert reason in refused
