"""The settings that choose a model. Every one is an environment variable of its own name."""

from datetime import timedelta
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import SecretStr, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict
from turnstream.settings import Duration

ModelApi = Literal["responses", "chat_completions"]

OPENAI_URL = "https://api.openai.com/v1"
OPENAI_HOST = "api.openai.com"


class ModelSettings(BaseSettings):
    """Without a key and a base URL the keyless model answers."""

    model_config = SettingsConfigDict(extra="ignore", env_ignore_empty=True, frozen=True)

    openai_api_key: SecretStr | None = None
    openai_base_url: str | None = None
    """Of any OpenAI-compatible API; a key is optional with it."""
    model: str | None = None
    """The model's literal name, slashes included; the SDK's default model without it."""
    model_api: ModelApi | None = None
    """The wire format: `responses` at OpenAI, `chat_completions` anywhere else, unless set."""
    model_choices: Annotated[tuple[str, ...], NoDecode] = ()
    """Models that a client may ask for by name, comma separated. Anything else is ignored."""
    model_images: bool = True
    """Whether the model sees images. One that does not may refuse a thread that holds any."""
    model_attachments: int = 20 * 1024 * 1024
    """Bytes of images and documents in one request; older ones are only named."""
    model_timeout: Duration = timedelta(minutes=2)
    """The longest silence of a model. A reasoning model may think this long before a word."""
    transcribe_model: str | None = None
    """Turns speech into text for the guide's dictation, which is off without it."""
    transcribe_base_url: str | None = None
    """Where it is, when that is not where the other models are."""
    transcribe_api_key: SecretStr | None = None
    """For `transcribe_base_url`; no other key is ever sent there."""
    keyless_model: str = "turnstream_guide.keyless_model:create"
    """`module:factory` of the model that answers without a key; `none` for no such model."""
    openai_agents_disable_tracing: bool = True
    """The SDK's own switch, turned over: traces hold what users say and go to OpenAI."""

    @field_validator("model_choices", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        return tuple(name for part in value.split(",") if (name := part.strip()))

    @property
    def keyless(self) -> bool:
        """True when there is nothing to ask but the keyless model."""
        return self.openai_api_key is None and self.openai_base_url is None

    @property
    def base_url(self) -> str:
        """Where a real model is."""
        return self.openai_base_url or OPENAI_URL

    @property
    def official(self) -> bool:
        """True for OpenAI itself, regional hosts included."""
        host = urlsplit(self.base_url).hostname or ""
        return host == OPENAI_HOST or host.endswith(f".{OPENAI_HOST}")

    @property
    def api(self) -> ModelApi:
        """The wire format to speak."""
        return self.model_api or ("responses" if self.official else "chat_completions")
