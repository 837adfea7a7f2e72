"""`make up` reads its settings from the environment and from `.env`."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from turnstream_devstack.environment import sqlalchemy_url
from turnstream_devstack.options import Options, read_env_file, read_options
from turnstream_devstack.services import TURNSTREAM, WITH_GUIDE_MCP
from turnstream_devstack.stack import Stack
from turnstream_devstack.up import services_for


def test_defaults_are_the_documented_ones() -> None:
    """Port 8000, two workers, one gateway, data in `.data`, restarts."""
    assert read_options({}) == Options(8000, Path(".data"), 2, 1, True, "", "512mb", "")


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


@pytest.mark.parametrize("url", ["sqlite:///./shop.db", "mysql://db/shop"])
def test_a_database_that_is_no_postgres_is_the_apps(url: str) -> None:
    """Ours is embedded then; one that is named for us is taken as it is, to be refused by name."""
    assert read_options({"DATABASE_URL": url}).database_url == ""
    assert read_options({"TURNSTREAM_DATABASE_URL": url}).database_url == url


def test_a_bad_number_is_named() -> None:
    """The message says which setting to mend."""
    with pytest.raises(ValueError, match="WORKERS=many"):
        read_options({"WORKERS": "many"})


@pytest.mark.parametrize("bytes_", ["512mb", "2GB", "1048576", "0"])
def test_the_memory_of_redis_can_be_set(bytes_: str) -> None:
    """As Redis reads it."""
    assert read_options({"REDIS_MEMORY": bytes_}).redis_memory == bytes_.lower()


@pytest.mark.parametrize("bytes_", ["-1", "much", "1.5gb", "10 mb"])
def test_a_bad_amount_of_memory_is_named(bytes_: str) -> None:
    """Redis would not start, and say so in its log alone."""
    with pytest.raises(ValueError, match="REDIS_MEMORY"):
        read_options({"REDIS_MEMORY": bytes_})


def test_an_env_file_holds_pairs_and_comments(tmp_path: Path) -> None:
    """As docker compose reads it."""
    path = tmp_path / ".env"
    path.write_text("# a comment\n\nPORT=9000\nexport MODEL='gpt'\nURL=a=b\n")
    assert read_env_file(path) == {"PORT": "9000", "MODEL": "gpt", "URL": "a=b"}


@pytest.mark.parametrize(
    "scheme", ["postgres", "postgresql", "postgresql+asyncpg", "postgresql+psycopg"]
)
def test_any_postgres_url_will_do(scheme: str) -> None:
    """The store gets SQLAlchemy's form."""
    assert sqlalchemy_url(f"{scheme}://u:p@h/d") == "postgresql+asyncpg://u:p@h/d"


def test_wrong_settings_are_named_before_anything_is_started(tmp_path: Path) -> None:
    """All of them, of all services, from `.env` too; a misspelt one with what was meant."""
    (tmp_path / ".env").write_text("WHEN_BUSY=bogus\nLEASES=3s\n")
    data_dir = str(tmp_path / "data")
    ended = subprocess.run(
        [sys.executable, "-m", "turnstream.cli", "up"],
        env={
            **os.environ,
            "MODEL_API": "foo",
            "TOOLS": "no.such",
            "DATA_DIR": data_dir,
        },
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode == 78
    said = ended.stdout + ended.stderr
    assert "WHEN_BUSY='bogus': Input should be 'enqueue', 'reject' or 'interrupt'" in said
    assert "MODEL_API='foo': Input should be 'responses' or 'chat_completions'" in said
    assert "TOOLS='no.such': there is no module no to import" in said
    assert "LEASES is no setting. Did you mean LEASE?" in said
    assert not (tmp_path / "data").exists()


def test_a_variable_of_make_is_a_setting(tmp_path: Path) -> None:
    """`make up AUTH=sessions` says the same as the environment does."""
    ended = subprocess.run(
        ["make", "--silent", "up", "AUTH=nonsense", f"DATA_DIR={tmp_path / 'data'}"],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert "AUTH" in ended.stdout
    assert "nonsense" in ended.stdout
    assert not (tmp_path / "data").exists()


def test_the_guides_mcp_server_is_there_until_others_are_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """In the environment or beside it; an empty list names none."""
    names = ("MCP_SERVERS", "TURNSTREAM_MCP_SERVERS")
    for name in names:
        monkeypatch.delenv(name, raising=False)
    assert services_for({}) == WITH_GUIDE_MCP

    for name in names:
        assert services_for({name: "[]"}) == TURNSTREAM
    monkeypatch.setenv("MCP_SERVERS", "servers.json")
    assert services_for({}) == TURNSTREAM


def test_workers_are_told_where_the_guides_mcp_server_is(tmp_path: Path) -> None:
    """The port is chosen before either is started."""
    stack = Stack(
        tmp_path, specs=WITH_GUIDE_MCP, redis_url="redis://a", database_url="postgresql://a/b"
    )
    kinds = {spec.name: spec for spec in WITH_GUIDE_MCP}
    server, worker = (stack._service(kinds[name], 1) for name in ("guide-mcp", "agent-worker"))

    [told] = json.loads(worker.launch().env["MCP_SERVERS"])
    assert told == {"name": "units", "url": f"{server.url}/mcp"}
    stack.stop()
