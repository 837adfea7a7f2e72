"""What a page sends with its client secret: ChatKit's requests, and files.

The same as `POST /chatkit` and `POST /attachments`, at the hosted API's addresses.
"""

from fastapi import APIRouter, Response

from turnstream_gateway.hosted.openapi import refusals
from turnstream_gateway.openapi import CHATKIT_RESPONSES, UPLOAD_FORM
from turnstream_gateway.routes.attachments import upload
from turnstream_gateway.routes.chatkit import post_chatkit

router = APIRouter(tags=["hosted"])

router.post(
    "/conversation",
    response_class=Response,
    responses={
        200: CHATKIT_RESPONSES[200],
        **refusals(400, 401, 403, 404, 409, 413, 415, 422, 429, 501, 503, 504),
    },
)(post_chatkit)
router.post(
    "/files",
    response_class=Response,
    responses=refusals(400, 401, 403, 409, 413, 415, 422, 429, 501, 503),
    openapi_extra=UPLOAD_FORM,
)(upload)
