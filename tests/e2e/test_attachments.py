"""Files that users send: taken in, shown, handed to the model, and gone with their thread."""

import base64
import re
from collections.abc import AsyncIterator
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from PIL import Image
from pydantic import SecretStr
from turnstream.files.links import Links
from turnstream_devstack.stack import Stack

from tests.support import files
from tests.support.chat_client import ChatClient, Problem, assert_transcript_matches
from tests.support.model_server import ModelServer, instructed, rules, text
from tests.support.waiting import wait_until_async
from tests.unit.gateway.files.test_content import photo

Json = dict[str, Any]
TEXT = b"Remember the milk.\n"


@pytest.fixture
async def browser() -> AsyncIterator[aiohttp.ClientSession]:
    """Fetches what a page shows: without a header that says who is asking."""
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=20)) as session:
        yield session


@pytest.fixture
async def other(demo: Stack) -> AsyncIterator[ChatClient]:
    """Somebody else."""
    async with ChatClient(demo.gateway_urls[0], user="mallory") as client:
        yield client


def links_of(stack: Stack, lifetime: timedelta) -> Links:
    """Links as the stack itself makes them."""
    key = (stack.data_dir / "secrets" / "url-signing-key").read_text()
    return Links(SecretStr(key), lifetime)


def blob_of(stack: Stack, attachment: Json) -> list[Path]:
    """What the disk holds of an attachment."""
    return list((stack.data_dir / "blobs").glob(f"{attachment['id']}.*"))


async def put(
    browser: aiohttp.ClientSession, attachment: Json, content: bytes, method: str | None = None
) -> int:
    """The second phase of two: what the page does with an upload descriptor."""
    place = attachment["upload_descriptor"]
    async with browser.request(
        method or place["method"], place["url"], data=content, headers=place["headers"]
    ) as response:
        return response.status


async def refusal(call: Any) -> tuple[int, str | None]:
    with pytest.raises(Problem) as problem:
        await call
    return problem.value.status, problem.value.code


@pytest.mark.parametrize(
    ("content", "name", "media_type"),
    [
        (files.image("PNG"), "red.png", "image/png"),
        (files.image("JPEG"), "red.jpg", "image/jpeg"),
        (files.pdf(), "page.pdf", "application/pdf"),
        (TEXT, "note.txt", "text/plain"),
        (b"# Note", "note.md", "text/markdown"),
        (b"a,b\n1,2\n", "table.csv", "text/csv"),
        (b'{"a": 1}', "data.json", "application/json"),
    ],
    ids=["png", "jpeg", "pdf", "text", "markdown", "csv", "json"],
)
async def test_a_direct_upload_is_sent_and_answered(
    client: ChatClient, content: bytes, name: str, media_type: str
) -> None:
    """One POST makes an attachment, a message takes it along, and the thread keeps it."""
    attachment = await client.upload(content, name, media_type)
    assert (attachment["name"], attachment["mime_type"]) == (name, media_type)
    assert "metadata" not in attachment

    await client.send_message("Look at this", attachments=[attachment["id"]])

    assert client.ended == "completed"
    (message,) = client.items_of_type("user_message")
    assert [sent["id"] for sent in message["attachments"]] == [attachment["id"]]
    assert message["attachments"][0]["thread_id"] == client.thread_id
    await assert_transcript_matches(client)


@pytest.mark.parametrize("method", ["PUT", "POST"])
async def test_a_two_phase_upload_is_sent_and_answered(
    client: ChatClient, browser: aiohttp.ClientSession, method: str
) -> None:
    """Announced first, with the bytes at a signed link that needs no other credentials."""
    content = files.image()
    attachment = await client.announce("red.png", len(content), "image/png")
    assert await refusal(client.send_message("x", attachments=[attachment["id"]])) == (
        422,
        "unprocessable",
    )

    assert await put(browser, attachment, content, method) == 204

    await client.send_message("Look at this", attachments=[attachment["id"]])
    assert client.ended == "completed"
    (message,) = client.items_of_type("user_message")
    assert "upload_descriptor" not in message["attachments"][0]
    async with browser.get(message["attachments"][0]["preview_url"]) as response:
        assert await response.read() == content
    await assert_transcript_matches(client)


async def test_a_preview_needs_no_headers_and_can_do_no_harm(
    client: ChatClient, browser: aiohttp.ClientSession
) -> None:
    """What an <img> can fetch, marked so that a browser runs nothing of it."""
    content = files.image("WEBP", 30, 20)
    attachment = await client.upload(content, "red.webp", "image/webp")

    async with browser.get(attachment["preview_url"]) as response:
        assert response.status == 200
        assert await response.read() == content
        headers = response.headers

    assert headers["Content-Type"] == "image/webp"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert headers["Cache-Control"].startswith("private")


async def test_a_link_that_was_changed_or_has_run_out_shows_nothing(
    client: ChatClient, browser: aiohttp.ClientSession, demo: Stack
) -> None:
    """Neither a later end, nor another file, nor yesterday's link."""
    mine = await client.upload(files.image(), "a.png", "image/png")
    also_mine = await client.upload(files.image(), "b.png", "image/png")
    link = mine["preview_url"]
    base, key = link.split("/files/")[0], f"{mine['id']}.png"
    for url in (
        link.replace("exp=", "exp=9"),
        link.replace(mine["id"], also_mine["id"]),
        link[:-1] + ("A" if link[-1] != "A" else "B"),
        links_of(demo, -timedelta(hours=1)).link(base, key),
    ):
        async with browser.get(url) as response:
            assert (response.status, (await response.json())["code"]) == (403, "link_refused")
    async with browser.get(link.split("?")[0]) as response:
        assert response.status == 400


async def test_every_reading_of_a_thread_brings_fresh_links(
    client: ChatClient, browser: aiohttp.ClientSession, demo: Stack
) -> None:
    """What is stored is no link, so it can't run out; what is read is one, on any gateway."""
    attachment = await client.upload(files.image(), "red.png", "image/png")
    await client.send_message("Look", attachments=[attachment["id"]])
    client.move_to(demo.gateway_urls[1])
    assert client.thread_id is not None
    page = await client.list_items(client.thread_id)
    thread = await client.get_thread(client.thread_id)
    for items in (page["data"], thread["items"]["data"]):
        (message,) = [item for item in items if item["type"] == "user_message"]
        link = message["attachments"][0]["preview_url"]
        assert link.startswith(demo.gateway_urls[1])
        async with browser.get(link) as response:
            assert response.status == 200


async def test_another_user_finds_nothing(
    client: ChatClient, other: ChatClient, browser: aiohttp.ClientSession
) -> None:
    """Reading, sending, deleting and uploading are refused; the owner's attachment is untouched."""
    attachment = await client.upload(TEXT, "note.txt", "text/plain")
    attachment_id, path = attachment["id"], f"/attachments/{attachment['id']}/content"
    for call in (
        other.call("GET", path),
        other.request("attachments.delete", {"attachment_id": attachment_id}),
        other.send_message("mine now", attachments=[attachment_id]),
    ):
        assert await refusal(call) == (404, "not_found")
    waiting = await client.announce("note.txt", len(TEXT), "text/plain")
    place = waiting["upload_descriptor"]["url"]
    async with browser.put(place.replace(waiting["id"], attachment_id), data=TEXT) as response:
        assert (response.status, "user=" in place) == (403, False)

    assert await client.call("GET", path) == TEXT.decode()
    assert await put(browser, waiting, TEXT) == 204


async def test_a_reference_somebody_wrote_becomes_no_link(
    client: ChatClient, other: ChatClient
) -> None:
    """To name somebody's file in a message opens nothing."""
    attachment = await client.upload(files.image(), "red.png", "image/png")
    forged = f"turnstream://files/{attachment['id']}.png?ref={'A' * 43}"

    await other.send_message(forged, new_thread=True)

    assert forged in str(other.items_of_type("user_message"))
    assert "sig=" not in str(other.items)


@pytest.mark.parametrize(
    ("content", "media_type", "answer"),
    [
        (files.pdf(), "image/png", (415, "attachment_type_refused")),
        (b"<script>alert(1)</script>", "image/png", (415, "attachment_type_refused")),
        (b"<html></html>", "text/html", (415, "attachment_type_refused")),
        (b"MZ\x00", "application/x-msdownload", (415, "attachment_type_refused")),
        (b"PK\x03\x04", "text/plain", (415, "attachment_type_refused")),
        (files.pixel_bomb(), "image/png", (422, "attachment_refused")),
        (files.document_bomb(), "application/pdf", (422, "attachment_refused")),
        (files.image("JPEG", 300, 300)[:-200], "image/jpeg", (422, "attachment_refused")),
        (b"", "image/png", (422, "attachment_refused")),
        (b"a" * (20 * 1024 * 1024 + 1), "text/plain", (413, "body_too_large")),
    ],
    ids=["pdf", "script", "html", "exe", "zip", "pixels", "pages", "damaged", "empty", "large"],
)
async def test_bad_bytes_are_refused_and_the_thread_stays_usable(
    client: ChatClient,
    browser: aiohttp.ClientSession,
    demo: Stack,
    content: bytes,
    media_type: str,
    answer: tuple[int, str],
) -> None:
    """Both ways in: a clear refusal, nothing kept, and the next message is answered."""
    await client.send_message("hello")
    assert await refusal(client.upload(content, "file", media_type)) == answer
    try:
        announced = await client.announce("file", max(1, len(content)), media_type)
    except Problem as problem:
        assert (problem.status, problem.code) == answer
    else:
        assert await put(browser, announced, content) in (413, 415, 422)
        assert blob_of(demo, announced) == []

    await client.send_message("hello again")
    assert client.ended == "completed"
    await assert_transcript_matches(client)


async def test_bytes_other_than_announced_are_refused(
    client: ChatClient, browser: aiohttp.ClientSession
) -> None:
    """More or fewer than announced, and a second time; the right ones are still taken."""
    waiting = await client.announce("note.txt", len(TEXT), "text/plain")
    assert await put(browser, waiting, TEXT + b"!") == 413
    assert await put(browser, waiting, TEXT[1:]) == 422
    assert await put(browser, waiting, TEXT) == 204
    assert await put(browser, waiting, TEXT) == 422


async def test_limits_of_size_and_number(client: ChatClient) -> None:
    """What is announced too large is refused before a byte comes; so is an eleventh attachment."""
    assert await refusal(client.announce("a.txt", 10**9, "text/plain")) == (413, "body_too_large")
    assert await refusal(client.announce("a.txt", 0, "text/plain")) == (422, "unprocessable")
    ids = [(await client.upload(TEXT, "a.txt", "text/plain"))["id"] for _ in range(11)]
    assert await refusal(client.send_message("x", attachments=ids)) == (422, "unprocessable")
    assert (await client.list_threads())["data"] == []

    await client.send_message("x", attachments=ids[:10])
    assert client.ended == "completed"


async def test_a_path_in_a_file_name_leads_nowhere(client: ChatClient, demo: Stack) -> None:
    """The last part is shown; the bytes lie under a name of ours."""
    direct = await client.upload(TEXT, "../../../etc/cron.d/evil.txt", "text/plain")
    announced = await client.announce("C:\\temp\\e\x00v\u202eil.txt", 5, "text/plain")

    assert (direct["name"], announced["name"]) == ("evil.txt", "evil.txt")
    assert [blob.name for blob in blob_of(demo, direct)] == [f"{direct['id']}.txt"]


async def test_a_form_without_a_file_is_a_bad_request(client: ChatClient) -> None:
    """So is a body that is no form."""
    assert await refusal(client.call("POST", "/attachments", {"a": 1})) == (400, "bad_request")
    form = aiohttp.FormData({"file": "text"}, default_to_multipart=True)
    assert await refusal(client._send("POST", "/attachments", data=form)) == (400, "bad_request")


async def test_a_deleted_thread_takes_its_files_along(
    client: ChatClient, browser: aiohttp.ClientSession, demo: Stack
) -> None:
    """The bytes are gone from the disk soon, and the link that still lasts shows nothing."""
    attachment = await client.upload(files.image(), "red.png", "image/png")
    document = await client.upload(files.pdf(), "page.pdf", "application/pdf")
    await client.send_message("Look", attachments=[attachment["id"], document["id"]])
    assert blob_of(demo, attachment)
    assert len(blob_of(demo, document)) == 2  # with the text that was read from it

    await client.request("threads.delete", {"thread_id": client.thread_id})

    async def gone() -> bool:
        return not blob_of(demo, attachment) and not blob_of(demo, document)

    await wait_until_async(gone, timeout=30, message="the bytes are still there")
    async with browser.get(attachment["preview_url"]) as response:
        assert response.status == 404


async def test_a_removed_attachment_is_gone(client: ChatClient, demo: Stack) -> None:
    """What the composer's cross does: its id is unknown at once, its bytes soon."""
    attachment = await client.upload(TEXT, "note.txt", "text/plain")

    await client.request("attachments.delete", {"attachment_id": attachment["id"]})

    gone = client.send_message("x", attachments=[attachment["id"]])
    assert await refusal(gone) == (404, "not_found")
    await wait_until_async(lambda: not blob_of(demo, attachment), timeout=30)


async def test_the_demo_model_says_what_it_got(client: ChatClient) -> None:
    """Name, type, pixels and size of each file, without a key."""
    picture = files.image("PNG", 30, 20)
    ids = [
        (await client.upload(picture, "red.png", "image/png"))["id"],
        (await client.upload(TEXT, "note.txt", "text/plain"))["id"],
    ]
    await client.send_message("Look at these", attachments=ids)

    assert f"red.png (image/png, 30 × 20, {len(picture)} B)" in client.text
    assert f"note.txt (text/plain, {len(TEXT)} B)" in client.text


async def test_a_model_sees_the_image_and_reads_the_document(
    modelled_client: ChatClient, model: ModelServer
) -> None:
    """The bytes themselves go to the endpoint, in its own format, and again with a later
    message of the thread.
    """
    model.script = rules((instructed("title"), text("A title")), otherwise=text("I see."))
    picture = files.image("PNG", 30, 20)
    ids = [
        (await modelled_client.upload(picture, "red.png", "image/png"))["id"],
        (await modelled_client.upload(files.pdf("Hello page"), "p.pdf", "application/pdf"))["id"],
    ]
    await modelled_client.send_message("What is this?", attachments=ids)
    await modelled_client.send_message("And now?")

    assert modelled_client.ended == "completed"
    answers = [call.request for call in model.calls if "title" not in call.request.instructions]
    for request in (answers[0], answers[-1]):
        sent = str(request.input)
        assert base64.b64encode(picture).decode() in sent
        assert "Hello page" in sent
    await assert_transcript_matches(modelled_client)


@pytest.mark.parametrize("two_phase", [False, True], ids=["direct", "two-phase"])
async def test_a_message_of_files_only_is_answered(
    modelled_client: ChatClient,
    model: ModelServer,
    browser: aiohttp.ClientSession,
    two_phase: bool,
) -> None:
    """A photo on its side under a wrong type, and a table of a Chinese Excel: the model gets the
    one upright, without the place, and the text of the other. No part of the message is empty.
    """
    model.script = rules((instructed("title"), text("A title")), otherwise=text("I see."))
    ids = []
    for content, name, claimed in (
        (photo("JPEG"), "photo.png", "image/png"),
        ("姓名;年龄\r\n张三;25\r\n".encode("gb18030"), "t.csv", "application/vnd.ms-excel"),
    ):
        if two_phase:
            made = await modelled_client.announce(name, len(content), claimed)
            assert await put(browser, made, content) == 204
        else:
            made = await modelled_client.upload(content, name, claimed)
        ids.append(made["id"])
    nothing: Json = {"content": [], "attachments": ids, "inference_options": {}}
    await modelled_client.run("threads.create", {"input": nothing})
    await modelled_client.send_message("And now?")

    assert modelled_client.ended == "completed"
    sent, _ = modelled_client.items_of_type("user_message")
    assert [each["mime_type"] for each in sent["attachments"]] == ["image/jpeg", "text/csv"]
    answers = [call.request for call in model.calls if "title" not in call.request.instructions]
    for request in (answers[0], answers[-1]):
        asked = str(request.input)
        assert "张三;25" in asked
        assert "'text': ''" not in asked
        [shown] = re.findall(r"data:image/jpeg;base64,([A-Za-z0-9+/=]+)", asked)
        picture = base64.b64decode(shown)
        with Image.open(BytesIO(picture)) as image:
            assert (image.size, dict(image.getexif())) == ((20, 40), {})
        async with browser.get(sent["attachments"][0]["preview_url"]) as response:
            assert await response.read() == picture
    await assert_transcript_matches(modelled_client)
