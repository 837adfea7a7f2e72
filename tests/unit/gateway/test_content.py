"""What an attachment is, is decided by its bytes; whatever they are, the gateway survives them."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from typing import BinaryIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from turnstream.errors import AttachmentRefused, AttachmentTypeRefused
from turnstream.files.blobs import ENDINGS
from turnstream_gateway.files.content import Inspector
from turnstream_gateway.files.inspection import Refused, inspect

from tests.support import files

PIXELS = 1_000_000
MAGIC = [b"", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff\xe0", b"GIF89a", b"RIFF....WEBP", b"%PDF-1.7\n"]


@contextmanager
def opened(content: bytes) -> Iterator[BinaryIO]:
    with tempfile.TemporaryFile() as file:
        file.write(content)
        yield file


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "WEBP"])
async def test_an_image_is_measured(kind: str) -> None:
    with opened(files.image(kind, 30, 20)) as content:  # type: ignore[arg-type]
        found = await Inspector(PIXELS).inspect(content, files.MEDIA[kind])
        assert found == {"width": 30, "height": 20}
        assert content.read() == files.image(kind, 30, 20)  # type: ignore[arg-type]


async def test_a_document_is_read() -> None:
    with opened(files.pdf("Hello from a page")) as content:
        found = await Inspector(PIXELS).inspect(content, "application/pdf")
    assert found["pages"] == 1
    assert "Hello from a page" in found["text"]


@pytest.mark.parametrize(
    ("content", "claimed", "actual"),
    [
        (b"MZ\x00\x01", "image/png", "application/octet-stream"),
        (b"<svg onload=alert(1)>", "image/png", "text/plain"),
        (b"<html>", "application/pdf", "text/plain"),
        (files.image("JPEG"), "image/png", "image/jpeg"),
        (files.image("PNG"), "text/plain", "image/png"),
        (files.pdf(), "text/markdown", "application/pdf"),
        (b"PK\x03\x04....", "application/json", "application/zip"),
        (b"\x1f\x8b\x08", "text/csv", "application/gzip"),
        (b"\xff\xfeh\x00i\x00", "text/plain", "application/octet-stream"),
    ],
    ids=["exe", "svg", "html", "jpeg", "png", "pdf", "zip", "gzip", "utf-16"],
)
async def test_bytes_that_are_not_what_they_claim(
    content: bytes, claimed: str, actual: str
) -> None:
    with opened(content) as file, pytest.raises(AttachmentTypeRefused, match=actual):
        await Inspector(PIXELS).inspect(file, claimed)


@pytest.mark.parametrize(
    ("content", "claimed", "reason"),
    [
        (files.image("JPEG", 300, 300)[:-200], "image/jpeg", "damaged"),
        (files.image("PNG", 300, 300)[:400], "image/png", "damaged"),
        (files.pdf()[:60], "application/pdf", "damaged"),
        (files.image("PNG", 1001, 1000), "image/png", "1001 × 1000 pixels"),
        (files.pixel_bomb(), "image/png", "60000 × 60000 pixels"),
        (b"a" * 2000 + b"\xff", "text/plain", "not UTF-8"),
        (b"a" * 2000 + b"\x00", "text/csv", "zero bytes"),
        (b"{", "application/json", "not JSON"),
        (b"[" * 100_000, "application/json", "not JSON"),
    ],
    ids=["jpeg", "png", "pdf", "large", "bomb", "utf-8", "zeros", "json", "nested"],
)
async def test_what_can_not_be_used_is_refused_with_a_reason(
    content: bytes, claimed: str, reason: str
) -> None:
    with opened(content) as file, pytest.raises(AttachmentRefused, match=reason):
        await Inspector(PIXELS).inspect(file, claimed)


@pytest.mark.parametrize("bomb", [files.text_bomb, files.document_bomb])
async def test_a_bomb_goes_off_elsewhere(bomb: object) -> None:
    """It is refused, whether its reader noticed or was stopped by its limits."""
    content = bomb()  # type: ignore[operator]
    claimed = "image/png" if content.startswith(b"\x89PNG") else "application/pdf"
    with opened(content) as file, pytest.raises(AttachmentRefused):
        await Inspector(PIXELS).inspect(file, claimed)


@settings(deadline=None)  # a busy machine may pause anywhere
@given(st.sampled_from(MAGIC), st.binary(max_size=300), st.sampled_from(sorted(ENDINGS)))
def test_no_bytes_make_an_inspection_fail(magic: bytes, rest: bytes, claimed: str) -> None:
    """Whatever comes is described or refused."""
    try:
        found = inspect(BytesIO(magic + rest), claimed, PIXELS)
    except Refused as refusal:
        assert str(refusal)
    else:
        assert found
