"""Asks the model of this environment for one word, as a turn would."""

import time
from contextlib import aclosing
from urllib.parse import urlsplit

from agents import ModelSettings as CallSettings
from agents import ModelTracing
from agents.models import get_default_model
from turnstream.doctor.findings import Finding, failure, ok
from turnstream.settings import ConfigurationError

from turnstream_worker.failures.failure import classify
from turnstream_worker.models import ModelSettings, WorkerModels
from turnstream_worker.probes.model import refused

_INPUT = "Answer with the word ok."


async def call_model() -> Finding:
    """What came of one call. The model is told nothing of anybody."""
    try:
        settings = ModelSettings()
        models = WorkerModels(settings)
    except ConfigurationError as error:  # a wrong setting is told by the settings' probe too
        return failure(str(error), "Mend what the message names.")
    name = _name(settings)
    try:
        first, whole = await _milliseconds(models)
    except Exception as error:
        found = classify(error)
        return refused(name, found.code, found.detail)
    finally:
        await models.aclose()
    if settings.keyless:
        return ok(f"{name} answered in {whole:.0f} ms; OPENAI_API_KEY names a real one")
    return ok(f"{name} answered in {whole:.0f} ms, with its first sign after {first:.0f} ms")


async def _milliseconds(models: WorkerModels) -> tuple[float, float]:
    """Until the first event, and until the last."""
    began = time.monotonic()
    stream = models.get_model(None).stream_response(
        None,
        _INPUT,
        CallSettings(),
        [],
        None,
        [],
        ModelTracing.DISABLED,
        previous_response_id=None,
        conversation_id=None,
        prompt=None,
    )
    first = 0.0
    async with aclosing(stream) as events:  # type: ignore[type-var]  # the SDK's are generators
        async for _ in events:
            first = first or time.monotonic() - began
    return first * 1000, (time.monotonic() - began) * 1000


def _name(settings: ModelSettings) -> str:
    if settings.keyless:
        return "the keyless model"
    host = urlsplit(settings.base_url).hostname
    return f"{settings.model or get_default_model()} at {host}"
