"""What an attachment is, is decided by its bytes; whatever they are, the gateway survives them."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from typing import Any, BinaryIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, PngImagePlugin
from pypdf import PdfWriter
from turnstream.contracts.owner import Owner
from turnstream.errors import AttachmentRefused, AttachmentTypeRefused
from turnstream.files.blobs import ENDINGS
from turnstream_gateway.files.content import Inspector
from turnstream_gateway.files.images import FileRefused
from turnstream_gateway.files.inspection import inspect

from tests.support import files

PIXELS = 1_000_000
ANN = Owner("default", "ann")
MAGIC = [b"", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff\xe0", b"GIF89a", b"RIFF....WEBP", b"%PDF-1.7\n"]


async def inspected(content: BinaryIO, claimed: str) -> dict[str, Any]:
    """What is found of a file; what should be kept instead is in `clean`, if it is another."""
    with tempfile.TemporaryFile() as clean:
        found = await Inspector(PIXELS).inspect(ANN, content, claimed, clean)
        clean.seek(0)
        return found | ({"clean": clean.read()} if found.get("changed") else {})


def locked_pdf(user_password: str) -> bytes:
    """A document that forbids printing; it opens with the user's password, if that is not empty."""
    writer = PdfWriter(BytesIO(files.pdf("Terms of use")))
    writer.encrypt(user_password=user_password, owner_password="owner", algorithm="AES-256")
    locked = BytesIO()
    writer.write(locked)
    return locked.getvalue()


@contextmanager
def opened(content: bytes) -> Iterator[BinaryIO]:
    with tempfile.TemporaryFile() as file:
        file.write(content)
        yield file


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "WEBP"])
async def test_an_image_is_measured(kind: str) -> None:
    with opened(files.image(kind, 30, 20)) as content:  # type: ignore[arg-type]
        found = await inspected(content, files.MEDIA[kind])
        assert found == {"width": 30, "height": 20}
        assert content.read() == files.image(kind, 30, 20)  # type: ignore[arg-type]


async def test_a_document_is_read() -> None:
    with opened(files.pdf("Hello from a page")) as content:
        found = await inspected(content, "application/pdf")
    assert found["pages"] == 1
    assert "Hello from a page" in found["text"]


@pytest.mark.parametrize(
    ("content", "claimed", "actual"),
    [
        (b"MZ\x00\x01", "image/png", "application/octet-stream"),
        (b"<svg onload=alert(1)>", "image/png", "text/plain"),
        (b"<html>", "application/pdf", "text/plain"),
        (files.image("PNG"), "text/plain", "image/png"),
        (files.pdf(), "text/markdown", "application/pdf"),
        (b"PK\x03\x04....", "application/json", "application/zip"),
        (b"\x1f\x8b\x08", "text/csv", "application/gzip"),
        (b"\x7fELF\x02\x01\x01\x00", "text/plain", "application/octet-stream"),
    ],
    ids=["exe", "svg", "html", "png", "pdf", "zip", "gzip", "elf"],
)
async def test_bytes_that_are_not_what_they_claim(
    content: bytes, claimed: str, actual: str
) -> None:
    with opened(content) as file, pytest.raises(AttachmentTypeRefused, match=actual):
        await inspected(file, claimed)


@pytest.mark.parametrize(
    ("content", "claimed", "reason"),
    [
        (files.image("JPEG", 300, 300)[:-200], "image/jpeg", "damaged"),
        (files.image("PNG", 300, 300)[:400], "image/png", "damaged"),
        (files.pdf()[:60], "application/pdf", "damaged"),
        (files.image("PNG", 1001, 1000), "image/png", "1001 × 1000 pixels"),
        (files.pixel_bomb(), "image/png", "60000 × 60000 pixels"),
        (b"a" * 20_000 + b"\x00", "text/plain", "zero bytes"),
        (locked_pdf("user"), "application/pdf", "opens with a password only"),
        (b"a" * 2000 + b"\x00", "text/csv", "zero bytes"),
        (b"{", "application/json", "not JSON"),
        (b"[" * 100_000, "application/json", "not JSON"),
    ],
    ids=["jpeg", "png", "pdf", "large", "bomb", "late", "locked", "zeros", "json", "nested"],
)
async def test_what_can_not_be_used_is_refused_with_a_reason(
    content: bytes, claimed: str, reason: str
) -> None:
    with opened(content) as file, pytest.raises(AttachmentRefused, match=reason):
        await inspected(file, claimed)


@pytest.mark.parametrize("bomb", [files.text_bomb, files.document_bomb])
async def test_a_bomb_goes_off_elsewhere(bomb: object) -> None:
    """It is refused, whether its reader noticed or was stopped by its limits."""
    content = bomb()  # type: ignore[operator]
    claimed = "image/png" if content.startswith(b"\x89PNG") else "application/pdf"
    with opened(content) as file, pytest.raises(AttachmentRefused):
        await inspected(file, claimed)


@settings(deadline=None)  # a busy machine may pause anywhere
@given(st.sampled_from(MAGIC), st.binary(max_size=300), st.sampled_from(sorted(ENDINGS)))
def test_no_bytes_make_an_inspection_fail(magic: bytes, rest: bytes, claimed: str) -> None:
    """Whatever comes is described or refused."""
    try:
        found = inspect(BytesIO(magic + rest), claimed, PIXELS, BytesIO())
    except FileRefused as refusal:
        assert str(refusal)
    else:
        assert found


def photo(kind: str, orientation: int = 6) -> bytes:
    """A photo that lies on its side, red on its left, with the place where it was taken."""
    image = Image.new("RGB", (40, 20), "blue")
    image.paste("red", (0, 0, 10, 20))
    exif = Image.Exif()
    exif[0x0112] = orientation
    exif[0x010F] = "Maker"
    exif.get_ifd(0x8825).update({1: "N", 2: (59.0, 54.0, 0.0), 3: "E", 4: (10.0, 45.0, 0.0)})
    notes = PngImagePlugin.PngInfo()
    notes.add_text("Author", "Somebody")
    made = BytesIO()
    options = {"pnginfo": notes} if kind == "PNG" else {"quality": 95}
    image.save(made, kind, exif=exif, **options)
    return made.getvalue()


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
async def test_a_photo_is_turned_upright_and_tells_nothing(kind: str) -> None:
    """Neither the model nor anybody else gets the place; the colours stay where they are seen."""
    with opened(photo(kind)) as content:
        found = await inspected(content, files.MEDIA[kind])
    assert (found["width"], found["height"], found["changed"]) == (20, 40, True)
    with Image.open(BytesIO(found["clean"])) as kept:
        assert (kept.format, kept.size, dict(kept.getexif())) == (kind, (20, 40), {})
        red, _, blue = kept.convert("RGB").getpixel((10, 3))  # type: ignore[misc]
        assert red > 200 > 60 > blue, "the left side is above now"
    for said in (b"Maker", b"Somebody", b"Exif\x00", b"eXIf", b"EXIF"):
        assert said not in found["clean"]


async def test_a_photo_that_stands_upright_loses_its_notes_only() -> None:
    """Its size stays."""
    with opened(photo("JPEG", orientation=1)) as content:
        found = await inspected(content, "image/jpeg")
    assert (found["width"], found["height"], found["changed"]) == (40, 20, True)
    assert b"Maker" not in found["clean"]


async def test_an_image_is_of_the_type_that_its_bytes_are() -> None:
    """Whatever it is called: phones and chat apps rename images."""
    with opened(files.image("JPEG", 30, 20)) as content:
        found = await inspected(content, "image/png")
    assert found == {"width": 30, "height": 20, "type": "image/jpeg"}


@pytest.mark.parametrize(
    "content", [locked_pdf(""), b"\r\n" + files.pdf("Terms of use")], ids=["owner", "blank line"]
)
async def test_a_document_that_opens_is_read(content: bytes) -> None:
    """With a password for its owner only, or with a blank line before it."""
    with opened(content) as file:
        found = await inspected(file, "application/pdf")
    assert "Terms of use" in found["text"]


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("sep=;\r\nName;Größe\r\nJosé;1,5 m²\r\n", "cp1252"),
        ("sep=;\r\nName;Größe\r\n", "utf-8-sig"),
        ("Name\tMenge\r\nÄpfel\t3\r\n", "utf-16"),
        ("a,b\r\n1,2\r\n", "utf-16-le"),
        ("a,b\r\n1,2\r\n", "utf-16-be"),
        ("x", "utf-32"),
        ("姓名,年龄\n张三,25\n", "gb18030"),
        ("姓名,年齡\n王小明,25\n", "big5"),
        ("名前,年齢\n田中,25\n", "cp932"),
        ("こんにちは、世界", "euc_jp"),
        ("이름,나이\n김철수,25\n", "cp949"),
        ("Имя;Город\nИван;Москва\n", "cp1251"),
        ("Zażółć gęślą jaźń", "cp1250"),
        ("He said “hello” – it costs 5 €", "cp1252"),
    ],
)
async def test_a_text_is_read_in_whatever_encoding_it_was_saved(text: str, encoding: str) -> None:
    """With its mark or without one; what is kept for the model is the text itself."""
    clean = BytesIO()
    found = inspect(BytesIO(text.encode(encoding)), "text/csv", PIXELS, clean)
    assert (found["text"], found["encoding"]) == (text, encoding)


async def test_a_text_in_utf_8_is_kept_once() -> None:
    """Nothing need be read from it: it is what a model reads."""
    with opened("naïve 👩\u200d🚀".encode()) as content:
        assert await inspected(content, "text/plain") == {"characters": 9}
