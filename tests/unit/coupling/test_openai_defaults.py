"""The Agents SDK's defaults for OpenAI: what its documented functions set is where we read it."""

import agents
import pytest
from agents.models import _openai_shared
from openai import AsyncOpenAI
from turnstream_worker.sdk.models.openai_defaults import openai_defaults

from tests.unit.coupling.private_names import takes


@takes("agents.models._openai_shared")
def test_what_an_app_sets_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in list(vars(_openai_shared).items()):
        if "default" in name and not callable(value):
            monkeypatch.setattr(_openai_shared, name, value)  # put back at the end
    client = AsyncOpenAI(base_url="http://own/v1", api_key="own")

    agents.set_default_openai_client(client, use_for_tracing=False)
    agents.set_default_openai_key("sk-own", use_for_tracing=False)
    agents.set_default_openai_api("chat_completions")
    agents.set_default_openai_responses_transport("websocket")

    assert openai_defaults() == (client, "sk-own", False, "websocket")
