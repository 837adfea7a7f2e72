"""A model is shown what users sent, as far as it can see and as far as there is room."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from agents.models.chatcmpl_converter import Converter
from chatkit.types import (
    Attachment,
    FileAttachment,
    ImageAttachment,
    InferenceOptions,
    UserMessageItem,
    UserMessageTextContent,
)
from pydantic import AnyUrl
from turnstream.contracts.ids import new_id
from turnstream.files.blobs import ENDINGS, FILE, Blobs
from turnstream_guide.conversation.thread_items import GuideItems
from turnstream_worker.api import attachments
from turnstream_worker.api.attachments import ModelVision, attachment_bytes, attachment_text

from tests.support import files

RED = files.image(width=30, height=20)


@pytest.fixture(autouse=True)
def blobs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Blobs]:
    """Where this process finds bytes."""
    monkeypatch.setenv("BLOBS_URL", f"file:{tmp_path}")
    attachments._blobs.cache_clear()
    yield Blobs(f"file:{tmp_path}")
    attachments._blobs.cache_clear()


async def attach(blobs: Blobs, content: bytes, media_type: str, text: str = "") -> Attachment:
    """An attachment as it stands in a message, with its bytes where they belong."""
    attachment_id = new_id("atc")
    key = f"{attachment_id}.{ENDINGS[media_type]}"
    await blobs.put(key, content)
    if text:
        await blobs.put(f"{key}.txt", text.encode())
    metadata = {FILE: key, "size": len(content)}
    common: dict[str, Any] = {"id": attachment_id, "mime_type": media_type, "metadata": metadata}
    if media_type.startswith("image/"):
        metadata |= {"width": 30, "height": 20}
        return ImageAttachment(name="red", preview_url=AnyUrl("https://x.example"), **common)
    return FileAttachment(name="file", **common)


def message(*attached: Attachment, number: int = 1) -> UserMessageItem:
    return UserMessageItem(
        id=f"msg_{number}",
        thread_id="thr_1",
        created_at=datetime(2026, 1, 1, tzinfo=UTC),
        content=[UserMessageTextContent(text="Look")],
        attachments=list(attached),
        inference_options=InferenceOptions(),
    )


async def parts(item: UserMessageItem, sight: ModelVision = ModelVision()) -> list[Any]:  # noqa: B008
    """What the model gets of one message, behind the words."""
    converted: list[Any] = await GuideItems([item], sight).to_agent_input([item])
    assert converted[0]["content"][0]["text"] == "Look"
    return list(converted[0]["content"][1:])


async def test_an_image_is_named_and_shown(blobs: Blobs) -> None:
    item = message(await attach(blobs, RED, "image/png"))
    note, image = await parts(item)

    size = f'bytes="{len(RED)}" width="30" height="20"'
    assert note["text"] == f'<ATTACHMENT name="red" type="image/png" {size}></ATTACHMENT>'
    assert image["type"] == "input_image"
    assert image["image_url"].startswith("data:image/png;base64,")
    (sent,) = Converter.items_to_messages(await GuideItems([item]).to_agent_input([item]))
    assert "image_url" in str(sent)


async def test_a_model_that_can_not_see_is_told(blobs: Blobs) -> None:
    item = message(await attach(blobs, RED, "image/png"))
    (note,) = await parts(item, ModelVision(images=False))
    assert 'type="image/png"' in note["text"]


async def test_a_text_is_read(blobs: Blobs) -> None:
    item = message(await attach(blobs, b"buy <milk>", "text/plain"))
    (note,) = await parts(item)
    assert note["text"].endswith(">buy &lt;milk&gt;</ATTACHMENT>")


async def test_a_document_goes_as_it_is_or_as_its_text(blobs: Blobs) -> None:
    item = message(await attach(blobs, files.pdf(), "application/pdf", text="Hello"))

    (note,) = await parts(item)
    assert ">Hello<" in note["text"]
    note, document = await parts(item, ModelVision(documents=True))
    assert "Hello" not in note["text"]
    assert (document["type"], document["filename"]) == ("input_file", "file")


async def test_the_newest_are_shown_when_there_is_not_room_for_all(blobs: Blobs) -> None:
    old, new = [message(await attach(blobs, RED, "image/png"), number=number) for number in (1, 2)]
    converter = GuideItems([old, new], ModelVision(limit=len(RED)))

    first, second = await converter.to_agent_input([old, new])

    assert "input_image" not in str(first)
    assert "input_image" in str(second)


async def test_long_texts_are_cut(blobs: Blobs) -> None:
    long = b"x" * (attachments.LONGEST_TEXT + 1)
    items = [message(await attach(blobs, long, "text/plain"), number=n) for n in range(3)]

    converted: list[Any] = await GuideItems(items).to_agent_input(items)

    lengths = [str(each).count("x") for each in converted]
    assert lengths[1:] == [lengths[1]] * 2
    assert lengths[1] - lengths[0] == attachments.LONGEST_TEXT


async def test_bytes_that_are_gone_fail_no_turn(blobs: Blobs) -> None:
    attached = await attach(blobs, RED, "image/png")
    note = await attach(blobs, b"hello", "text/plain")
    for each in (attached, note):
        await blobs.delete((each.metadata or {})[FILE])

    first, second = await parts(message(attached, note))

    assert 'name="red"' in first["text"]
    assert 'name="file"' in second["text"]


async def test_what_an_app_keeps_itself_is_named(blobs: Blobs) -> None:
    """So is an attachment that claims the bytes of another."""
    secret = await attach(blobs, b"secret", "text/plain")
    own = FileAttachment(id="a1", name="plan", mime_type="text/plain")
    thief = own.model_copy(update={"metadata": secret.metadata})
    for attached in (own, thief):
        assert await attachment_bytes(attached) is None
        assert await attachment_text(attached) is None
        (note,) = await parts(message(attached))
        assert "secret" not in note["text"]
