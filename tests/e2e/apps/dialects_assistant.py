"""The app of tests/dialects in a real worker, for test_killed_dialects.py.

Its folder is `DIALECTS_DIR`: each call of the tool is a line of `cities` there, and a call for the
city of `held` stays inside the tool while that file is there.
"""

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from agents import Model, OpenAIChatCompletionsModel, OpenAIResponsesModel
from chatkit.store import Store
from chatkit.types import ThreadMetadata, ThreadStreamEvent, UserMessageItem
from turnstream_worker.models.provider import default_provider

from tests.dialects.assistant import WEATHER, Effects, WeatherServer


class FileEffects(Effects):
    """Effects that survive a worker."""

    async def look_up(self, city: str) -> str:
        folder = Path(os.environ["DIALECTS_DIR"])
        with (folder / "cities").open("a") as cities:
            cities.write(f"{city}\n")
        held = folder / "held"
        while held.exists() and held.read_text() == city:
            await asyncio.sleep(0.05)
        return WEATHER


class BothApis(WeatherServer):
    """Asks over the Responses API where the message says so, else over Chat Completions."""

    def respond(
        self, thread: ThreadMetadata, input_user_message: UserMessageItem | None, context: Any
    ) -> AsyncIterator[ThreadStreamEvent]:
        server = WeatherServer(self.store, _model(str(input_user_message)), FileEffects())
        return server.respond(thread, input_user_message, context)


def _model(message: str) -> Model:
    client = default_provider().client
    assert client is not None
    if "responses" in message:
        return OpenAIResponsesModel("any", client)
    return OpenAIChatCompletionsModel("any", client)


def create(store: Store[Any]) -> BothApis:
    return BothApis(store, None, FileEffects())
