"""Dictation: an OpenAI-compatible transcription endpoint turns speech into text."""

import openai
import structlog
from chatkit.types import AudioInput
from turnstream.errors import (
    AssistantFailed,
    BodyTooLarge,
    TimedOut,
    TurnstreamError,
    Unavailable,
    Unprocessable,
    Unsupported,
)
from turnstream_worker.api import WorkerModels

log = structlog.get_logger(__name__)

ENDINGS = {
    "audio/webm": "webm",
    "audio/ogg": "ogg",
    "audio/mp4": "mp4",
    "audio/mpeg": "mp3",
    "audio/wav": "wav",
}
"""Formats that browsers record and endpoints read. The file's name tells an endpoint which."""
LARGEST_CLIP = 25 * 1024 * 1024
"""Bytes that OpenAI takes. `MAX_AUDIO` of the gateway usually bounds a clip long before."""


async def transcribe(audio: AudioInput, models: WorkerModels) -> str:
    """The words of a clip.

    Raises `Unsupported` when dictation is not set up, `Unprocessable` and `BodyTooLarge` for a
    clip that can't be heard, and for a failure of the endpoint `Unavailable` or `TimedOut` when
    trying again may help, else `AssistantFailed`.
    """
    model, client = models.settings.transcribe_model, models.transcriber
    if model is None:
        raise Unsupported("Dictation is off in this deployment: set TRANSCRIBE_MODEL.")
    if client is None:
        raise Unsupported("Dictation has no endpoint: set TRANSCRIBE_BASE_URL or OPENAI_API_KEY.")
    file = _file(audio)
    try:
        heard = await client.audio.transcriptions.create(model=model, file=file)
    except openai.OpenAIError as error:
        log.warning("clip not transcribed", error=error, bytes=len(audio.data))
        raise _named(error) from error
    return heard.text.strip()


def _file(audio: AudioInput) -> tuple[str, bytes, str]:
    kind = audio.media_type.strip().lower()
    ending = ENDINGS.get(kind)
    if ending is None:
        raise Unprocessable(f"Audio must be one of {', '.join(ENDINGS)}.")
    if not audio.data:
        raise Unprocessable("The clip is empty.")
    if len(audio.data) > LARGEST_CLIP:
        raise BodyTooLarge(f"A clip may hold {LARGEST_CLIP} bytes.")
    return f"clip.{ending}", audio.data, kind


def _named(error: openai.OpenAIError) -> TurnstreamError:
    """The endpoint's failure without its message, which may hold a part of the key."""
    if isinstance(error, openai.APITimeoutError):
        return TimedOut("The transcription endpoint did not answer in time.")
    if isinstance(error, openai.APIStatusError):
        status = error.status_code
        if status == 429 or status >= 500:
            return Unavailable(f"The transcription endpoint answered {status}.")
        if status in (400, 413, 415, 422):
            return Unprocessable("The transcription endpoint could not read this clip.")
        return AssistantFailed(f"The transcription endpoint refused this deployment ({status}).")
    if isinstance(error, openai.APIConnectionError):
        return Unavailable("The transcription endpoint can't be reached.")
    return AssistantFailed("The transcription endpoint gave no transcript.")
