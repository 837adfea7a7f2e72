"""`turnstream conformance`: its report, its exit code, and what it is told."""

import json

import pytest
from turnstream.cli import main as cli
from turnstream.conformance.visitor import endpoint
from turnstream.errors import BadRequest

from .small_server import SmallServer, running


async def run(small: SmallServer, *options: str) -> int:
    """The command on a small server, as it is typed."""
    async with running(small):
        typed = ["conformance", small.url, "--slow-prompt", "slow", *options]
        parsed = cli._parser().parse_args(typed)
        code: int = await parsed.run(parsed)
        return code


async def test_a_table_shows_each_rule_and_the_sum(capsys: pytest.CaptureFixture[str]) -> None:
    """What failed says what the server did, and where the rule comes from."""
    code = await run(SmallServer("errors.content-type"), "--only", "errors.content,paging.limit")

    told = capsys.readouterr().out
    assert code == 0, "a SHOULD is no reason to fail"
    assert "ok       MUST   paging.limit " in told
    assert "FAILED   SHOULD errors.content-type " in told
    assert "threads.list as text/plain → 200" in told
    assert "see https://owasp.org/" in told
    assert "1 passed, 0 MUST and 1 SHOULD failed, 0 skipped" in told


async def test_a_broken_must_fails_unless_it_is_known() -> None:
    """And what is known must be true: a list that is too long fails, too."""
    only = ("--only", "paging.foreign-cursor,paging.limit")
    assert await run(SmallServer("paging.foreign-cursor"), *only) == 1
    known = ("--known", "paging.foreign-cursor")
    assert await run(SmallServer("paging.foreign-cursor"), *only, *known) == 0
    assert await run(SmallServer(), *only, *known) == 1


async def test_the_report_as_json_has_every_rule(capsys: pytest.CaptureFixture[str]) -> None:
    code = await run(SmallServer("paging.foreign-cursor"), "--only", "paging", "--json")

    report = json.loads(capsys.readouterr().out)
    assert (code, report["passed"]) == (1, False)
    broken = [each for each in report["checks"] if each["result"] == "failed"]
    assert [each["id"] for each in broken] == ["paging.foreign-cursor"]
    assert {"level", "rule", "source", "detail"} <= broken[0].keys()


async def test_users_are_told_apart_by_headers() -> None:
    """`--header` may be repeated; `--other-header` makes a second user."""
    headers = (
        "--header",
        "X-User-Id: a",
        "--header",
        "X-More: 1",
        "--other-header",
        "X-User-Id: b",
    )
    assert await run(SmallServer(), "--only", "isolation", *headers) == 0
    assert await run(SmallServer("isolation.list"), "--only", "isolation", *headers) == 1


async def test_a_token_is_sent_and_missed(monkeypatch: pytest.MonkeyPatch) -> None:
    """It comes from the option or from the environment."""
    only = ("--only", "isolation.anonymous,message.answered")
    assert await run(SmallServer(token="t0ken"), *only, "--bearer", "t0ken") == 0
    assert await run(SmallServer(token="t0ken"), *only) == 1
    monkeypatch.setenv("CONFORMANCE_BEARER", "t0ken")
    assert await run(SmallServer(token="t0ken"), *only) == 0


def test_a_server_that_is_away_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    """It says nothing of our store, which is not asked."""
    assert cli.main(["conformance", "http://127.0.0.1:1"]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("turnstream: http://127.0.0.1:1/chatkit does not answer")


@pytest.mark.parametrize(
    ("url", "meant"),
    [
        ("http://a:1", "http://a:1/chatkit"),
        ("http://a:1/", "http://a:1/chatkit"),
        ("https://a/api/chat", "https://a/api/chat"),
    ],
)
def test_an_address_without_a_path_means_chatkit(url: str, meant: str) -> None:
    assert endpoint(url) == meant


@pytest.mark.parametrize("url", ["chat.example.org", "ftp://a", "http://"])
def test_what_is_no_address_is_told(url: str) -> None:
    with pytest.raises(BadRequest):
        endpoint(url)


@pytest.mark.parametrize("wrong", [("--header", "X-User-Id"), ("--silence", "soon")])
def test_a_wrong_option_is_told(wrong: tuple[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        cli.main(["conformance", "http://a", *wrong])
    assert f"argument {wrong[0]}" in capsys.readouterr().err
