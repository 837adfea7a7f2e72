"""What an app keeps in memory between turns is found: each worker would have its own."""

from pathlib import Path

import pytest
from turnstream_worker.checks.memory import memory_findings

from tests.unit.worker.checks.reading import lines, sources

CHANGES = [
    "CATS['mo'] = 1",
    "CATS.update(mo=1)",
    "CATS.setdefault('mo', []).append(1)",
    "del CATS['mo']",
    "CATS['mo'] += 1",
]


@pytest.mark.parametrize("change", CHANGES)
def test_a_variable_of_a_module_that_a_turn_changes(change: str, tmp_path: Path) -> None:
    app = f"CATS = {{}}\nasync def respond():\n    {change}\n"
    assert lines(memory_findings(sources(tmp_path, app=app))) == ["CATS = {}"]


def test_in_whatever_module_it_is_changed(tmp_path: Path) -> None:
    cats = "import collections\nCATS = collections.defaultdict(list)\n"
    app = "from cats import CATS\nasync def respond():\n    CATS['mo'].append(1)\n"
    found = lines(memory_findings(sources(tmp_path, cats=cats, app=app)))
    assert found == ["CATS = collections.defaultdict(list)"]


def test_an_object_that_changes_itself(tmp_path: Path) -> None:
    """In a variable, and in a field of the server, as the samples keep their cats and maps."""
    app = """
        from chatkit.server import ChatKitServer

        class Cats:
            def __init__(self):
                self.energy = {}

            def feed(self, cat):
                self.energy[cat] = 10

        CATS = Cats()

        class Lounge(ChatKitServer):
            def __init__(self, store):
                cats = Cats()
                super().__init__(store)
                self.cats = Cats()
                self.seen: list[str] = []
                self.model = "gpt"

            async def respond(self, thread, item, context):
                self.seen.append(thread.id)
        """
    found = lines(memory_findings(sources(tmp_path, app=app)))
    assert found == ["CATS = Cats()", "self.cats = Cats()", "self.seen: list[str] = []"]


def test_what_no_turn_changes_is_left_alone(tmp_path: Path) -> None:
    """Constants, local variables of the same name, sets of tasks, objects of one turn."""
    app = """
        NAMES = ["mo"]
        SEEN = {}
        background_tasks = set()

        class Visit:
            def go(self):
                self.steps = [1]

        class Articles:
            def __init__(self):
                self._read()

            def _read(self):
                self.all = {"a": 1}

        ARTICLES = Articles()

        async def respond():
            SEEN = {}
            SEEN["mo"] = 1
            visit = Visit()
            background_tasks.add(visit)
            return NAMES[0]
        """
    assert lines(memory_findings(sources(tmp_path, app=app))) == []
