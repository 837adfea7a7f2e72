"""Whole systems of real processes, each started once for all the tests that look at it."""

from collections.abc import AsyncIterator, Iterator
from itertools import count
from pathlib import Path

import pytest
from turnstream_devstack.stack import Stack

from tests.conftest import NewStack
from tests.support.chat_client import ChatClient
from tests.support.model_server import ModelServer, always, text

ROOT = Path(__file__).parents[2]
_users = count(1)


@pytest.fixture(scope="session")
def model() -> Iterator[ModelServer]:
    """An endpoint that speaks both of OpenAI's model APIs and answers what a test scripts."""
    with ModelServer(always(text("ok"))).in_thread() as server:
        yield server


@pytest.fixture(scope="session")
def modelled(model: ModelServer, new_stack: NewStack) -> Iterator[Stack]:
    """The guide on a compatible endpoint, with a model name that holds a slash, and odd tools."""
    env = {
        "OPENAI_API_KEY": "test",
        "OPENAI_BASE_URL": model.base_url,
        "MODEL": "ZhipuAI/GLM-4.6",
        "MODEL_API": "chat_completions",
        "MODEL_CHOICES": "small",
        "TOOLS": "tests.e2e.apps.odd_tools",
        "WORKFLOWS": "wf_sales=tests.e2e.apps.desk:sales,wf_help=tests.e2e.apps.desk:help_desk",
        "PYTHONPATH": str(ROOT),
        "WEATHER": "sample",
        "RETRY_BACKOFF": "100ms",
        "LEASE": "3s",
    }
    with new_stack("modelled", env) as stack:
        yield stack


@pytest.fixture
async def client(demo: Stack) -> AsyncIterator[ChatClient]:
    """A plain ChatKit frontend of a user of its own, on the demo system."""
    async with ChatClient(demo.gateway_urls[0], user=f"user-{next(_users)}") as chat:
        yield chat


@pytest.fixture
async def modelled_client(modelled: Stack, model: ModelServer) -> AsyncIterator[ChatClient]:
    """A plain ChatKit frontend of a user of its own, on the system with a scripted model."""
    model.reset()
    async with ChatClient(modelled.gateway_urls[0], user=f"user-{next(_users)}") as chat:
        yield chat
