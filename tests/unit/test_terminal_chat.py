"""The terminal's client on a gateway that does what networks do."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from io import StringIO
from typing import Any

import pytest
from aiohttp import web
from turnstream.chat import waiting
from turnstream.chat.client import ChatClient
from turnstream.chat.talk import Talk
from turnstream.errors import BadRequest, Unavailable

Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]


def delta(text: str, position: str) -> str:
    return (
        f'id: {position}\ndata: {{"type":"thread.item.updated","item_id":"m1","update":{{"type":'
        f'"assistant_message.content_part.text_delta","delta":"{text}"}}}}\n\n'
    )


END = 'event: end\ndata: {"status":"completed"}\n\n'


def streaming(*frames: str, turn: str | None = "turn_1") -> Answer:
    """A stream of these frames, which then breaks off."""

    async def answer(request: web.Request) -> web.StreamResponse:
        headers = {"Turn-Id": turn} if turn else {}
        response = web.StreamResponse(headers=headers)
        await response.prepare(request)
        await response.write("".join(frames).encode())
        return response

    return answer


class Gateway:
    """Gives one answer after the other, and knows what it was asked."""

    def __init__(self, *answers: Answer) -> None:
        self.answers, self.asked = list(answers), list[str]()

    async def answer(self, request: web.Request) -> web.StreamResponse:
        self.asked.append(f"{request.method} {request.path_qs}")
        return await self.answers.pop(0)(request)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[ChatClient]:
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self.answer)
        runner = web.AppRunner(app)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        [(host, port, *_)] = runner.addresses
        client = ChatClient(f"http://{host}:{port}", {})
        try:
            yield client
        finally:
            await client.aclose()
            await runner.cleanup()


async def told(gateway: Gateway) -> tuple[str, str]:
    """What a user reads who says hello, and how it ended."""
    screen = StringIO()
    async with gateway.running() as client:
        talk = Talk(client, None, screen, input)
        status = await talk.send(talk.request("hello"))
    return screen.getvalue(), status


async def test_a_lost_connection_is_taken_up_behind_the_last_event() -> None:
    gateway = Gateway(streaming(delta("Hel", "1-1")), streaming(delta("lo", "1-2")), streaming(END))
    assert await told(gateway) == ("Hello\n", "completed")
    assert gateway.asked[1:] == [
        "GET /turns/turn_1/events?after=1-1",
        "GET /turns/turn_1/events?after=1-2",
    ]


async def test_a_gateway_that_is_away_for_a_moment_is_asked_again() -> None:
    async def away(request: web.Request) -> web.StreamResponse:
        return web.Response(status=503)

    gateway = Gateway(streaming(delta("Hi", "1-1")), away, streaming(END))
    assert await told(gateway) == ("Hi\n", "completed")


async def test_a_restart_says_that_it_begins_again() -> None:
    restart = "event: restart\ndata: {}\n\n"
    gateway = Gateway(streaming(delta("He", "1-1"), restart, delta("Hello", "1-1"), END))
    assert (await told(gateway))[0] == "He\n[from the beginning]\n\nHello\n"


async def test_a_revoked_viewer_is_told() -> None:
    gateway = Gateway(streaming(delta("He", "1-1"), "event: revoked\ndata: {}\n\n"))
    assert await told(gateway) == ("He\n[revoked]\n", "revoked")


async def test_a_server_of_another_kind_ends_with_its_stream() -> None:
    gateway = Gateway(streaming(delta("Hello", "1-1"), turn=None))
    assert await told(gateway) == ("Hello\n", "completed")


async def test_what_such_a_server_cuts_off_is_lost() -> None:
    async def cut_off(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        await response.write(delta("Hel", "1-1").encode())
        assert request.transport is not None
        request.transport.abort()
        return response

    assert await told(Gateway(cut_off)) == ("Hel\n[lost]\n", "lost")


@pytest.mark.parametrize(("status", "error"), [(400, BadRequest), (503, Unavailable)])
async def test_a_refusal_says_why(status: int, error: type[Exception]) -> None:
    async def refusing(request: web.Request) -> web.StreamResponse:
        return web.json_response({"detail": "The thread is locked."}, status=status)

    with pytest.raises(error, match="The thread is locked"):
        await told(Gateway(refusing))


def test_only_buttons_that_a_server_acts_on_are_offered() -> None:
    def button(label: str, **action: Any) -> dict[str, Any]:
        return {"type": "Button", "label": label, "onClickAction": {"type": label, **action}}

    card = {
        "type": "Card",
        "children": [button("go", payload={"n": 1}), button("page", handler="client")],
        "confirm": {"label": "Yes", "action": {"type": "yes"}},
    }
    offered = waiting.choices("thr_1", {"type": "widget", "id": "w1", "widget": card})
    assert [choice.label for choice in offered] == ["Yes", "go"]
    assert offered[1].request.params == {
        "thread_id": "thr_1",
        "item_id": "w1",
        "action": {"type": "go", "payload": {"n": 1}},
    }


def test_questions_that_were_not_answered_are_skipped() -> None:
    asked = [{"id": "q1"}, {"id": "q2"}]
    assert waiting.answers(asked, ["Oslo", ""]) == (
        {"q1": {"values": ["Oslo"], "skipped": False}, "q2": {"values": [], "skipped": True}},
        "answered",
    )
    assert waiting.answers(asked, ["", ""])[1] == "skipped"
