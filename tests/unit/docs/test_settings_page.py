"""`docs/settings.md` and the pages below it list every setting, with the default that it has."""

import ast
import re
from pathlib import Path

import pytest
from pydantic_settings import BaseSettings
from turnstream_devstack.environment import ServiceEnvironment
from turnstream_devstack.options import Options, read_options
from turnstream_worker.settings import WorkerSettings

from checks import settings_page
from checks.settings_page import SECTIONS, UNSET

ROOT = Path(__file__).parents[3]
PAGES = {
    path: (ROOT / path).read_text()
    for path in [settings_page.PAGE, *settings_page.FOLDER.glob("*.md")]
}
CLASSES = [settings for settings, _ in SECTIONS.values()]
NOT_LISTED = {
    "BudgetSettings",
    *("EnvironmentSettings", "Settings", "HttpSettings", "HealthSettings", "AppSettings"),
    *("IdentitySettings", "WebhookSettings", "ScheduleSettings"),
}
"""Parts of the settings of the services."""
MADE = {"INSTANCE", "DOCS_DIR"}
"""Settings whose default depends on the machine."""


@pytest.fixture
def no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for page in PAGES.values():
        for name in re.findall(r"^\| `(\w+)` \|", page, re.MULTILINE):
            monkeypatch.delenv(name, raising=False)


def test_the_pages_are_current() -> None:
    assert settings_page.pages() == PAGES, "docs/settings is out of date: run `make api`"


def test_every_class_of_settings_is_on_a_page() -> None:
    sources = [*ROOT.glob("services/*/src"), ROOT / "shared/src", ROOT / "guide/src"]
    trees = [ast.parse(file.read_text()) for source in sources for file in source.rglob("*.py")]
    found = {
        each.name
        for tree in trees
        for each in ast.walk(tree)
        if isinstance(each, ast.ClassDef)
        and any(ast.unparse(base).endswith("Settings") for base in each.bases)
    }

    assert found == {each.__name__ for each in CLASSES} | NOT_LISTED


@pytest.mark.parametrize("settings", CLASSES)
@pytest.mark.usefixtures("no_settings")
def test_a_default_written_into_the_environment_changes_nothing(
    settings: type[BaseSettings], monkeypatch: pytest.MonkeyPatch
) -> None:
    for each in settings_page.of(settings):
        before = getattr(settings(), each.name.lower())
        if each.default == UNSET:
            assert each.name in MADE or not before, f"{each.name} has the default {before}"
            continue
        monkeypatch.setenv(each.name, each.default)
        assert getattr(settings(), each.name.lower()) == before, each.name
        monkeypatch.delenv(each.name)


def test_the_settings_of_make_up_are_those_that_it_reads() -> None:
    listed = {
        each.name: "" if each.default == UNSET else each.default
        for each in settings_page.of_make_up()
    }

    assert read_options(listed) == Options()
    changed = {
        "PORT": "1",
        "DATA_DIR": "x",
        "WORKERS": "3",
        "GATEWAYS": "4",
        "RESTART": "0",
        "REDIS_URL": "r",
        "REDIS_MEMORY": "1gb",
        "DATABASE_URL": "postgres://d",
    }
    assert changed.keys() == listed.keys()
    assert read_options(changed) == Options(1, Path("x"), 3, 4, False, "r", "1gb", "postgres://d")


def test_make_up_gives_a_worker_the_slots_that_are_its_default() -> None:
    around = ServiceEnvironment(
        {}, ROOT, redis_url="", database_url="", store_url="", signing_key="", credential_key=""
    )
    assert around.common()["SLOTS"] == str(WorkerSettings().slots)
