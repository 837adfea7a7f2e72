"""What a session and a tenant say to the guide: whether it names threads, and its models."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from turnstream.contracts.turns import RequestContext
from turnstream_guide.server import GuideServer
from turnstream_worker.models import ModelSettings, WorkerModels

from tests.support.model_server import ModelServer, always, text
from tests.unit.guide.test_guide import guide
from tests.unit.worker.talking import answer_of, say, title_of


@pytest.fixture
async def host() -> AsyncIterator[ModelServer]:
    async with ModelServer(always(text("Hello."))) as server:
        yield server


@pytest.fixture
async def server(host: ModelServer) -> AsyncIterator[GuideServer]:
    """A guide with the model `main`, beside which a client may choose `small`."""
    models = WorkerModels(ModelSettings(openai_base_url=host.base_url, model="main"))
    yield guide(models, choices=("small",))
    await models.aclose()


def context(**said: Any) -> RequestContext:
    return RequestContext(user_id="ada", **said)


async def test_no_model_is_asked_for_a_title_that_the_session_does_not_want(
    server: GuideServer, host: ModelServer
) -> None:
    """The answer is bought, and nothing else."""
    events = await say(server, "hello", context=context(titles=False))
    assert answer_of(events) == "Hello."
    assert title_of(events) is None
    assert len(host.calls) == 1


@pytest.mark.parametrize(
    ("wish", "answers"),
    [("large", "large"), ("small", "tenants"), ("main", "tenants"), (None, "tenants")],
)
async def test_a_tenant_has_a_model_and_choices_of_its_own(
    server: GuideServer, host: ModelServer, wish: str | None, answers: str
) -> None:
    """Its choices bound what its users may ask for; the deployment's count no more."""
    said = context(model="tenants", model_choices=("large",), titles=False)
    options = {"model": wish} if wish else {}
    await say(server, "hello", None, said, **options)
    assert [call.request.model for call in host.calls] == [answers]


async def test_a_tenant_with_an_empty_list_offers_no_choice(
    server: GuideServer, host: ModelServer
) -> None:
    """It is a list of its own, and not the lack of one."""
    await say(server, "hello", None, context(model_choices=(), titles=False), model="small")
    assert [call.request.model for call in host.calls] == ["main"]
