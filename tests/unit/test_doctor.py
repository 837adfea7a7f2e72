"""`turnstream doctor` without a server: settings, versions, ports, and the report itself."""

import asyncio
import json
import socket
from collections.abc import Sequence
from datetime import timedelta
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest
from turnstream.cli import main as cli
from turnstream.doctor import examination, report
from turnstream.doctor.environment import complete_environment, setting
from turnstream.doctor.examination import ProbeResult
from turnstream.doctor.findings import Finding, Status, failure, ok, warning
from turnstream.doctor.probe import Kind, Probe, Target
from turnstream.doctor.probes import pins

from tests.support.system.doctor import bad, findings
from tests.support.waiting import free_port


async def raises(_target: Target) -> Sequence[Finding]:
    raise KeyError("password=hunter2")


async def hangs(_target: Target) -> Sequence[Finding]:
    await asyncio.Event().wait()
    return []


RAISES = Probe(Kind.HERE, raises)
HANGS = Probe(Kind.HERE, hangs, timedelta(milliseconds=50))


def install(monkeypatch: pytest.MonkeyPatch, **probes: str) -> None:
    """Let these be all the probes that packages bring."""
    found = {name: EntryPoint(name, value, examination.PROBES) for name, value in probes.items()}
    monkeypatch.setattr(examination, "_installed", lambda: found)


async def test_a_misspelt_setting_is_told_the_nearest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ON_DISCONECT", "grace")
    [found] = await bad("settings")
    assert found.status is Status.FAILURE
    assert "ON_DISCONECT is no setting. Did you mean ON_DISCONNECT?" in found.message


async def test_a_wrong_value_is_told_with_what_is_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of every service that is installed; the value of a secret is not shown."""
    monkeypatch.setenv("LEASE", "soon")
    monkeypatch.setenv("DATABASE_POOL", "0")
    monkeypatch.setenv("METRICS_KEY", "hunter2")
    told = [each.message for each in await bad("settings")]
    assert "LEASE='soon': write a duration as 500ms, 15s, 2m, 1h or 30d" in told
    assert "DATABASE_POOL='0': Input should be greater than or equal to 1" in told
    assert any(each.startswith("METRICS_KEY: ") for each in told)
    assert "hunter2" not in " ".join(told)


async def test_a_password_in_an_address_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REDIS_URL", "http://me:hunter2@redis")
    [found] = await bad("settings")
    assert found.message.startswith("REDIS_URL='http://[…]@redis': it must begin with redis://")


async def test_a_missing_key_of_the_services_is_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("INTERNAL_KEY")
    [found] = await bad("settings")
    assert "INTERNAL_KEY must be set" in found.message


async def test_a_pin_that_is_not_kept_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """As after `pip install -U openai` beside us."""
    assert await bad("pins") == []
    installed = pins._installed
    monkeypatch.setattr(
        pins, "_installed", lambda name: "9.9.9" if name == "openai" else installed(name)
    )
    [found] = await bad("pins")
    assert "openai 9.9.9, but 3.57.0 is needed" in found.message


async def test_a_port_is_free_or_another_programs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", str(free_port()))
    assert [each.status for each in await findings("ports")] == [Status.OK]
    with socket.create_server(("127.0.0.1", 0)) as other:
        monkeypatch.setenv("PORT", str(other.getsockname()[1]))
        [found] = await bad("ports")
    assert "is used by another program" in found.message


async def test_a_package_that_is_not_installed_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch)
    [found] = await findings("postgres")
    assert found == Finding(Status.SKIPPED, "turnstream-store is not installed here")


async def test_a_probe_that_raises_or_hangs_hides_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    """An app may bring its own. What an exception quotes of a secret is not shown."""
    install(
        monkeypatch,
        raises=f"{__name__}:RAISES",
        hangs=f"{__name__}:HANGS",
        broken=f"{__name__}:MISSING",
        pins="turnstream.doctor.probes.pins:PROBE",
    )
    examined = {each.probe: each for each in await examination.examine(Target())}
    assert examined["pins"].findings[0].status is Status.OK
    assert "KeyError" in examined["raises"].findings[0].message
    assert "hunter2" not in examined["raises"].findings[0].message
    assert "no result within 0.05 s" in examined["hangs"].findings[0].message
    assert "AttributeError" in examined["broken"].findings[0].message


GOOD = ProbeResult("pins", [ok("all is well")])
DOUBTFUL = ProbeResult("redis", [warning("it is slow", "Bring it nearer.")])
WRONG = ProbeResult("store", [failure("it is away\x1b[2J", "Start it.")])


def test_the_exit_status_counts_warnings_where_told() -> None:
    assert report.exit_code([GOOD], strict=True) == 0
    assert report.exit_code([GOOD, DOUBTFUL], strict=False) == 0
    assert report.exit_code([GOOD, DOUBTFUL], strict=True) == 1
    assert report.exit_code([GOOD, WRONG], strict=False) == 1


def test_a_finding_is_a_line_and_what_to_do_next_another() -> None:
    """Without colours and control characters, unless it is for a terminal."""
    told = list(report.lines([GOOD, DOUBTFUL, WRONG]))
    assert told[0].split() == ["ok", "pins", "all", "is", "well"]
    assert told[1].split() == ["warning", "redis", "it", "is", "slow"]
    assert told[2].strip() == "→ Bring it nearer."
    assert "\x1b" not in "".join(told)
    assert told[-1] == "1 ok, 1 warning, 1 failure"
    assert "\x1b[32m" in next(report.lines([GOOD], coloured=True))


def test_a_program_reads_json(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    code = cli.main(["doctor", "--only", "pins", "--json"])
    told = json.loads(capsys.readouterr().out)
    assert code == 0
    assert {each["probe"] for each in told} == {"pins"}
    assert set(told[0]) == {"probe", "verdict", "message", "remedy", "seconds"}


def test_an_unknown_probe_and_a_wrong_address_are_refused(
    capsys: pytest.CaptureFixture[str],
) -> None:
    for wrong in (["--only", "redis,pastgres"], ["--gateway", "chat.example"]):
        with pytest.raises(SystemExit):
            cli.main(["doctor", *wrong])
    told = capsys.readouterr().err
    assert "pastgres: use settings, pins, ports" in told
    assert "write it as https://chat.example" in told


def test_the_environment_is_that_of_a_service_here(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """What is set, then `.env`, then what a `make up` here tells; an app's database stays its."""
    run = tmp_path / "data/run"
    run.mkdir(parents=True)
    (run / "redis.url").write_text("redis://beside\n")
    (run / "postgres.url").write_text("postgres://me:x@beside/db\n")
    file = tmp_path / ".env"
    file.write_text("# nothing\nexport MODEL='theirs'\nDATA_DIR=ignored\nSLOTS=7\n")
    monkeypatch.setattr("os.environ", {"DATA_DIR": str(tmp_path / "data"), "SLOTS": "3"})
    monkeypatch.setenv("DATABASE_URL", "sqlite:///app.db")

    complete_environment(file)

    assert setting("SLOTS") == "3"
    assert setting("MODEL") == "theirs"
    assert setting("REDIS_URL") == "redis://beside"
    assert setting("DATABASE_URL") == "postgresql+asyncpg://me:x@beside/db"
