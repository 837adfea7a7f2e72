"""`turnstream import`: what an operator types, and what becomes of an import that is stopped."""

import argparse
import json
from collections.abc import Callable
from pathlib import Path

import orjson
import pytest
from turnstream.cli import main as cli
from turnstream.cli.operating.users.importing import import_threads
from turnstream.contracts.operating.imports import ImportThread, ThreadImported
from turnstream.contracts.operating.privacy import Actor
from turnstream.contracts.owner import Owner
from turnstream.errors import TurnstreamError, Unavailable
from turnstream.testing import MemoryStore
from turnstream.testing.memory.imports import MemoryImports

from tests.support.hosted.conversations import answered, attached, said, thread

Typed = Callable[..., argparse.Namespace]


@pytest.fixture(autouse=True)
def no_deployment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """None runs here whose files would be found."""
    monkeypatch.setenv("DATA_DIR", str(tmp_path / "none"))
    monkeypatch.delenv("URL_SIGNING_KEY", raising=False)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An export of five threads of Ann's and Bob's."""
    made = tmp_path / "hosted"
    made.mkdir()
    lines = list[str]()
    for number in range(5):
        one = thread(number, user=("ann", "bob")[number % 2])
        items = [said(one["id"], 0, "Hello"), answered(one["id"], 1, "Hello")]
        lines.append(json.dumps({"thread": one, "items": items}))
    (made / "threads.jsonl").write_text("\n".join(lines))
    return made


@pytest.fixture
def typed(folder: Path) -> Typed:
    def options(*more: str) -> argparse.Namespace:
        return cli._parser().parse_args(["import", str(folder), *more])

    return options


async def threads_of(store: MemoryStore, tenant: str, user: str) -> list[str]:
    owner = Owner(tenant, user)
    page = await store.threads.page(owner, limit=9, order="asc", after=None)
    return [each["id"] for each in orjson.loads(page)["data"]]


class FailingImports(MemoryImports):
    """A store that goes away after some threads."""

    left = 2

    async def thread(
        self, owner: Owner, command: ImportThread, actor: Actor | None = None
    ) -> ThreadImported:
        if not self.left:
            raise Unavailable("The store does not answer.")
        self.left -= 1
        return await super().thread(owner, command, actor)


async def test_an_import_that_is_stopped_goes_on(
    typed: Typed, capsys: pytest.CaptureFixture[str]
) -> None:
    """The same command does the rest, and nothing twice."""
    store = MemoryStore()
    whole, failing = store.imports, FailingImports(store.imports._state)
    store.imports = failing
    with pytest.raises(Unavailable):
        await import_threads(store, typed())
    store.imports = whole

    assert await import_threads(store, typed()) == 0

    told = capsys.readouterr().out
    assert "3  threads imported" in told
    assert "2  threads unchanged" in told
    assert await threads_of(store, "default", "ann") == ["cthr_0000", "cthr_0002", "cthr_0004"]


async def test_owners_are_mapped(typed: Typed, tmp_path: Path) -> None:
    """Anyone who is not in the map keeps their name."""
    users = tmp_path / "users.csv"
    users.write_text('\ufeffann,"anna, née Å"\n\n')
    store = MemoryStore()

    assert await import_threads(store, typed("--tenant", "acme", "--users", str(users))) == 0

    assert len(await threads_of(store, "acme", "anna, née Å")) == 3
    assert len(await threads_of(store, "acme", "bob")) == 2


@pytest.mark.parametrize("wrong", ["ann\n", "ann,a\nann,b\n", "ann, a\n", "a,b,c\n", "ann,\n"])
def test_a_map_that_is_unclear_is_not_read(
    typed: Typed, tmp_path: Path, capsys: pytest.CaptureFixture[str], wrong: str
) -> None:
    """The message names the file; nothing is imported under a wrong name."""
    users = tmp_path / "users.csv"
    users.write_text(wrong)
    with pytest.raises(SystemExit):
        typed("--users", str(users))
    assert "users.csv" in capsys.readouterr().err


async def test_files_are_not_dropped_in_silence(typed: Typed, folder: Path) -> None:
    """Without the deployment's settings an export with files is refused, unless one says so."""
    kept = folder / "attachments"
    kept.mkdir()
    (kept / "file_1").write_bytes(b"PNG")
    one = thread(9)
    files = [attached("file_1", None)]
    line = {"thread": one, "items": [said(one["id"], 0, "Look", attachments=files)]}
    (folder / "threads.jsonl").write_text(json.dumps(line))
    store = MemoryStore()

    with pytest.raises(TurnstreamError, match="URL_SIGNING_KEY"):
        await import_threads(store, typed())
    assert await import_threads(store, typed("--without-files")) == 0

    [shown] = orjson.loads(await store.threads.show(Owner("default", "ann"), one["id"]))["items"][
        "data"
    ]
    assert shown["attachments"] == [
        {
            "id": "file_1",
            "name": "file_1.png",
            "thread_id": one["id"],
            "type": "file",
            "mime_type": "image/png",
        }
    ]


async def test_a_line_that_is_too_long_is_refused_and_the_next_is_read(
    typed: Typed, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It is never in memory as a whole."""
    monkeypatch.setattr("turnstream.hosted.importing.LONGEST", 2000)
    text = (folder / "threads.jsonl").read_text()
    (folder / "threads.jsonl").write_text("x" * 9000 + "\n" + text)

    assert await import_threads(MemoryStore(), typed()) == 1

    captured = capsys.readouterr()
    assert "refused: line 1: longer than 2000 bytes" in captured.err
    assert "5  threads imported" in captured.out


async def test_a_folder_without_an_export_is_told(typed: Typed, folder: Path) -> None:
    """By what is missing in it."""
    (folder / "threads.jsonl").unlink()
    with pytest.raises(TurnstreamError, match=r"has no threads\.jsonl"):
        await import_threads(MemoryStore(), typed())


async def test_another_file_than_that_of_the_export_is_not_passed_over(folder: Path) -> None:
    """The folder's own file would be read in its place."""
    other = folder / "threads-of-may.jsonl"
    other.touch()
    with pytest.raises(
        TurnstreamError, match=r"is not an export: name its folder or its threads\.jsonl"
    ):
        await import_threads(MemoryStore(), cli._parser().parse_args(["import", str(other)]))
