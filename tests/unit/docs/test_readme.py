"""The README is followed by people: what it says of settings, code and errors must be so."""

import re
from pathlib import Path

from turnstream.errors import Fenced, ThreadTaken, all_errors

from checks import settings_page

ROOT = Path(__file__).parents[3]
README = (ROOT / "README.md").read_text()
EXAMPLE = ROOT / "services/agent-worker/src/turnstream_worker/assistants/example.py"


def test_the_settings_of_a_newcomer_are_as_the_page_of_all_settings_has_them() -> None:
    section = README.split("\n## Settings\n")[1].split("\n## ")[0]
    rows = re.findall(r"^\| `(\w+)` \| `?([^|`]+?)`? \|", section, re.MULTILINE)
    known = {
        each.name: each.default
        for settings, _ in settings_page.SECTIONS.values()
        for each in settings_page.of(settings)
    }
    known |= {each.name: each.default for each in settings_page.of_make_up()}

    assert len(rows) == 10
    assert dict(rows).items() <= known.items()


def test_the_example_server_is_short_enough_to_be_read() -> None:
    assert len(EXAMPLE.read_text().splitlines()) < 40


def test_the_guide_of_errors_names_every_problem_that_a_client_can_meet() -> None:
    guide = (ROOT / "docs/guides/errors.md").read_text()
    rows = re.findall(r"^\| `(\w+)` \| (\d+) \| (yes|no) \|", guide, re.MULTILINE)
    codes = {code: (int(status), retryable == "yes") for code, status, retryable in rows}
    inside = {Fenced.code, ThreadTaken.code}  # of workers and operators; no client meets them
    assert codes == {
        code: (error.status, error.retryable)
        for code, error in all_errors().items()
        if code not in inside
    }
