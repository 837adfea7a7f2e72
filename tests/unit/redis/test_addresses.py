"""What a URL of Redis names, and on which of several servers a log is."""

import pytest
from pydantic import ValidationError
from turnstream.redis.addresses import Kind, address, split_urls
from turnstream.redis.log_servers import ranked
from turnstream.settings import Settings

TURNS = [f"turn_{number}" for number in range(1000)]
ADDED = "c:6379/0"


def test_sentinels_are_named_with_what_they_watch() -> None:
    """The credentials are for its servers; those of the Sentinels are parameters."""
    where = address(
        "redis+sentinel://ann:pw@s1:1,s2/mymaster/3?sentinel_password=sp&ssl_ca_certs=a"
    )
    assert (where.kind, where.master) == (Kind.SENTINEL, "mymaster")
    assert where.hosts == (("s1", 1), ("s2", 26379))
    assert where.url == "redis://ann:pw@s1:1/3?ssl_ca_certs=a"
    assert where.sentinels == (("password", "sp"),)


def test_a_cluster_is_named_by_some_of_its_nodes() -> None:
    """With TLS its scheme begins with `rediss`, as everywhere."""
    where = address("rediss+cluster://:pw@n1:7000,[::1]:7001")
    assert (where.kind, where.hosts) == (Kind.CLUSTER, (("n1", 7000), ("::1", 7001)))
    assert where.url == "rediss://:pw@n1:7000/0"


def test_services_with_users_of_their_own_name_the_same_server() -> None:
    """A server's name leaves out who asks."""
    assert address("redis://gateway:1@a:6379/0").name == address("redis://store:2@a:6379").name


@pytest.mark.parametrize(
    "wrong",
    [
        "http://a",
        "redis://a:port",
        "redis+sentinel://a:26379",
        "redis+cluster://",
        "redis+cluster://a:6379/1",
    ],
)
def test_what_is_no_address_is_refused(wrong: str) -> None:
    """Whatever is wrong with it, before anything connects."""
    with pytest.raises(ValueError):
        address(wrong)


def test_urls_with_commas_inside_are_told_apart() -> None:
    """A comma between two hosts of one URL is none between two URLs."""
    text = "redis+sentinel://a:1,b:2/one, redis://c:3/0"
    assert split_urls(text) == ("redis+sentinel://a:1,b:2/one", "redis://c:3/0")


@pytest.mark.parametrize(
    "settings",
    [
        {"redis_url": "redis+cluster://a"},
        {"events_redis_urls": "redis://a/0,redis+cluster://b"},
        {"events_redis_urls": "redis://x:1@a:6379/0,redis://a:6379"},
        {"events_redis_urls": "redis://a,redis://b", "events_redis_url": "redis://c"},
    ],
)
def test_settings_that_name_no_place_of_logs_are_refused(settings: dict[str, str]) -> None:
    """A cluster of jobs; a cluster or a server twice among several; two settings at once."""
    with pytest.raises(ValidationError):
        Settings(**settings)  # type: ignore[arg-type]  # as they come from the environment


def test_logs_are_where_every_service_looks_for_them() -> None:
    """In whatever order it was told the servers; and each gets about its share."""
    names = ["a:6379/0", "b:6379/0"]
    homes = [ranked(turn, names)[0] for turn in TURNS]
    assert homes == [ranked(turn, names[::-1])[0] for turn in TURNS]
    assert 400 < homes.count("a:6379/0") < 600


def test_a_new_server_takes_its_share_alone() -> None:
    """No log goes from one of the others to another."""
    before = {turn: ranked(turn, ["a:6379/0", "b:6379/0"])[0] for turn in TURNS}
    after = {turn: ranked(turn, ["a:6379/0", "b:6379/0", ADDED])[0] for turn in TURNS}
    moved = [turn for turn in TURNS if before[turn] != after[turn]]
    assert {after[turn] for turn in moved} == {ADDED}
    assert 250 < len(moved) < 420
