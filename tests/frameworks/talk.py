"""`python -m tests.frameworks.talk MODULE [FOLDER]`: talks to an example, in a process of its own.

The packages in FOLDER come behind ours, so that they move none of our pins. Prints what happened
as JSON: what was said, whether every turn was completed, how long the conversations were that the
model was asked about, and what the example searched for itself.
"""

import asyncio
import importlib
import json
import os
import sys
from pathlib import Path
from typing import Any

from tests.support.model_server import ModelRequest, ModelServer, Step, text, tool_call

EXAMPLES = Path(__file__).parents[2] / "examples/frameworks"
WORDS = ("The ", "answer ", "to ")
"""A worker is taken away behind the second."""
SLOWLY = 0.1
"""Seconds between two pieces: a page has seen one before the next comes."""


def script(request: ModelRequest) -> Step:
    """Repeats the question, with what a tool or the handbook says of it."""
    asks = "opening_hours" in request.tools and not request.tool_outputs
    if asks and "hours" in request.last_user_text:
        return tool_call("opening_hours", {"day": "Monday"})
    known = [*request.tool_outputs, request.instructions.partition("The handbook says: ")[2]]
    rest = f"{request.last_user_text} is: {' '.join(known).strip()}"
    return text(*WORDS, rest, delay=SLOWLY)


async def main(module: str) -> dict[str, Any]:
    async with ModelServer(script) as model:
        os.environ |= {
            "OPENAI_API_KEY": "test",
            "OPENAI_BASE_URL": model.base_url,
            "INTERNAL_KEY": "a-key-of-services-that-run-in-tests",
            "LEASE": "5m",  # a framework that loads a part of itself at first blocks the loop
        }
        from turnstream_worker.testing import ScriptedModel, local_app, says

        if module == "google_adk_app":
            importlib.import_module("tests.frameworks.adk_model").register()
        searched: list[str] = []
        example: Any = importlib.import_module(module)
        if search := getattr(example, "search", None):

            def counted(question: str) -> object:
                searched.append(question)
                return search(question)

            example.search = counted
        async with local_app(f"{module}:create", ScriptedModel(says("never asked"))) as app:
            first = await app.say("holidays")
            second = await app.say("hours", first.thread_id, deployed_after="answer ")
        return {
            "said": [first.text, second.text],
            "status": [first.status, second.status],
            "asked": [len(call.request.input) for call in model.calls],
            "searched": searched,
        }


if __name__ == "__main__":
    os.environ["MODEL"] = "scripted" if sys.argv[1] == "google_adk_app" else "gpt-4.1"
    sys.path[1:1] = [str(EXAMPLES)]
    sys.path += sys.argv[2:]
    print(json.dumps(asyncio.run(main(sys.argv[1]))))
