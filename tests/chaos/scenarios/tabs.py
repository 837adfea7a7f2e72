"""Two tabs write to one thread at a time, under each policy for a busy thread."""

from tests.chaos import answers
from tests.chaos.scenario import Case, Outcome, Scenario, step
from tests.chaos.soundness import assert_nobody_waits
from tests.chaos.world import World
from tests.support.chat_client import ChatClient, Problem, message

POLICIES = ("enqueue", "reject", "interrupt")


async def two_tabs(case: Case) -> Outcome:
    """Which policy the second tab asks for goes by the run's number."""
    policy = POLICIES[case.number % len(POLICIES)]
    world = case.world
    first, second = case.message(answers.LENGTHY), case.message(answers.QUICK)
    async with world.tab() as left, world.tab(left.user, gateway=1) as right:
        case.clients += [left, right]
        async with left.stream(*message(first)) as turn:
            await step(turn, case.rng.randint(2, 12))
            refused = await _second(right, second, str(left.thread_id), policy)
            await turn.to_end()
        assert refused == (policy == "reject"), f"refused: {refused}"
        assert turn.ends == ["cancelled" if policy == "interrupt" else "completed"], turn.ends
        await _assert_order(world, left, first, None if refused else second)
        await assert_nobody_waits(world, str(left.turn_id))
    return Outcome(note=policy)


async def _second(tab: ChatClient, said: str, thread_id: str, policy: str) -> bool:
    """Write from the other tab and see the answer; whether it was refused."""
    headers = {"Turnstream-When-Busy": policy}
    try:
        turn = await tab.run(*message(said, thread_id), headers=headers)
    except Problem as problem:
        assert (problem.status, problem.code) == (409, "thread_busy"), problem
        return True
    assert turn.ends == ["completed"], turn.ends
    assert tab.view.transcript.text() == "".join(answers.BRIEF)
    return False


async def _assert_order(world: World, tab: ChatClient, first: str, second: str | None) -> None:
    """Stored: the first message, its answer, then the second message and its answer."""
    items = await tab.all_items(str(tab.thread_id))
    texts = ["".join(part["text"] for part in item["content"]) for item in items]
    whole = "".join(answers.LONG)
    assert texts[0] == first, texts
    answer = texts[1:-2] if second else texts[1:]
    assert len(answer) <= 1, texts
    assert all(whole.startswith(part) for part in answer), texts
    if second:
        assert texts[-2:] == [second, "".join(answers.BRIEF)], texts
    stop_markers = await world.query(
        "SELECT id FROM items WHERE thread_id = $1 AND type = 'sdk_hidden_context'", tab.thread_id
    )
    assert stop_markers == [], "the model is told of a Stop that nobody pressed"


SCENARIOS = [
    Scenario(
        "tabs",
        "two tabs write to one thread: enqueue, reject and interrupt",
        two_tabs,
        runs=12,
        short=(1, 2),
    )
]
