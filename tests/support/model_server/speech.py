"""The transcription API: multipart clips in, a scripted transcript or refusal out."""

import asyncio
from dataclasses import dataclass, field

from aiohttp import web


@dataclass(frozen=True)
class Clip:
    """One request, as it came."""

    model: str
    filename: str
    content_type: str
    data: bytes
    authorization: str


@dataclass
class Speech:
    """What is heard in every clip, or the status of the refusal; 0 never answers."""

    transcript: str = ""
    status: int = 200
    clips: list[Clip] = field(default_factory=list)

    async def answer(self, http: web.Request) -> web.Response:
        form = await http.post()
        file = form["file"]
        assert isinstance(file, web.FileField)
        key = http.headers.get("Authorization", "")
        with file.file as clip:  # closed here: a request that never ends would leave it open
            data = clip.read()
        self.clips.append(Clip(str(form["model"]), file.filename, file.content_type, data, key))
        if self.status == 0:
            await asyncio.Event().wait()
        if self.status != 200:
            error = {"message": "scripted failure with sk-secret", "type": "api_error"}
            return web.json_response({"error": error}, status=self.status)
        return web.json_response({"text": self.transcript})
