"""Settings of the bundled guide. Every one is an environment variable of its own name."""

from pathlib import Path

from pydantic_settings import BaseSettings, SettingsConfigDict


class GuideSettings(BaseSettings):
    """What the guide knows about."""

    model_config = SettingsConfigDict(extra="ignore", env_ignore_empty=True, frozen=True)

    docs_dir: Path = Path("docs/guides")
    """Where the guides are that users can mention with @."""
    vector_store_id: str | None = None
    """A vector store at OpenAI that the model may search too, over the Responses API."""
