"""A whole app is checked as a worker would load it, and refused where it can never work."""

import importlib
import json
import sys
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from turnstream.cli import main as cli
from turnstream.testing import MemoryStore
from turnstream_worker.checks import check_at_start
from turnstream_worker.checks.findings import Finding, Severity
from turnstream_worker.checks.module_names import name_findings
from turnstream_worker.checks.rules import findings_of
from turnstream_worker.loading import AssistantNotLoaded, load_assistant
from turnstream_worker.thread.chatkit_store import TurnStore

HEAD = """
from chatkit.server import ChatKitServer
from turnstream.testing import MemoryStore
from turnstream_worker.thread.chatkit_store import TurnStore

def own_store():
    return TurnStore(MemoryStore())

class Shop(ChatKitServer):
    async def respond(self, thread, item, context):
        return
        yield
"""
Write = Callable[[str], str]


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Write]:
    """Writes the module of an app; gives `module:factory`."""
    monkeypatch.syspath_prepend(tmp_path)
    name = f"shop_{tmp_path.name.replace('-', '_')}"

    def written(code: str) -> str:
        (tmp_path / f"{name}.py").write_text(HEAD + textwrap.dedent(code))
        importlib.invalidate_caches()
        return f"{name}:create"

    yield written
    sys.modules.pop(name, None)


def check(path: str) -> list[Finding]:
    loaded = load_assistant(path, TurnStore(MemoryStore()))
    return list(findings_of(path, loaded.assistant))


STORES = {
    "the one it was given": ("Shop(store)", None),
    "one of its own": ("Shop(own_store())", Severity.REFUSED),
    "a wrapper of the one it was given": ("Shop(Wrapper(store))", None),
    "one of its own, with the other one beside": ("Beside(store)", Severity.WARNING),
}


@pytest.mark.parametrize("store", STORES)
def test_a_server_must_ask_the_store_that_its_factory_was_given(store: str, write: Write) -> None:
    """Or one that leads to it; any other has no conversation in it."""
    made, severity = STORES[store]
    path = write(f"""
        class Wrapper(TurnStore):
            def __init__(self, inner):
                self._load = lambda: inner

        class Beside(Shop):
            def __init__(self, store):
                super().__init__(own_store())
                self.durable = store

        def create(store):
            return {made}
        """)

    found = [each for each in check(path) if each.code == "own-store"]

    assert [each.severity for each in found] == ([severity] if severity else [])
    if severity is Severity.WARNING:
        place = found[0].location
        assert place is not None
        assert (
            "super().__init__(own_store())" in place.file.read_text().splitlines()[place.line - 1]
        )


@pytest.mark.parametrize(
    ("method", "severity"),
    [
        ("async def process(self, request, context)", Severity.REFUSED),
        ("async def _process_streaming(self, request, context)", Severity.REFUSED),
        ("def _serialize(self, obj)", Severity.WARNING),
        ("def _of_my_own(self)", None),
    ],
)
def test_a_method_that_is_never_called_is_found(
    method: str, severity: Severity | None, write: Write
) -> None:
    """In a class between too; its line is that of the method."""
    path = write(f"""
        class Guarded(Shop):
            {method}:
                raise PermissionError("nobody may ask")

        class Mine(Guarded):
            pass

        def create(store):
            return Mine(store)
        """)

    found = [each for each in check(path) if each.code == "never-called"]

    assert [each.severity for each in found] == ([severity] if severity else [])
    for each in found:
        assert each.location is not None
        assert method in each.location.file.read_text().splitlines()[each.location.line - 1]


def test_what_can_never_work_is_refused_at_the_start_of_a_worker(write: Write) -> None:
    """With file, line and remedy; a setting starts it all the same."""
    path = write("def create(store):\n    return Shop(own_store())\n")
    app = load_assistant(path, TurnStore(MemoryStore()))

    with pytest.raises(AssistantNotLoaded, match=r"\.py:\d+: refused: .*super\(\)\.__init__"):
        check_at_start(app, refuse=True)
    check_at_start(app, refuse=False)


@pytest.mark.parametrize("app", ["turnstream_guide", "turnstream_worker.assistants.example"])
def test_the_apps_of_this_house_have_nothing_to_warn_of(
    app: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["check", f"{app}:create"]) == 0


def test_the_command_says_all_of_it_for_people_and_for_programs(
    write: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    """The exit status tells whether a worker would complain."""
    path = write("""
        import time

        async def slow():
            time.sleep(1)

        def create(store):
            return Shop(store)
        """)

    assert cli.main(["check", path]) == 1
    text = capsys.readouterr().out
    assert cli.main(["check", path, "--json"]) == 1
    (found,) = json.loads(capsys.readouterr().out)

    assert f"{found['file']}:{found['line']}: warning: " in text
    assert found["remedy"] in text
    assert text.splitlines()[-1] == f"{path}: 1 warning"


def test_without_a_name_it_checks_what_a_worker_would_load_and_names_each(
    write: Write, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The app of `ASSISTANT`, and those of `WORKFLOWS`."""
    path = write("def create(store):\n    return Shop(own_store())\n")
    monkeypatch.setenv("ASSISTANT", "turnstream_worker.assistants.example:create")
    monkeypatch.setenv("WORKFLOWS", f"wf_shop={path}")

    assert cli.main(["check"]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "turnstream_worker.assistants.example:create: nothing found"
    assert lines[-1] == f"wf_shop={path}: 1 refused"

    assert cli.main(["check", "--json"]) == 1
    (found,) = json.loads(capsys.readouterr().out)
    assert found["app"] == f"wf_shop={path}"


def test_workflows_that_are_not_written_well_are_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """As at the start of a worker."""
    monkeypatch.setenv("WORKFLOWS", "wf_shop")
    assert cli.main(["check"]) == 1
    assert "'wf_shop' is not of the form" in capsys.readouterr().err


def test_an_app_that_can_not_be_loaded_is_a_finding(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["check", "no.such:app", "--json"]) == 1
    (found,) = json.loads(capsys.readouterr().out)
    assert found["code"] == "not-loaded"
    assert "No module named" in found["message"]


def test_a_file_that_is_not_the_module_of_its_name_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that hides Python's own, one of a package that is in use; not any other."""
    for name in ("logging.py", "agents.py", "store.py", "orders.py"):
        (tmp_path / name).write_text("")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))

    found = {each.location.file.name: each.message for each in name_findings() if each.location}

    assert set(found) == {"logging.py", "agents.py"}
    assert "Python's own" in found["logging.py"]
