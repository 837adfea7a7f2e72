"""Links to files, as a browser sees them: a tiny picture is sent, its link loaded, and deleted."""

import json
import struct
import zlib
from collections.abc import Sequence
from typing import Any

from turnstream.contracts.ids import new_id
from turnstream.doctor.findings import Finding, failure, ok, skipped
from turnstream.doctor.http_request import FAILURES, Answer, Request, ask, in_words, unreachable
from turnstream.doctor.probe import Kind, Probe, Target
from turnstream.doctor.probes.services import NO_GATEWAY
from turnstream.doctor.probes.through_gateway import REFUSED, chatkit, not_let_in

_NOT_TAKEN = {
    501: "this deployment takes no files (URL_SIGNING_KEY is not set)",
    415: "this deployment takes no pictures (ATTACHMENT_TYPES)",
}


async def look(target: Target) -> Sequence[Finding]:
    """Send a picture, load it by its link without a credential, delete it."""
    if not target.gateway:
        return [skipped(NO_GATEWAY)]
    try:
        sent = await _send(target)
        if sent.status in REFUSED:
            return [not_let_in(target, sent)]
        if sent.status in _NOT_TAKEN:
            return [skipped(_NOT_TAKEN[sent.status])]
        if sent.status != 200:
            remedy = "See the gateway's log, BLOBS_URL, and the body limit of the proxy."
            return [failure(f"a file can't be sent: {sent.said}", remedy)]
        attachment: dict[str, Any] = json.loads(sent.body)
        try:
            return [await _load(target, str(attachment.get("preview_url", "")))]
        finally:
            await chatkit(
                target,
                "attachments.delete",
                {"attachment_id": attachment["id"]},
                target.credentials,
            )
    except FAILURES as error:
        return [unreachable("POST /attachments", error, "See the probe gateway.")]


async def _send(target: Target) -> Answer:
    boundary = new_id("doctor")
    head = (
        f"--{boundary}\r\n"
        'Content-Disposition: form-data; name="file"; filename="turnstream-doctor.png"\r\n'
        "Content-Type: image/png\r\n\r\n"
    )
    body = head.encode() + _picture() + f"\r\n--{boundary}--\r\n".encode()
    headers = {"Content-Type": f"multipart/form-data; boundary={boundary}", **target.credentials}
    return await ask(Request(f"{target.gateway}/attachments", "POST", headers, body, silence=10.0))


async def _load(target: Target, link: str) -> Finding:
    remedy = "Set PUBLIC_URL, or see the probe proxy: Host and scheme must reach the gateway."
    shown = link.partition("?")[0]
    if not link.startswith(f"{target.gateway}/"):
        return failure(f"a link to a file leads to {shown}, not to {target.gateway}", remedy)
    try:
        answer = await ask(Request(link))
    except FAILURES as error:
        return failure(f"a link to a file does not answer: {in_words(error)} ({shown})", remedy)
    if answer.status != 200 or not answer.body:
        advice = "Let the proxy pass on /files/ with its query, without a login of its own."
        return failure(f"a link to a file says {answer.said}", advice)
    return ok("a file is taken, shown by its link, and deleted")


def _picture() -> bytes:
    """One white pixel, as PNG."""
    head = struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)
    chunks = ((b"IHDR", head), (b"IDAT", zlib.compress(b"\x00\xff")), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        for name, data in chunks
    )


PROBE = Probe(Kind.GATEWAY, look)
