"""Uploads in one step or two, downloads, and links that show what was uploaded."""

from typing import Annotated, NamedTuple
from urllib.parse import quote

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, Field
from turnstream.contracts.owner import DEFAULT_TENANT, Owner
from turnstream.contracts.rates import RequestKind
from turnstream.files.blobs import Blob, media_type

from turnstream_gateway.admission.limits import upload_limit
from turnstream_gateway.files.uploads import received_content, received_form
from turnstream_gateway.identity.unauthenticated_routes import unauthenticated
from turnstream_gateway.openapi import UPLOAD_CONTENT, UPLOAD_FORM, upload_responses
from turnstream_gateway.routes.dependencies import (
    CurrentPrincipal,
    Files,
    Renewal,
    Services,
    User,
    count_request,
    counted,
)

router = APIRouter(tags=["attachments"])

Expires = Annotated[int, Query(alias="exp", description="When the link runs out, in Unix time.")]
Signature = Annotated[str, Query(alias="sig", description="Proves that the link was made here.")]
KeyId = Annotated[str | None, Query(alias="kid", description="Which key of the ring signed it.")]

_CONTENT = "/attachments/{attachment_id}/content"
_REFUSED_FORM = upload_responses(400, 401, 403, 409, 413, 415, 422, 429, 501, 503)
_REFUSED_CONTENT = upload_responses(403, 404, 413, 415, 422, 501, 503)
_HARMLESS = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "private, max-age=300",
}
"""A stranger's file must not run in a browser, nor send its link on, nor stay in a proxy."""


class SignedUpload(NamedTuple):
    """An upload that a link of ours allows."""

    owner: Owner
    attachment_id: str


class UploadLink(BaseModel):
    """What stands in a link to upload."""

    exp: int = Field(description="When the link runs out, in Unix time.")
    kid: str | None = Field(default=None, description="Which key of the ring sealed it.")
    owner: str = Field(default="", description="For whom the link was made, sealed.")
    user: str = Field(default="", description="For whom, in a link of an earlier version.")
    tenant: str = Field(default=DEFAULT_TENANT, description="Whose user that is.")
    sig: str = Field(default="", description="Proves a link of an earlier version.")


async def _signed_upload(
    attachment_id: str, link: Annotated[UploadLink, Query()], files: Files
) -> SignedUpload:
    """Raises `LinkRefused` for a link that was not made here, or that has run out."""
    if link.owner:
        owner = files.links.owner_of_upload(attachment_id, link.exp, link.owner, link.kid)
    else:
        owner = Owner(link.tenant, link.user)
        files.links.check_upload(attachment_id, owner, link.exp, link.sig)
    return SignedUpload(owner, attachment_id)


Upload = Annotated[SignedUpload, Depends(_signed_upload)]


class NewUpload(NamedTuple):
    """An upload that a user may begin."""

    owner: Owner
    size: int
    """Bytes that it may have."""


async def _new_upload(
    request: Request, principal: CurrentPrincipal, user: User, services: Services
) -> NewUpload:
    size = upload_limit(principal, services.settings.max_attachment)
    await count_request(request, principal, RequestKind.UPLOAD)
    return NewUpload(user, size)


Beginning = Annotated[NewUpload, Depends(_new_upload)]


@router.post(
    "/attachments",
    openapi_extra=UPLOAD_FORM,
    responses=_REFUSED_FORM,
    response_class=Response,
)
async def upload(request: Request, new: Beginning, files: Files, renew: Renewal) -> Response:
    """Direct upload: the form's field `file` becomes an attachment, to be named in a message."""
    async with files.attachments.place(new.owner), received_form(request, new.size) as came:
        document = await files.attachments.take(new.owner, came)
    return _document(renew(document))


@router.put(
    _CONTENT, openapi_extra=UPLOAD_CONTENT, responses=_REFUSED_CONTENT, response_class=Response
)
@router.post(
    _CONTENT, openapi_extra=UPLOAD_CONTENT, responses=_REFUSED_CONTENT, response_class=Response
)
@unauthenticated("the link is signed for one attachment of one user")
async def receive(request: Request, upload: Upload, files: Files) -> Response:
    """Two-phase upload: the bytes of an attachment, at the link that `attachments.create` gave."""
    waiting = await files.attachments.waiting(upload.owner, upload.attachment_id)
    limit = files.attachments.announced_size(waiting)
    async with files.attachments.place(upload.owner), received_content(request, limit) as came:
        await files.attachments.receive(upload.owner, waiting, came)
    return Response(status_code=204)


@router.get(_CONTENT, response_class=Response, dependencies=[counted(RequestKind.READ)])
async def download(attachment_id: str, user: User, files: Files) -> Response:
    """The bytes of an attachment, for its owner."""
    opened = await files.attachments.open(user, attachment_id)
    name = f"attachment; filename*=UTF-8''{quote(opened.name, safe='')}"
    return _blob(opened.blob, opened.media_type, name)


@router.get("/files/{key}", response_class=Response)
@unauthenticated("the link is signed for one file")
async def show(
    key: str, expires: Expires, signature: Signature, files: Files, key_id: KeyId = None
) -> Response:
    """The file that a signed link shows, for anyone who holds the link while it lasts."""
    files.links.check(key, expires, signature, key_id)
    kind = media_type(key)
    disposition = "inline" if kind.startswith("image/") else "attachment"
    return _blob(await files.blobs.open(key), kind, disposition)


def _document(document: bytes) -> Response:
    return Response(document, media_type="application/json")


def _blob(blob: Blob, kind: str, disposition: str) -> Response:
    headers = {
        **_HARMLESS,
        "Content-Length": str(blob.size),
        "Content-Disposition": disposition,
    }
    return StreamingResponse(blob.chunks, media_type=kind, headers=headers)
