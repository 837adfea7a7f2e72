"""`turnstream turns`, `status` and `console`: what an operator types, and what is printed."""

import argparse

from turnstream.cli import main as cli
from turnstream.cli.operating.console import console_lines
from turnstream.cli.operating.status import status_lines
from turnstream.cli.operating.turns import turn_lines
from turnstream.contracts.identity import Scope
from turnstream.contracts.operating.overview import WorkerHeartbeat
from turnstream.contracts.store_api import WriteAttempt
from turnstream.contracts.turns import TurnEnd, TurnError, TurnStatus
from turnstream.secrets.issued import digest
from turnstream.testing import MemoryStore

from tests.support.turns import ANN, BOB, accept, claim, message


def typed(line: str) -> argparse.Namespace:
    return cli._parser().parse_args(line.split())


async def failed(store: MemoryStore) -> str:
    accepted = await accept(store, message("something private"))
    await claim(store, accepted.turn_id)
    end = TurnEnd(
        status=TurnStatus.FAILED, error=TurnError(code="broken", detail="It \x1b[31m broke")
    )
    await store.attempts.write(ANN, accepted.turn_id, WriteAttempt(attempt=1, end=end))
    return accepted.turn_id


async def test_turns_are_a_line_each_and_the_last_line_leads_on() -> None:
    """Whose, how it stands, and why it failed."""
    store = MemoryStore()
    turn_id = await failed(store)
    other = (await accept(store, owner=BOB)).turn_id

    (line,) = await turn_lines(store, typed("turns list --state failed --user ann"))
    first, more = await turn_lines(store, typed("turns list --limit 1"))

    for told in (turn_id, "ann", "failed", "broken"):
        assert told in line
    assert more == f"more: --after {first.split()[0]}" and max(turn_id, other) in first
    assert await turn_lines(store, typed("turns list --code other")) == ["no turn found"]


async def test_a_turn_is_shown_with_what_may_be_done_and_no_word_of_its_user() -> None:
    """What was said is for `read`. What a terminal would obey is taken out."""
    store = MemoryStore()
    turn_id = await failed(store)

    shown = "\n".join(await turn_lines(store, typed(f"turns show {turn_id}")))
    read = "\n".join(await turn_lines(store, typed(f"turns read {turn_id}")))

    assert "something private" not in shown and "something private" in read
    assert "\x1b" not in shown and "broken" in shown
    assert f"you may: turnstream turns rerun {turn_id}" in shown


async def test_a_failed_turn_runs_again_and_the_new_one_can_be_stopped() -> None:
    """The line names the new turn."""
    store = MemoryStore()
    (line,) = await turn_lines(store, typed(f"turns rerun {await failed(store)}"))
    new = line.split()[-1]
    assert await turn_lines(store, typed(f"turns cancel {new}")) == [f"{new} is cancelled"]


async def test_the_status_names_the_slots_of_each_worker() -> None:
    """And what each tenant has in the queue."""
    store = MemoryStore()
    await accept(store)
    await store.operations.seen(WorkerHeartbeat(instance="w1", slots=50, running=3, draining=True))

    told = await status_lines(store, typed("status"))

    assert "w1: 3 of 50 slots, takes no more turns" in told
    assert "tenant default: 1 queued, 0 running" in told


async def test_the_way_into_the_console_is_a_key_that_ends() -> None:
    """It is the last line, and has the scope of an operator alone."""
    store = MemoryStore()
    *_, secret = await console_lines(store, typed("console --expires 1h --name ann"))
    key = await store.keys.find(digest(secret))
    assert key is not None and key.scopes == {Scope.OPERATOR}
    assert key.name == "ann" and key.expires_in is not None and key.expires_in <= 3600
