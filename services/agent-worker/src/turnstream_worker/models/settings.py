"""The settings that choose a model."""

from datetime import timedelta
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator
from pydantic_settings import NoDecode
from turnstream.settings import EnvironmentSettings, NonNegativeCount, PositiveDuration

ModelApi = Literal["responses", "chat_completions"]

OPENAI_URL = "https://api.openai.com/v1"
OPENAI_HOST = "api.openai.com"


class ModelPrice(BaseModel):
    """US dollars for a million tokens of a model."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    input: Annotated[float, Field(ge=0)]
    cached_input: Annotated[float, Field(ge=0)] | None = None
    """Unset, the same as `input`."""
    output: Annotated[float, Field(ge=0)]


class ModelSettings(EnvironmentSettings):
    """Without a key and a base URL the keyless model answers."""

    openai_api_key: SecretStr | None = None
    """The key of OpenAI or of a compatible API."""
    openai_base_url: str | None = None
    """The address of any OpenAI-compatible API; a key is optional with it. Without an address and
    without a key the keyless model answers."""
    model: str | None = None
    """The model's literal name, slashes included. Unset, it is the default of the Agents SDK. A
    tenant may have one of its own."""
    model_api: ModelApi | None = None
    """The API's format. Unset, it is `responses` at OpenAI and `chat_completions` anywhere else."""
    model_choices: Annotated[tuple[str, ...], NoDecode] = ()
    """Models that a client of the guide may ask for by name. Any other name is ignored."""
    model_images: bool = True
    """Whether the model sees images. With `false` they are named, not sent."""
    model_attachments: NonNegativeCount = 20 * 1024 * 1024
    """Bytes of images and documents in one request to the model, the newest first. The others are
    only named. `0`: all are."""
    model_timeout: PositiveDuration = timedelta(minutes=2)
    """The longest silence of a model. A reasoning model may think this long before its first
    word."""
    model_prices: dict[str, ModelPrice] = Field(default_factory=dict)
    """What models cost that you run yourself, or buy at a price of your own, in US dollars for a
    million tokens: `{"qwen3": {"input": 0.2, "cached_input": 0.05, "output": 0.6}}`. The name `*`
    stands for every model that is not named. Others have the prices of the `genai-prices` package
    where it knows their host, and else none."""
    transcribe_model: str | None = None
    """The model that turns speech into text for the guide's dictation, such as
    `gpt-4o-mini-transcribe`. Without it dictation answers 501."""
    transcribe_base_url: str | None = None
    """The address of that model, when it is not that of the other models."""
    transcribe_api_key: SecretStr | None = None
    """The key for `TRANSCRIBE_BASE_URL`. No other key is ever sent there."""
    keyless_model: str = "turnstream_guide.keyless_model:create"
    """`module:factory` of the model that answers without a key; `none` for an app with models of
    its own."""
    openai_agents_disable_tracing: bool = True
    """`false` sends the Agents SDK's traces to OpenAI. They hold what users say."""

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
        """The model API to speak."""
        return self.model_api or ("responses" if self.official else "chat_completions")
