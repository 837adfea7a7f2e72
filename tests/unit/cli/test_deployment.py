"""Which deployment a command means, when it is not told."""

from pathlib import Path

import pytest
from turnstream.cli import deployment

KEY = "k" * 32


@pytest.fixture(autouse=True)
def _nothing_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("STORE_URL", "INTERNAL_KEY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(f"TURNSTREAM_{name}", raising=False)
    monkeypatch.setenv("DATA_DIR", str(tmp_path))


def test_what_the_environment_says_counts_first(
    monkeypatch: pytest.MonkeyPatch, running: Path
) -> None:
    """An operator may mean another deployment than the one beside them."""
    monkeypatch.setenv("STORE_URL", "http://store.test")
    monkeypatch.setenv("INTERNAL_KEY", f"{KEY},{'o' * 32}")

    assert (deployment.store_url(), deployment.key()) == ("http://store.test", KEY)


def test_beside_a_running_deployment_its_files_say_the_rest(running: Path) -> None:
    """`make up` writes them for programs of the same user."""
    assert deployment.store_url() == "http://127.0.0.1:4711"
    assert deployment.key() == "n" * 32


def test_without_either_it_is_the_usual_address() -> None:
    """And no key: the store then says that it asks for one."""
    assert (deployment.store_url(), deployment.key()) == ("http://127.0.0.1:8001", "")


@pytest.fixture
def running(tmp_path: Path) -> Path:
    """What `make up` wrote into its data directory."""
    run = tmp_path / "run"
    run.mkdir()
    (run / "store.url").write_text("http://127.0.0.1:4711\n")
    (run / "internal.key").write_text(f"{'n' * 32}\n")
    return run
