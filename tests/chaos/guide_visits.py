"""What users of the guide do: conversations with approvals, files, forms and tools of the page."""

from collections.abc import Mapping, Sequence
from functools import partial

from tests.chaos.scenario import Case
from tests.chaos.scenarios.demonstrations import FOLLOW_UPS, kept, tour
from tests.chaos.soundness import assert_ended
from tests.chaos.steps import Step
from tests.chaos.traffic import Visit, again, complete
from tests.support.chat_client import ChatClient

MOST_EVENTS = 12
OF_THE_DOCS = "guide mentioned"
"""Answered from the pages of a release, which differ from one to the next."""
TOLD = 2
"""Entries of the tour beside the conversations: those that call no tool are much alike."""


async def guide_visits(case: Case) -> Mapping[str, Visit]:
    """Each conversation, to be held against what it came to before the deploy."""
    conversations = {**FOLLOW_UPS, **dict(list(tour().items())[:TOLD])}
    del conversations[OF_THE_DOCS]
    visits: dict[str, Visit] = {}
    for name, steps in conversations.items():
        async with case.world.tab() as client:
            status = await _converse(case, client, steps)
            visits[name] = partial(_same, steps, status, await kept(client))
    return visits


async def _same(
    steps: Sequence[Step], status: str, wanted: str, case: Case, client: ChatClient
) -> None:
    """Whatever is deployed meanwhile, the user has the same in the end."""
    assert await _converse(case, client, steps) == status
    await again(case.world, client, lambda: assert_ended(case.world, client, status))
    shown = await again(case.world, client, lambda: kept(client))
    assert shown == wanted, f"before the deploy\n{wanted}\nmeanwhile\n{shown}"


async def _converse(case: Case, client: ChatClient, steps: Sequence[Step]) -> str:
    """Take the steps, each with a connection that is lost; how the last turn ended."""
    for one in steps:
        request = await again(case.world, client, partial(one, client))
        key = case.message("key")
        await complete(case.world, client, request, key, case.rng.randint(1, MOST_EVENTS))
    return client.ended or ""
