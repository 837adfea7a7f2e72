"""The model endpoint that an app names the SDK's own way, at import, at its start, or in a turn.

Many apps for Azure, vLLM or Ollama call `set_default_openai_client`, `set_default_openai_key` and
`set_default_openai_api`. What they name is used: no other model answers in the app's name.
"""

from typing import NamedTuple

from openai import AsyncOpenAI
from pydantic import SecretStr
from turnstream.telemetry import get_logger

from turnstream_worker.models.client import model_client
from turnstream_worker.models.settings import ModelApi, ModelSettings
from turnstream_worker.sdk.models.openai_defaults import OpenAIDefaults, openai_defaults

log = get_logger(__name__)


class Endpoint(NamedTuple):
    """A client, and the API that its host speaks."""

    client: AsyncOpenAI
    api: ModelApi


class AppEndpoint:
    """Notices what the app set in the SDK since `remember()`, which comes before its loading."""

    def __init__(self, settings: ModelSettings) -> None:
        self._settings = settings
        self._ours = openai_defaults()
        self._seen: OpenAIDefaults = self._ours
        self._endpoint: Endpoint | None = None

    def remember(self) -> None:
        """Take what is set now for ours."""
        self._ours = self._seen = openai_defaults()
        self._endpoint = None

    def named(self) -> Endpoint | None:
        """The app's endpoint; None where it named none. A change of the API alone is not one."""
        now = openai_defaults()
        if now != self._seen:
            self._seen = now
            self._endpoint = self._of(now)
            if self._endpoint is not None:
                url = str(self._endpoint.client.base_url)
                log.info("the app's own model endpoint is used", url=url, api=self._endpoint.api)
            if now.transport != self._ours.transport:
                log.warning("responses come over HTTP", set_by_the_app=now.transport)
        return self._endpoint

    @property
    def api(self) -> ModelApi | None:
        """The API that the app chose; None where it chose none, or the one that is ours."""
        now = openai_defaults()
        return None if now.responses == self._ours.responses else _api(now)

    def _of(self, now: OpenAIDefaults) -> Endpoint | None:
        if now.client is not None and now.client is not self._ours.client:
            # A turn is tried again as a whole: the client's own tries would multiply with them.
            return Endpoint(now.client.with_options(max_retries=0), _api(now))
        if now.key is not None and now.key != self._ours.key:
            seconds = self._settings.model_timeout.total_seconds()
            client = model_client(self._settings.base_url, SecretStr(now.key), seconds)
            return Endpoint(client, _api(now))
        return None


def _api(defaults: OpenAIDefaults) -> ModelApi:
    return "responses" if defaults.responses else "chat_completions"
