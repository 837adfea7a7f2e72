"""Sends one answer, and stops, holds or breaks it where the script says so."""

import asyncio
import time

from aiohttp import web

from .chat_completions import ChatAnswer
from .dialects.dialect import Dialect, HttpAnswer
from .frame import Answer, Frame
from .gates import Gates
from .record import Call
from .responses import ResponsesAnswer
from .script import Script, ScriptError
from .steps import Control, Cut, Fail, Failure, Hold, Pause, Step


class Answering:
    """One request being answered; raises what aiohttp raises when the client goes away."""

    def __init__(
        self, http: web.Request, call: Call, gates: Gates, dialect: Dialect | None = None
    ) -> None:
        self._http = http
        self._call = call
        self._gates = gates
        speaks = dialect is not None and dialect.speaks_to(call.request)
        self._dialect = dialect if speaks else None

    async def run(self, script: Script) -> web.StreamResponse:
        request = self._call.request
        if self._dialect and (refused := self._dialect.refuse(request)):
            return self._answer_over_http(refused)
        try:
            step = script(request)
        except ScriptError as error:
            return self._refuse(Failure(500, code="script_error", message=str(error)))
        if step.failure:
            return self._refuse(step.failure)
        answer: Answer = (
            ResponsesAnswer(step, request)
            if request.api == "responses"
            else ChatAnswer(step, request)
        )
        if request.stream:
            return await self._stream(step, answer)
        return await self._whole(answer)

    async def _stream(self, step: Step, answer: Answer) -> web.StreamResponse:
        dialect = self._dialect
        content_type = dialect.content_type if dialect else "text/event-stream"
        response = web.StreamResponse(headers={"Content-Type": content_type})
        await response.prepare(self._http)
        for frame in dialect.spoken(answer.frames()) if dialect else answer.frames():
            if self._call.deltas == step.deltas_until_cut:
                return self._cut(response, Cut(step.clean_cut))
            if isinstance(frame, Frame):
                await self._write(response, frame)
            elif isinstance(frame, Cut):
                return self._cut(response, frame)
            elif isinstance(frame, Fail):
                await self._write(response, answer.failed(frame))
                break
            else:
                await self._obey(frame)
        return response

    async def _write(self, response: web.StreamResponse, frame: Frame) -> None:
        await response.write(frame.data)
        self._call.deltas += frame.delta
        if frame.terminal:
            self._call.finished = time.monotonic()

    async def _whole(self, answer: Answer) -> web.StreamResponse:
        frames = list(answer.frames())
        for frame in frames:
            if isinstance(frame, Fail):
                return self._refuse(Failure(500, code=frame.code, message=frame.message))
            if isinstance(frame, Cut):
                return self._cut(web.Response(), Cut())
            if not isinstance(frame, Frame):
                await self._obey(frame)
        self._call.finished = time.monotonic()
        whole = answer.whole()
        return web.json_response(self._dialect.whole(frames, whole) if self._dialect else whole)

    async def _obey(self, control: Control) -> None:
        if isinstance(control, Pause):
            await asyncio.sleep(control.seconds)
        elif isinstance(control, Hold):
            await self._gates.wait(control.gate)
        else:
            await asyncio.Event().wait()

    def _cut(self, response: web.StreamResponse, cut: Cut) -> web.StreamResponse:
        self._call.cut = time.monotonic()
        if not cut.clean and self._http.transport:
            self._http.transport.abort()
        return response

    def _answer_over_http(self, answer: HttpAnswer) -> web.Response:
        self._call.status = answer.status
        self._call.finished = time.monotonic()
        headers = {"Content-Type": answer.content_type, **answer.headers}
        return web.Response(status=answer.status, body=answer.body, headers=headers)

    def _refuse(self, failure: Failure) -> web.Response:
        self._call.status = failure.status
        self._call.finished = time.monotonic()
        error = {
            "message": failure.message,
            "type": "rate_limit_error" if failure.status == 429 else "api_error",
            "code": failure.code,
            "param": None,
        }
        return web.json_response(
            {"error": error}, status=failure.status, headers=dict(failure.headers)
        )
