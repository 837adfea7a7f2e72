"""`turnstream schedules`: what an operator types, and what is printed."""

import argparse
import shlex

import pytest
from turnstream.cli import main as cli
from turnstream.cli.operating.users.schedules import schedule_lines
from turnstream.contracts.owner import Owner
from turnstream.errors import BadRequest, NotFound
from turnstream.testing import MemoryStore

ANN = Owner("acme", "ann")
WHOSE = "--tenant acme --user ann"


def typed(line: str) -> argparse.Namespace:
    return cli._parser().parse_args(shlex.split(line))


async def test_a_schedule_is_made_paused_resumed_and_deleted() -> None:
    """Each by its id, for its user alone."""
    store = MemoryStore()
    cron = "--cron '0 9 * * 1-5' --zone Asia/Taipei"
    (line,) = await schedule_lines(store, typed(f"schedules create {WHOSE} {cron} 'What is due?'"))
    assert "'0 9 * * 1-5' Asia/Taipei" in line
    (made,) = await store.schedules.newest(ANN)
    assert made.message == "What is due?"

    (line,) = await schedule_lines(store, typed(f"schedules pause {WHOSE} {made.id}"))
    assert "paused" in line
    (line,) = await schedule_lines(store, typed(f"schedules resume {WHOSE} {made.id}"))
    assert "paused" not in line
    happened = typed(f"schedules occurrences {WHOSE} {made.id}")
    assert await schedule_lines(store, happened) == ["nothing happened yet"]
    with pytest.raises(NotFound):
        await schedule_lines(store, typed(f"schedules delete --user bob {made.id}"))
    await schedule_lines(store, typed(f"schedules delete {WHOSE} {made.id}"))
    assert await schedule_lines(store, typed(f"schedules list {WHOSE}")) == ["no schedules"]


async def test_one_that_happens_once_tells_when() -> None:
    store = MemoryStore()
    at = "--at 2036-12-24T18:00:00+01:00"
    (line,) = await schedule_lines(store, typed(f"schedules create {WHOSE} {at} 'Merry!'"))
    assert "once" in line
    assert "next 2036-12-24T18:00+01:00" in line


@pytest.mark.parametrize(
    ("when", "wrong"),
    [("--at 2036-12-24T18:00:00", "offset"), ("--cron '0 9 * * *' --zone Mars", "time_zone")],
)
async def test_what_is_no_time_is_refused_with_the_reason(when: str, wrong: str) -> None:
    with pytest.raises(BadRequest, match=wrong):
        await schedule_lines(MemoryStore(), typed(f"schedules create {WHOSE} {when} 'Hello'"))


def test_it_happens_once_or_again_and_again() -> None:
    with pytest.raises(SystemExit):
        typed(f"schedules create {WHOSE} Hello")
