"""Addresses of the database mean what they mean to Postgres' own programs."""

from turnstream_store.database.address import address

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
