"""Addresses of the database mean what they mean to Postgres' own programs."""

from turnstream_store.database.address import address, arguments
from turnstream_store.settings import StoreSettings

URL = "postgresql+asyncpg://u:p@db:5432/turnstream"


def test_parameters_of_postgres_programs_reach_asyncpg() -> None:
    """In a URL, which is where asyncpg reads them; the rest is SQLAlchemy's."""
    url, arguments = address(f"{URL}?sslmode=verify-full&sslrootcert=/ca%20s/ca.pem&ssl=x")
    assert url.render_as_string(hide_password=False) == f"{URL}?ssl=x"
    assert arguments == {"dsn": "postgresql://?sslmode=verify-full&sslrootcert=%2Fca+s%2Fca.pem"}


def test_an_address_without_them_is_left_as_it_is() -> None:
    """What SQLAlchemy hands over goes on working, such as a cache of statements turned off."""
    plain = f"{URL}?prepared_statement_cache_size=0"
    url, arguments = address(plain)
    assert url.render_as_string(hide_password=False) == plain
    assert arguments == {}


def test_several_hosts_are_written_as_postgres_programs_write_them() -> None:
    """Of which the one is used that can be written to."""
    text = "postgresql+asyncpg://u:p%40@one:6000,two/db?sslmode=require"
    url, arguments_of_libpq = address(StoreSettings(database_url=text).database_url)
    assert arguments(url) == {
        "database": "db",
        "user": "u",
        "password": "p@",
        "host": ["one", "two"],
        "port": [6000, 5432],
    }
    assert "target_session_attrs=read-write" in arguments_of_libpq["dsn"]
    assert "sslmode=require" in arguments_of_libpq["dsn"]


def test_who_asks_for_another_kind_of_host_gets_it() -> None:
    """A store that only reads has no use, but the parameter means what it says."""
    text = "postgresql+asyncpg://u@one,two/db?target_session_attrs=any"
    _, arguments_of_libpq = address(StoreSettings(database_url=text).database_url)
    assert arguments_of_libpq == {"dsn": "postgresql://?target_session_attrs=any"}
