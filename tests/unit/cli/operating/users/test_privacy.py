"""`turnstream erase`, `hold`, `export` and `audit`: what an operator types, and what is printed."""

import argparse
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import orjson
import pytest
from turnstream.cli import main as cli
from turnstream.cli.operating.users import privacy
from turnstream.contracts.operating.privacy import Erasure, ErasureState
from turnstream.contracts.store_api import SaveFact
from turnstream.errors import LegalHold, NotFound
from turnstream.testing import MemoryStore

from tests.support.turns import ANN, running

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)
ERASE = f"erase --tenant {ANN.tenant} --user {ANN.user}"
HOLD = f"hold --tenant {ANN.tenant}"


def typed(line: str) -> argparse.Namespace:
    return cli._parser().parse_args(line.split())


@pytest.fixture
async def store() -> MemoryStore:
    """Ann has a thread with a turn and a fact."""
    store = MemoryStore()
    await running(store)
    await store.facts.add(ANN, SaveFact(id="fact_1", text="Ann lives in Oslo"))
    return store


async def test_a_dry_run_counts_and_deletes_nothing(store: MemoryStore) -> None:
    """Anyone who has nothing is told so."""
    for _ in range(2):
        lines, left = await privacy.erase_user(store, typed(f"{ERASE} --dry-run"))
        assert [line.split() for line in lines] == [
            ["1", "facts"],
            ["1", "threads"],
            ["1", "turns"],
        ]
        assert left == 0
    nobody = typed("erase --user nobody --dry-run")
    assert await privacy.erase_user(store, nobody) == (["nothing"], 0)


async def test_a_report_says_what_was_deleted_and_what_was_only_renamed() -> None:
    """And what is left of each, once a second pass has looked."""
    erasure = Erasure(
        id="ers_1",
        tenant="acme",
        state=ErasureState.PROVEN,
        counts={"threads": 2, "blobs": 1},
        pseudonymised={"usage": 5},
        left={"threads": 0, "usage": 0, "facts": 0},
        requested_at=NOW,
    )
    assert privacy._report(erasure) == [
        "ers_1  proven",
        "   deleted      left",
        "         1            blobs",
        "         0         0  facts",
        "         2         0  threads",
        "   renamed      left   (kept for the accounts, under a random name)",
        "         5         0  usage",
    ]


async def test_an_erasure_is_reported_and_tells_by_its_status_what_is_left(
    store: MemoryStore,
) -> None:
    """As a table, or as JSON for another program."""
    lines, left = await privacy.erase_user(store, typed(f"{ERASE} --json"))

    [report] = [orjson.loads(line) for line in lines]
    assert (report["state"], report["counts"]["facts"], left) == ("proven", 1, 0)


async def test_a_refused_erasure_says_which_holds_stand_and_how_each_ends(
    store: MemoryStore,
) -> None:
    """Given as it is told, the command that releases a hold does release it."""
    await privacy.hold_lines(store, typed(f"{HOLD} --all-users"))
    await privacy.hold_lines(store, typed(f"{HOLD} --user {ANN.user}"))
    await privacy.hold_lines(store, typed(f"{HOLD} --user bob"))

    with pytest.raises(LegalHold) as caught:
        await privacy.erase_user(store, typed(ERASE))

    assert "turnstream hold --list" in caught.value.detail
    releases = [line for line in caught.value.detail.splitlines() if "--release" in line]
    assert releases == [
        f"  turnstream {HOLD} --user {ANN.user} --release",
        f"  turnstream {HOLD} --all-users --release",
    ]
    for line in releases:
        await privacy.hold_lines(store, typed(line.removeprefix("  turnstream ")))
    _, left = await privacy.erase_user(store, typed(ERASE))
    assert left == 0


async def test_holds_are_placed_listed_and_released(store: MemoryStore) -> None:
    """Newest first. One that is not there can't be released."""
    assert await privacy.hold_lines(store, typed("hold --list")) == ["nothing is on hold"]
    await privacy.hold_lines(store, typed(f"{HOLD} --user {ANN.user}"))
    await privacy.hold_lines(store, typed(f"{HOLD} --all-users"))

    everyone, ann = await privacy.hold_lines(store, typed("hold --list"))
    assert everyone.endswith(f"{ANN.tenant}  all users")
    assert ann.endswith(f"{ANN.tenant}  {ANN.user}")

    release = typed(f"{HOLD} --user {ANN.user} --release")
    assert await privacy.hold_lines(store, release) == ["released"]
    with pytest.raises(NotFound):
        await privacy.hold_lines(store, release)


async def test_an_archive_is_written_for_its_owner_alone(
    store: MemoryStore, tmp_path: Path
) -> None:
    """Nobody else may read the file; nothing but the whole archive is left."""
    target = tmp_path / "ann.zip"
    line = f"export --tenant {ANN.tenant} --user {ANN.user} -o {target}"

    [told] = await privacy.write_export(store, typed(line))

    assert told == f"{target}: {target.stat().st_size} bytes"
    assert target.stat().st_mode & 0o077 == 0
    assert b"Oslo" in zipfile.ZipFile(target).read("facts.jsonl")
    assert [*tmp_path.iterdir()] == [target]


async def test_the_audit_is_listed_newest_first_and_chosen_by_action(store: MemoryStore) -> None:
    """A line each: when, who, what, and about whom."""
    assert await privacy.audit_lines(store, typed("audit")) == ["nothing was done"]
    await privacy.hold_lines(store, typed(f"{HOLD} --user {ANN.user}"))
    await privacy.hold_lines(store, typed(f"{HOLD} --user {ANN.user} --release"))

    lines = [line.split("  ") for line in await privacy.audit_lines(store, typed("audit"))]
    assert [line[1:3] for line in lines] == [
        ["service", "hold.released"],
        ["service", "hold.placed"],
    ]
    chosen = typed("audit --action hold.placed --json")
    [entry] = [orjson.loads(line) for line in await privacy.audit_lines(store, chosen)]
    assert (entry["action"], entry["user"]) == ("hold.placed", ANN.user)
