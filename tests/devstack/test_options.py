"""`make up` reads its settings from the environment and from `.env`."""

from pathlib import Path

import pytest
from devstack.options import Options, read_env_file, read_options
from devstack.surroundings import sqlalchemy_url


def test_defaults_are_the_documented_ones() -> None:
    """Port 8000, two workers, one gateway, data in `.data`, restarts."""
    assert read_options({}) == Options(8000, Path(".data"), 2, 1, True, "", "")


@pytest.mark.parametrize(
    ("value", "restart"), [("0", False), ("no", False), ("1", True), ("", True)]
)
def test_restart_can_be_turned_off(value: str, restart: bool) -> None:
    """An empty value is an unset one."""
    assert read_options({"RESTART": value}).restart is restart


def test_a_longer_name_wins_over_one_that_an_app_may_use() -> None:
    """`TURNSTREAM_DATABASE_URL` is ours where `DATABASE_URL` is an app's; so for every option."""
    env = {"TURNSTREAM_DATABASE_URL": "ours", "DATABASE_URL": "theirs", "TURNSTREAM_PORT": "9"}
    options = read_options(env)
    assert (options.database_url, options.port) == ("ours", 9)


def test_a_bad_number_is_named() -> None:
    """The message says which setting to mend."""
    with pytest.raises(ValueError, match="WORKERS=many"):
        read_options({"WORKERS": "many"})


def test_an_env_file_holds_pairs_and_comments(tmp_path: Path) -> None:
    """As docker compose reads it."""
    path = tmp_path / ".env"
    path.write_text("# a comment\n\nPORT=9000\nexport MODEL='gpt'\nURL=a=b\n")
    assert read_env_file(path) == {"PORT": "9000", "MODEL": "gpt", "URL": "a=b"}


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+asyncpg"])
def test_any_postgres_url_will_do(scheme: str) -> None:
    """The store gets SQLAlchemy's form."""
    assert sqlalchemy_url(f"{scheme}://u:p@h/d") == "postgresql+asyncpg://u:p@h/d"
