"""Dictation: speech in, words out, and a clear answer for everything that prevents it."""

import base64
from collections.abc import Iterator
from pathlib import Path

import pytest
from turnstream_devstack.stack import Stack

from tests.conftest import NewStack
from tests.support.chat_client import ChatClient, Problem
from tests.support.model_server import Clip, ModelServer, always, text

ROOT = Path(__file__).parents[3]
A_MINUTE = bytes(range(256)) * 3750
"""As many bytes as a minute of speech at 128 kbit/s, the most that browsers record by default."""


@pytest.fixture(scope="module")
def ear() -> Iterator[ModelServer]:
    """An endpoint for speech, apart from the one for answers."""
    with ModelServer(always(text("ok"))).in_thread() as server:
        yield server


@pytest.fixture(scope="module")
def hearing(ear: ModelServer, new_stack: NewStack) -> Iterator[Stack]:
    """The guide on the demo model, with an endpoint for speech."""
    env = {
        "OPENAI_API_KEY": "",
        "OPENAI_BASE_URL": "",
        "TRANSCRIBE_MODEL": "whisper-1",
        "TRANSCRIBE_BASE_URL": ear.base_url,
        "TRANSCRIBE_API_KEY": "for-speech",
        "SERVER_CALL_TIMEOUT": "5s",
    }
    with new_stack("hearing", env) as stack:
        yield stack


async def dictate(
    stack: Stack, clip: bytes = b"speech", mime_type: str = "audio/webm;codecs=opus"
) -> str:
    """What the composer does when a recording ends."""
    params = {"audio_base64": base64.b64encode(clip).decode(), "mime_type": mime_type}
    async with ChatClient(stack.gateway_urls[0]) as client:
        answer: dict[str, str] = await client.request("input.transcribe", params)
    return answer["text"]


async def refused(stack: Stack, **options: object) -> Problem:
    with pytest.raises(Problem) as problem:
        await dictate(stack, **options)  # type: ignore[arg-type]
    return problem.value


@pytest.mark.parametrize(
    ("mime_type", "filename"),
    [
        ("audio/webm;codecs=opus", "clip.webm"),
        ("audio/ogg; codecs=opus", "clip.ogg"),
        ("audio/mp4", "clip.mp4"),
        ("audio/mpeg", "clip.mp3"),
        ("Audio/WAV", "clip.wav"),
    ],
)
async def test_speech_becomes_words(
    hearing: Stack, ear: ModelServer, mime_type: str, filename: str
) -> None:
    """The clip reaches the endpoint byte for byte, under a name that tells its format."""
    ear.reset()
    ear.speech.transcript = " What is the weather in Oslo? "

    heard = await dictate(hearing, bytes(range(256)), mime_type)

    assert heard == "What is the weather in Oslo?"
    kind = mime_type.partition(";")[0].lower()
    key = "Bearer for-speech"
    assert ear.speech.clips == [Clip("whisper-1", filename, kind, bytes(range(256)), key)]


async def test_a_minute_of_speech_fits(hearing: Stack, ear: ModelServer) -> None:
    """The default limit of a body leaves room for it; what does not fit names the limit."""
    ear.reset()
    ear.speech.transcript = "a long story"

    assert await dictate(hearing, A_MINUTE) == "a long story"
    assert ear.speech.clips[0].data == A_MINUTE
    problem = await refused(hearing, clip=A_MINUTE * 2)
    assert (problem.status, problem.code) == (413, "body_too_large")
    assert "MAX_AUDIO" in problem.body["detail"]


@pytest.mark.parametrize(
    ("clip", "mime_type", "says"),
    [
        (b"", "audio/webm", "empty"),
        (b"x", "video/mp4", "audio/webm, audio/ogg"),
        (b"x", "", "audio/webm, audio/ogg"),
    ],
)
async def test_what_is_no_speech_is_not_sent(
    hearing: Stack, ear: ModelServer, clip: bytes, mime_type: str, says: str
) -> None:
    """Empty clips and other formats are 422 and say what would do."""
    ear.reset()
    problem = await refused(hearing, clip=clip, mime_type=mime_type)

    assert (problem.status, problem.code) == (422, "unprocessable")
    assert says in problem.body["detail"]
    assert ear.speech.clips == []


@pytest.mark.parametrize(
    ("answered", "status", "code"),
    [
        (429, 503, "unavailable"),
        (500, 503, "unavailable"),
        (400, 422, "unprocessable"),
        (401, 500, "assistant_failed"),
        (404, 500, "assistant_failed"),
        (0, 504, "timed_out"),
    ],
)
async def test_a_failure_of_the_endpoint_has_a_name(
    hearing: Stack, ear: ModelServer, answered: int, status: int, code: str
) -> None:
    """What may pass says so, what does not says so; the endpoint's own words stay inside."""
    ear.reset()
    ear.speech.status = answered

    problem = await refused(hearing)

    assert (problem.status, problem.code) == (status, code)
    assert problem.body["retryable"] is (status in (503, 504))
    assert "sk-secret" not in str(problem.body)
    assert len(ear.speech.clips) == 1


async def test_without_a_model_for_speech_dictation_is_off(demo: Stack) -> None:
    """501, and the sentence names the setting."""
    problem = await refused(demo)

    assert (problem.status, problem.code) == (501, "unsupported")
    assert "TRANSCRIBE_MODEL" in problem.body["detail"]
