"""The README is followed by people: what it says of settings, code and files must be so."""

import re
from collections.abc import Mapping
from pathlib import Path

import pytest
from devstack.options import Options, read_options
from devstack.surroundings import Surroundings
from pydantic_settings import BaseSettings
from turnstream.errors import Fenced, all_errors
from turnstream_gateway.settings import GatewaySettings
from turnstream_guide.settings import GuideSettings
from turnstream_store.settings import StoreSettings
from turnstream_tools.settings import ToolsSettings
from turnstream_worker.models import ModelSettings
from turnstream_worker.settings import WorkerSettings

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()
EXAMPLE = ROOT / "services/agent-worker/src/turnstream_worker/assistants/example.py"
UNSET = "–"
EVERY_SERVICE = "Every service"
SECTIONS: Mapping[str, type[BaseSettings]] = {
    "Gateway": GatewaySettings,
    "Store": StoreSettings,
    "Agent worker": WorkerSettings,
    "The model (agent worker)": ModelSettings,
    "The guide (agent worker, tools)": GuideSettings,
    "Tools": ToolsSettings,
}
OWN = (ModelSettings, GuideSettings)
"""Those that hold nothing of what every service has."""
UP = {"PORT", "DATA_DIR", "WORKERS", "SLOTS", "GATEWAYS", "RESTART", "REDIS_URL", "DATABASE_URL"}


def table(section: str) -> dict[str, str]:
    """Setting -> default, as the table under a heading of the README says."""
    text = README.split(f"\n### {section}\n")[1].split("\n#")[0]
    return dict(re.findall(r"^\| `(\w+)` \| `?([^|`]+?)`? \|", text, re.MULTILINE))


def names(settings: type[BaseSettings]) -> set[str]:
    return {name.upper() for name in settings.model_fields}


@pytest.fixture
def no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for settings in SECTIONS.values():
        for name in names(settings):
            monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize("section", SECTIONS)
def test_every_setting_of_a_service_is_listed_and_no_other(section: str) -> None:
    settings = SECTIONS[section]
    shared = set() if settings in OWN else table(EVERY_SERVICE).keys()
    assert table(section).keys() | shared == names(settings)


@pytest.mark.parametrize("section", SECTIONS)
@pytest.mark.usefixtures("no_settings")
def test_every_default_is_the_one_listed(section: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Written into the environment as it stands in the README, it changes nothing."""
    settings = SECTIONS[section]
    shared = {} if settings in OWN else table(EVERY_SERVICE)
    for name, default in {**shared, **table(section)}.items():
        before = getattr(settings(), name.lower())
        if default == UNSET:
            assert name == "INSTANCE" or not before, f"{name} has the default {before}"
            continue
        monkeypatch.setenv(name, default)
        assert getattr(settings(), name.lower()) == before, name
        monkeypatch.delenv(name)


def test_make_up_has_the_variables_and_defaults_listed() -> None:
    listed = {name: "" if text == UNSET else text for name, text in table("`make up`").items()}

    assert listed.keys() == UP
    assert read_options(listed) == Options()
    around = Surroundings({}, ROOT, redis_url="", database_url="", store_url="", signing_key="")
    assert listed["SLOTS"] == around.common()["SLOTS"] == str(WorkerSettings().slots)


def test_the_example_server_is_quoted_as_it_is() -> None:
    code = EXAMPLE.read_text()

    assert f"```python\n{code}```" in README
    assert len(code.splitlines()) < 40


def test_the_wire_guide_names_every_problem_that_a_client_can_meet() -> None:
    guide = (ROOT / "docs/guides/wire.md").read_text()
    rows = re.findall(r"^\| `(\w+)` \| (\d+) \| (yes|no) \|", guide, re.MULTILINE)
    codes = {code: (int(status), retryable == "yes") for code, status, retryable in rows}
    inside = {Fenced.code}  # of workers; never leaves the deployment
    assert codes == {
        code: (error.status, error.retryable)
        for code, error in all_errors().items()
        if code not in inside
    }
