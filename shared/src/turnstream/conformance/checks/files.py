"""Attachments in two phases, and dictation, where a server has them."""

from base64 import b64encode
from urllib.parse import urljoin

from turnstream.conformance import requests
from turnstream.conformance.answers import Answer
from turnstream.conformance.checks.check import (
    MUST,
    check,
    offered,
    require,
    require_ok,
    require_refused,
)
from turnstream.conformance.examination import Examination, NotExaminable
from turnstream.conformance.rules import SERVER, issue
from turnstream.contracts.turns import Json

_TEXT = b"Turnstream conformance\n"
_SILENCE = b"RIFF$\0\0\0WAVEfmt \x10\0\0\0\x01\0\x01\0@\x1f\0\0\x80>\0\0\x02\0\x10\0data\0\0\0\0"
"""A WAV file that holds nothing."""


@check(
    "attachments.two-phase",
    MUST,
    "a file is announced, uploaded, sent and shown",
    issue("chatkit-python#90"),
)
async def two_phase(exam: Examination) -> None:
    """The message has it, and so has the stored thread."""
    attachment = await _announced(exam)
    uploaded = await _upload(exam, attachment)
    require(200 <= uploaded.status < 300, uploaded)
    talk = exam.conversation()
    answer = await talk.send(
        requests.message(exam.plan.prompts.hello, attachments=[attachment["id"]])
    )
    require_ok(answer)
    sent = [each.get("id") for each in talk.user_message.get("attachments") or []]
    require(sent == [attachment["id"]], f"the message has {sent}")
    difference = await talk.difference()
    require(not difference, difference)


@check("attachments.delete", MUST, "a file that was taken back can't be sent", SERVER)
async def delete(exam: Examination) -> None:
    """It is gone."""
    attachment = await _announced(exam)
    require_ok(await exam.ask(requests.delete_attachment(attachment["id"])))
    request = requests.message(exam.plan.prompts.hello, attachments=[attachment["id"]])
    require_refused(await exam.ask(request))


@check(
    "transcribe.answered", MUST, "input.transcribe answers with text, or says that it can't", SERVER
)
async def transcribe(exam: Examination) -> None:
    """A silent recording has none, and is no fault of the server."""
    request = requests.transcribe(b64encode(_SILENCE).decode(), "audio/wav")
    answer = offered(await exam.ask(request))
    require(isinstance(answer.document.get("text"), str), answer)


async def _announced(exam: Examination) -> Json:
    request = requests.create_attachment("conformance.txt", len(_TEXT), "text/plain")
    attachment = offered(await exam.ask(request)).document
    require(isinstance(attachment.get("id"), str), attachment)
    if not attachment.get("upload_descriptor"):
        raise NotExaminable("the attachment has no upload_descriptor")
    return attachment


async def _upload(exam: Examination, attachment: Json) -> Answer:
    descriptor = attachment["upload_descriptor"]
    url = urljoin(exam.plan.target.url, descriptor["url"])
    headers = {"Content-Type": "text/plain", **(descriptor.get("headers") or {})}
    return await exam.user.call(descriptor["method"], url, "upload", headers, _TEXT)
