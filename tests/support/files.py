"""Files of every kind that people attach, good and bad, made on the spot."""

import struct
import zlib
from io import BytesIO
from typing import Literal

from PIL import Image

MEDIA = {"PNG": "image/png", "JPEG": "image/jpeg", "GIF": "image/gif", "WEBP": "image/webp"}


def image(
    kind: Literal["PNG", "JPEG", "GIF", "WEBP"] = "PNG", width: int = 3, height: int = 2
) -> bytes:
    """A red picture."""
    out = BytesIO()
    Image.new("RGB", (width, height), (200, 30, 30)).save(out, kind)
    return out.getvalue()


def pdf(text: str = "Hello from a page", stream: bytes | None = None, filters: str = "") -> bytes:
    """A document of one page that says `text`, or has `stream` as its content."""
    content = stream if stream is not None else f"BT /F1 12 Tf 72 700 Td ({text}) Tj ET".encode()
    font = b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R "
        b"/Resources << /Font << /F1 " + font + b" >> >> >>",
        b"<< /Length %d %s >>\nstream\n%s\nendstream" % (len(content), filters.encode(), content),
    ]
    out = BytesIO()
    out.write(b"%PDF-1.7\n")
    places = []
    for number, body in enumerate(objects, 1):
        places.append(out.tell())
        out.write(b"%d 0 obj\n%s\nendobj\n" % (number, body))
    start = out.tell()
    out.write(b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1))
    for place in places:
        out.write(b"%010d 00000 n \n" % place)
    out.write(b"trailer << /Size %d /Root 1 0 R >>\n" % (len(objects) + 1))
    out.write(b"startxref\n%d\n%%%%EOF\n" % start)
    return out.getvalue()


def pixel_bomb(width: int = 60_000, height: int = 60_000) -> bytes:
    """A PNG of a few hundred bytes that would be billions of pixels."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(b"\0" * 1000)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(name, data) for name, data in chunks)


def text_bomb() -> bytes:
    """A PNG whose comment grows to hundreds of megabytes when it is read."""
    good = image()
    comment = _chunk(b"zTXt", b"Comment\0\0" + zlib.compress(b"\0" * 200_000_000))
    return good[:33] + comment + good[33:]


def document_bomb() -> bytes:
    """A PDF whose page grows to hundreds of megabytes when it is read."""
    packed = zlib.compress(zlib.compress(b" " * 200_000_000))
    return pdf(stream=packed, filters="/Filter [/FlateDecode /FlateDecode]")


def slow_pdf(lines: int = 200_000) -> bytes:
    """A PDF of some kilobytes whose one page takes longer to read than anybody waits."""
    content = b"BT /F1 12 Tf 72 700 Td " + b"(a) Tj 0 -1 Td " * lines + b"ET"
    return pdf(stream=zlib.compress(content), filters="/Filter /FlateDecode")


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
