"""Which model answers: OpenAI's, one behind a compatible API, or the keyless demo model."""

from turnstream_worker.models.provider import (
    WorkerModels,
    adopt,
    build_model,
    default_model,
    default_provider,
    use_as_default,
)
from turnstream_worker.models.settings import ModelSettings

__all__ = [
    "ModelSettings",
    "WorkerModels",
    "adopt",
    "build_model",
    "default_model",
    "default_provider",
    "use_as_default",
]
