"""A misspelt setting is noticed; what merely resembles one is left alone."""

from dataclasses import fields

import pytest
from turnstream.service_settings import CLASSES
from turnstream.setting_names import SETTINGS, distance, misspelt
from turnstream_devstack.options import Options

from checks.settings_page import SECTIONS


def test_every_setting_of_every_service_is_known() -> None:
    """The list, the page of the settings, and what `make up` checks are the same."""
    classes = [settings for settings, _ in SECTIONS.values()]
    names = {name.upper() for settings in classes for name in settings.model_fields}
    assert names | {field.name.upper() for field in fields(Options)} == SETTINGS
    checked = list(CLASSES.values())
    assert checked == [settings.__name__ for settings in classes]


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("LEASES", "LEASE"),
        ("SLOT", "SLOTS"),
        ("HSOT", "HOST"),
        ("ON_DISCONECT", "ON_DISCONNECT"),
        ("WHENBUSY", "WHEN_BUSY"),
        ("ASSISTNAT", "ASSISTANT"),
        ("DATBASE_URL", "DATABASE_URL"),
        ("MAX_TURN_PER_USERS", "MAX_TURNS_PER_USER"),
        ("on_disconect", "ON_DISCONNECT"),
        ("TURNSTREAM_LEAZE", "TURNSTREAM_LEASE"),
        ("TURNSTREAM_DATABASE_URI", "TURNSTREAM_DATABASE_URL"),
    ],
)
def test_a_misspelt_setting_is_told_the_nearest(written: str, meant: str) -> None:
    """By the names of all services: each gets the whole environment."""
    [problem] = misspelt({written: "x", "PATH": "/bin"})
    assert problem.startswith(f"{written} is no setting. Did you mean {meant}?")
    assert "=" not in problem


def test_a_name_of_ours_must_be_a_setting() -> None:
    """However far it is from any."""
    [problem] = misspelt({"TURNSTREAM_COLOUR": "red"})
    assert problem == "TURNSTREAM_COLOUR is no setting. docs/settings.md has their names."


@pytest.mark.parametrize(
    "name",
    [
        *("LEASE", "lease", "TURNSTREAM_LEASE", "MAX_ATTACHMENTS", "GATEWAYS"),
        *("MODE", "PATH", "HOME", "HOSTNAME", "RELEASE", "NODE_ENV", "LANG", "TRAIN", "LOGLEVEL"),
        *("OPENAI_API_KEYS", "OPENAI_ORG_ID", "DATABASE_URI", "REDIS_URI", "TEST_DATABASE_URL"),
        *("STORE_PORT", "TOOLS_PORT", "TURNSTREAM_STORE_SERVICE_HOST", "REDIS_SERVICE_HOST"),
        *("TURNSTREAM_GATEWAY_PORT_8000_TCP_ADDR", "AWS_REGION", "MODEL_DIR", "WORKER_CLASS"),
    ],
)
def test_other_names_are_left_alone(name: str) -> None:
    """Settings, words that resemble a short one, and what others set."""
    assert misspelt({name: "x"}) == []


def test_an_app_may_have_a_variable_that_resembles_a_setting() -> None:
    """It is named once, by either name of the setting for it."""
    taken = {"MODELS": "a", "HOSTS": "b"}
    assert len(misspelt(taken)) == 2
    assert misspelt(taken | {"APP_VARIABLES": "MODELS, HOSTS"}) == []
    assert misspelt(taken | {"TURNSTREAM_APP_VARIABLES": "HOSTS MODELS"}) == []


@pytest.mark.parametrize(
    ("one", "other", "mistakes"),
    [
        ("abcd", "abcd", 0),
        ("abcd", "abdc", 1),
        ("abc", "abcd", 1),
        ("abcd", "xbcy", 2),
        ("", "", 0),
    ],
)
def test_mistakes_are_counted_as_people_make_them(one: str, other: str, mistakes: int) -> None:
    """Two letters that changed places are one."""
    assert distance(one, other) == distance(other, one) == mistakes
